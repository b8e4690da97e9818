"""The queue's side of evidence: the follower's step, the rebuild, and job kinds."""

from datetime import datetime

from django.db import transaction

from audit import (
    evaluation,
    upkeep,  # noqa: F401 - registers the job kinds
)
from audit.assurance import work as assurance  # noqa: F401 - registers the job kinds
from audit.control import work as control  # noqa: F401 - registers the job kinds
from audit.evaluation import queueing
from audit.evaluation.context import Context
from audit.events import fold, sealing
from audit.events.changes import Change
from audit.fairness import jobs as group_figures  # noqa: F401 - registers the job kinds
from audit.fairness import totals as fairness
from audit.findings import jobs as findings  # noqa: F401 - registers the job kind
from audit.oversight import aggregates as oversight
from audit.reports import jobs as reports  # noqa: F401 - registers the job kind
from audit.reviews import timers as reviews


def follow(*, at: datetime, limit: int = 2000, known: int = 0) -> int:
    """Fold, check and count up to ``limit`` further ledger entries in one transaction; return how many there were.

    A crash in the middle leaves nothing half done: the cursor moves with the rows. Of entries below ``known`` people
    and systems have heard before: the review queue stands as it is.
    """
    with transaction.atomic():
        before = fold.folded()
        changes = _fold_and_check(limit)
        fairness.record(changes)
        context = Context({change.after.use_case_id for change in changes})
        oversight.record(changes, judge=context)
        news = [change for change in changes if change.index >= known]
        queueing.queue_changes(news, context=context, at=at)
        queueing.tell_gate(news, context=context, at=at)
        return fold.folded() - before


def _fold_and_check(limit: int) -> list[Change]:
    """Fold a batch and judge what changed; what time alone asks for comes first, as the log stood before the batch.

    So a stop, a late review or a slow follower finds the same judged before it, however the batches were cut.
    """
    rejudged: list[Change] = []

    def before(looked: fold.Step, until: datetime) -> None:
        rejudged.extend(looked.changes)
        evaluation.check_holes(looked.holes)
        evaluation.check_changes(looked.changes)
        while evaluation.check_due(at=until, limit=limit):
            pass

    changes = fold.step(limit=limit, before=before).changes
    evaluation.check_changes(changes[len(rejudged) :])
    return changes


def follow_reviews(*, at: datetime) -> int:
    """Remind, escalate and apply safe defaults in the review queue; return how many reviews fell due."""
    return reviews.sweep(at=at)


def follow_time(*, at: datetime, limit: int = 2000) -> int:
    """Look at the sources and check decisions whose moment has come; return how many looks were taken.

    A moment has come when nothing recorded before it can still be on its way into the log.
    """
    with transaction.atomic():
        looked = fold.settle(at=at)
        if looked is None:
            return 0
        evaluation.check_holes(looked.holes)
        evaluation.check_changes(looked.changes)
        return evaluation.check_due(at=at - fold.PATIENCE, limit=limit) + len(looked.holes)


def rebuild(*, at: datetime) -> int:
    """Throw the projections away and fold the whole ledger again, in one transaction; return the entries read.

    What people decided (acts on findings, numbers given out) is no projection and stays.
    """
    with transaction.atomic():
        known = fold.folded()
        fold.clear()
        evaluation.clear()
        fairness.clear()
        oversight.clear()
        sealing.restore()
        total = 0
        while read := follow(at=at, known=known):
            total += read
        while follow_time(at=at):
            pass
    return total
