"""What measures need besides counts: order, drills, arrivals, the policy's limits, and what fairness found."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta

from audit.assurance.arrivals import arrived
from audit.control.drills import drill_result
from audit.control.state import policy_at
from audit.fairness.aggregates import paired_counts_for
from audit.fairness.declared import NotDeclared, config_of
from audit.fairness.errors import FairnessError
from audit.fairness.human_step import StepChange, human_step
from audit.models import Intervention
from audit.oversight import Drill, Extras, GroupStep, GroupTurns, OversightCounts
from audit.oversight.aggregates import Bounds, shifts_for
from audit.oversight.outcomes import truth_table
from audit.statistics import Interval, wilson
from governance.models import UseCase
from policies import oversight as policies
from policies.oversight.terms import PolicyDocument

DEFAULT_TARGET = timedelta(minutes=5)


def extras_for(
    use_case: UseCase,
    counts: OversightCounts,
    *,
    window: Bounds,
    as_of: int | None = None,
    months: Collection[int] | None = None,
    whole: bool = True,
) -> Extras:
    """Return what is known beside the counts. ``months``: those whose reviewers may be looked at together.

    ``whole`` False, for a filtered window: only what the counts themselves tell.
    """
    wrong, right = truth_table(counts, ai=False), truth_table(counts, ai=True)
    ai_error = wilson(wrong, wrong + right) if wrong + right else None
    if not whole:
        return Extras(ai_error=ai_error)
    document = document_for(use_case, window)
    received, expected = arrived(use_case, window=window, as_of=as_of)
    changes = group_changes(use_case, window=window, as_of=as_of)
    return Extras(
        ai_error=ai_error,
        shifts=shifts_for(use_case, window=window, as_of=as_of, months=months),
        max_per_hour=document.reviewer.max_per_hour if document and document.reviewer else None,
        drills=drills_of(use_case, window=window, as_of=as_of, document=document),
        group_steps=steps_from(changes),
        group_turns=turns_from(changes),
        events_received=received,
        events_expected=expected,
    )


def document_for(use_case: UseCase, window: Bounds) -> PolicyDocument | None:
    """Return the policy in force at the end of a window."""
    until = window[1]
    end = datetime.max.replace(tzinfo=UTC) if until is None else _moment(until) - timedelta(microseconds=1)
    row = policy_at(use_case, end)
    return policies.parse(row.policy.document) if row else None


def _moment(day: date | datetime) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, time.min, UTC)


def drills_of(
    use_case: UseCase, *, window: Bounds, as_of: int | None, document: PolicyDocument | None
) -> tuple[Drill, ...]:
    """Return the stop drills issued in a window and what they showed."""
    rows = Intervention.objects.filter(use_case=use_case, drill=True, kind="stop", issued_at__isnull=False)
    since, until = window
    if since is not None:
        rows = rows.filter(issued_at__gte=_moment(since))
    if until is not None:
        rows = rows.filter(issued_at__lt=_moment(until))
    if as_of is not None:
        rows = rows.filter(index__lt=as_of)
    target = document.stop.target if document and document.stop else DEFAULT_TARGET
    return tuple(_drill(row, target) for row in rows.order_by("issued_at", "intervention_id"))


def _drill(row: Intervention, target: timedelta) -> Drill:
    found = drill_result(row)
    # Nothing was executed after the order: the system stood at the latest when the stop was in effect.
    stopped = found.time_to_stop if found.time_to_stop is not None else found.effective_after
    return Drill(
        id=row.intervention_id,
        time_to_stop=stopped,
        in_flight=found.in_flight,
        leaked=found.leaked or 0,
        target=target,
        reached=found.halted,
        instances=found.targeted,
    )


def group_changes(use_case: UseCase, *, window: Bounds, as_of: int | None) -> list[StepChange]:
    """Return what fairness found about the human step, on selection rates; nothing where none is declared."""
    try:
        counts = paired_counts_for(use_case, window=window, as_of=as_of)
        found = human_step(counts, config_of(use_case.fairness))
    except (NotDeclared, FairnessError):
        return []
    return [step for step in found if step.metric == "selection_rate"]


def steps_from(changes: Iterable[StepChange]) -> tuple[GroupStep, ...]:
    """Return the change of each group's adverse impact ratio; its interval is that of the paired log ratio."""
    return tuple(
        GroupStep(
            step.attribute,
            step.group,
            _point(step.proposal_ratio, step.pairs.n),
            _point(step.final_ratio, step.pairs.n),
            _delta(step),
        )
        for step in changes
    )


def _point(value: float | None, n: int) -> Interval:
    return Interval(value, None, None, n, "ratio", 0.95)


def _delta(step: StepChange) -> Interval:
    before, after, factor = step.proposal_ratio, step.final_ratio, step.ratio_change
    if before is None or after is None or factor.low is None or factor.high is None:
        return Interval(None, None, None, step.pairs.n, "paired_log", factor.level)
    return Interval(
        after - before, before * (factor.low - 1), before * (factor.high - 1), step.pairs.n, "paired_log", factor.level
    )


def turns_from(changes: Iterable[StepChange]) -> tuple[GroupTurns, ...]:
    """Return how often people turned the outcome for each group and for its reference."""
    return tuple(
        GroupTurns(
            attribute=step.attribute,
            group=step.group,
            turned=step.pairs.only_proposal + step.pairs.only_final,
            n=step.pairs.n,
            reference_turned=step.reference_pairs.only_proposal + step.reference_pairs.only_final,
            reference_n=step.reference_pairs.n,
        )
        for step in changes
        if step.reference_pairs is not None
    )
