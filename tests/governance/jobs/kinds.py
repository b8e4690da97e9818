"""Kinds of work for the job suite: each leaves a trace file per step and one row as its effect.

The row is a ``Person`` named by the job's key: nothing in the database keeps two of a name apart, so an
effect that happened twice shows.
"""

import os
import time
from pathlib import Path

from django.db import transaction

from governance.jobs import JobRun, job_kind
from governance.models import Person, next_reference


@job_kind("test.work")
def work(run: JobRun) -> dict[str, object]:
    """Begin, wait at ``hold`` (``before``, ``after`` or nowhere) on the first attempt, store the effect once."""
    _trace(run, "begin")
    _hold(run, "before")
    with transaction.atomic():
        run.check_lease()
        if not Person.objects.filter(name=run.key).exists():
            _effect(run)
    _hold(run, "after")
    return {"attempt": run.attempt, "pid": os.getpid()}


@job_kind("test.careless")
def careless(run: JobRun) -> dict[str, object]:
    """The same without care for repetition: shows that the suite can see an effect that happened twice."""
    _trace(run, "begin")
    with transaction.atomic():
        _effect(run)
    _hold(run, "after")
    return {"attempt": run.attempt}


def _effect(run: JobRun) -> None:
    Person.objects.create(name=run.key, ref=next_reference("P"))


def _hold(run: JobRun, where: str) -> None:
    if run.arguments.get("hold") != where or run.attempt > 1:
        return
    _trace(run, f"held-{where}")
    for _ in range(600):  # a minute, in steps: a job that outlives its lease several times
        time.sleep(0.1)
        run.progress(0.5, f"held {where}")


def _trace(run: JobRun, step: str) -> None:
    folder = Path(str(run.arguments["folder"]))
    (folder / f"{run.key}.{step}.{run.attempt}").write_text(str(os.getpid()))
