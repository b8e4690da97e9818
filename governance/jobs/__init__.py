"""Long work: asked for by name in the caller's transaction, done by any worker, once, whatever dies.

``enqueue`` asks; ``@job_kind`` registers who does; ``sweep`` repairs. The row is the truth.
"""

from governance.jobs.asking import KeyInUse, NotFailed, OutsideTransaction, enqueue, try_again
from governance.jobs.lease import LeaseLost
from governance.jobs.registry import UnknownKind, job_kind
from governance.jobs.run import JobRun, TransientError, run_due, run_job
from governance.jobs.schedule import scheduled
from governance.jobs.sweeping import sweep

__all__ = [
    "JobRun",
    "KeyInUse",
    "LeaseLost",
    "NotFailed",
    "OutsideTransaction",
    "TransientError",
    "UnknownKind",
    "enqueue",
    "job_kind",
    "run_due",
    "run_job",
    "scheduled",
    "sweep",
    "try_again",
]
