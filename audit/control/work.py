"""What control does by the clock: drills fire and end, sampling keys are committed and revealed."""

from collections.abc import Mapping
from datetime import timedelta

from audit.control.drills import run_drills
from audit.control.sampling import keep_keys
from governance.jobs import JobRun, job_kind, scheduled


@job_kind("stop_drills")
def stop_drills(run: JobRun) -> Mapping[str, int]:
    """Fire and end the stop drills that are due."""
    return {"touched": run_drills(at=run.at)}


@job_kind("sampling_keys")
def sampling_keys(run: JobRun) -> Mapping[str, int]:
    """Commit the keys of coming sampling periods and reveal those of past ones."""
    return {"keys": keep_keys(at=run.at)}


scheduled("stop_drills", every=timedelta(minutes=1))
scheduled("sampling_keys", every=timedelta(minutes=5))
