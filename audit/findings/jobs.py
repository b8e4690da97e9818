"""What the clock does with findings."""

from collections.abc import Mapping
from datetime import timedelta

from audit.findings.expiry import expire_waivers
from audit.findings.telling import tell_of_new
from governance.jobs import JobRun, job_kind, scheduled


@job_kind("finding_waivers")
def finding_waivers(run: JobRun) -> Mapping[str, int]:
    """Open the findings whose waiver ended."""
    return {"opened": len(expire_waivers(at=run.at))}


@job_kind("finding_notices")
def finding_notices(run: JobRun) -> Mapping[str, int]:
    """Tell of new findings, once a day, use case and kind."""
    return {"told": tell_of_new(at=run.at)}


scheduled("finding_notices", every=timedelta(hours=1))
scheduled("finding_waivers", every=timedelta(hours=1))
