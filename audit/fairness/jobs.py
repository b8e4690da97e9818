"""What the clock does with group figures: watch them, and delete group data whose term ended."""

from collections.abc import Mapping
from datetime import timedelta

from audit.fairness.alarms import watch_all_cases
from audit.fairness.retention import enforce_terms
from governance.jobs import JobRun, job_kind, scheduled


@job_kind("fairness_watch", time_limit=timedelta(hours=1))
def fairness_watch(run: JobRun) -> Mapping[str, int]:
    """Watch every use case's closed days and raise what alarms."""
    return watch_all_cases(at=run.at)


@job_kind("group_data_terms", time_limit=timedelta(hours=1))
def group_data_terms(run: JobRun) -> Mapping[str, int]:
    """Delete group data that is past its term."""
    return enforce_terms(at=run.at)


scheduled("fairness_watch", every=timedelta(days=1))
scheduled("group_data_terms", every=timedelta(days=1))
