"""What assurance does by the clock: days of arrivals are closed, readings renewed, alerts raised."""

from collections.abc import Mapping
from datetime import timedelta

from audit.assurance.alerts import raise_alerts
from audit.assurance.arrivals import close_days
from audit.assurance.glance import renew
from governance.jobs import JobRun, job_kind, scheduled


@job_kind("oversight_arrivals")
def oversight_arrivals(run: JobRun) -> Mapping[str, int]:
    """Count the arrivals of days that are over."""
    return {"days": close_days(at=run.at)}


@job_kind("oversight_glance")
def oversight_glance(run: JobRun) -> Mapping[str, int]:
    """Read the measures of use cases whose evidence changed."""
    return {"read": renew(at=run.at)}


@job_kind("oversight_alerts")
def oversight_alerts(run: JobRun) -> Mapping[str, int]:
    """Open findings for new alarms."""
    return {"opened": raise_alerts(at=run.at)}


scheduled("oversight_arrivals", every=timedelta(hours=6))
scheduled("oversight_glance", every=timedelta(minutes=2))
scheduled("oversight_alerts", every=timedelta(days=1))
