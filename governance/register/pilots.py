"""Pilots: a population, exit criteria, what was learned; and the oversight test before going live."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.models import OversightTest, Person, PilotPhase, UseCase, User

STATES = ("met", "not_met", "unknown")


class GateClosed(DomainError):
    """A pilot is extended once its exit criteria were evaluated and met."""

    code = "pilot_gate_closed"


def plan_phase(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    name: str,
    cohort: str,
    starts_on: date,
    criteria: Sequence[Mapping[str, str]],
    ends_on: date | None = None,
) -> PilotPhase:
    """Plan the next phase of a pilot; the one before must have been evaluated and its criteria met.

    ``criteria``: ``[{"code", "text"}]``, at least one. Raises :class:`Invalid` and :class:`GateClosed`.
    """
    codes = [str(each.get("code", "")) for each in criteria]
    if not codes or not all(codes) or len(set(codes)) != len(codes) or not all(each.get("text") for each in criteria):
        raise Invalid(_("Name what must hold before the pilot is extended, each with a code."), field="criteria")
    if not cohort.strip():
        raise Invalid(_("Say whom this phase covers."), field="cohort")
    if ends_on is not None and ends_on < starts_on:
        raise Invalid(_("A phase ends after it begins."), field="ends_on")
    with transaction.atomic():
        UseCase.objects.select_for_update().get(pk=use_case.pk)
        last = PilotPhase.objects.filter(use_case=use_case).order_by("-number").first()
        if last is not None:
            check_evaluated(use_case)
        row = PilotPhase.objects.create(
            use_case=use_case,
            number=last.number + 1 if last else 1,
            name=name.strip(),
            cohort=cohort.strip(),
            starts_on=starts_on,
            ends_on=ends_on,
            criteria=[{"code": str(each["code"]), "text": str(each["text"])} for each in criteria],
        )
        after = {
            "number": row.number,
            "name": row.name,
            "cohort": row.cohort,
            "from": starts_on.isoformat(),
            "until": ends_on.isoformat() if ends_on else None,
            "criteria": row.criteria,
        }
        _record(actor, at, "register.pilot.planned", use_case, after)
    return row


def evaluate_phase(
    *,
    actor: User,
    at: datetime,
    phase: PilotPhase,
    results: Sequence[Mapping[str, str]],
    lessons: str,
    evaluated_by: Person,
) -> PilotPhase:
    """Say of every exit criterion whether it is met, on which evidence, and what was learned.

    ``results``: ``[{"code", "state": "met" | "not_met" | "unknown", "evidence"}]``, one for each criterion.
    """
    by_code = {str(each.get("code")): each for each in results}
    wanted = {each["code"] for each in phase.criteria}
    if set(by_code) != wanted:
        missing = ", ".join(sorted(wanted - set(by_code))) or ", ".join(sorted(set(by_code) - wanted))
        raise Invalid(_("Every exit criterion gets a result: %(codes)s.") % {"codes": missing}, field="results")
    for each in results:
        if each.get("state") not in STATES:
            raise Invalid(_("A result is met, not_met or unknown."), field="results")
        if each["state"] != "unknown" and not str(each.get("evidence", "")).strip():
            raise Invalid(_("A result names its evidence."), field="results")
    if not lessons.strip():
        raise Invalid(_("Say what was learned."), field="lessons")
    with transaction.atomic():
        row = PilotPhase.objects.select_for_update().get(pk=phase.pk)
        if row.evaluated_at is not None:
            raise Invalid(_("This phase was evaluated before."), field="phase")
        row.results = [
            {"code": code, "state": str(each["state"]), "evidence": str(each.get("evidence", ""))}
            for code, each in by_code.items()
        ]
        row.lessons, row.evaluated_at, row.evaluated_by = lessons.strip(), at, evaluated_by
        row.save()
        after = {"number": row.number, "results": row.results, "lessons": row.lessons, "by": evaluated_by.ref}
        _record(actor, at, "register.pilot.evaluated", row.use_case, after)
    return row


def check_evaluated(use_case: UseCase) -> None:
    """Raise :class:`GateClosed` unless the latest phase was evaluated and every criterion is met."""
    last = PilotPhase.objects.filter(use_case=use_case).order_by("-number").first()
    if last is None or last.evaluated_at is None:
        raise GateClosed(_("Evaluate the exit criteria of the pilot first."), phase=last.number if last else None)
    unmet = [each["code"] for each in last.results if each["state"] != "met"]
    if unmet:
        raise GateClosed(
            _("Exit criteria of the pilot are not met or not known: %(codes)s.") % {"codes": ", ".join(unmet)},
            phase=last.number,
            unmet=unmet,
        )


def check_gate(use_case: UseCase) -> None:
    """Raise :class:`GateClosed` when a pilot with phases would go live before its criteria are met."""
    if PilotPhase.objects.filter(use_case=use_case).exists():
        check_evaluated(use_case)


def record_oversight_test(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    held_at: datetime,
    scenario: str,
    expected: str,
    observed: str,
    passed: bool,
    led_by: Person,
) -> OversightTest:
    """Record a test of the planned oversight: what was played, what people should do, what they did."""
    for field, value in {"scenario": scenario, "expected": expected, "observed": observed}.items():
        if not value.strip():
            raise Invalid(_("Describe the test: scenario, what should happen, what happened."), field=field)
    if held_at > at:
        raise Invalid(_("A test that lies ahead has no result."), field="held_at")
    with transaction.atomic():
        row = OversightTest.objects.create(
            use_case=use_case,
            held_at=held_at,
            scenario=scenario.strip(),
            expected=expected.strip(),
            observed=observed.strip(),
            passed=passed,
            led_by=led_by,
        )
        after: dict[str, Any] = {
            "held_at": held_at.isoformat(),
            "scenario": row.scenario,
            "expected": row.expected,
            "observed": row.observed,
            "passed": passed,
            "led_by": led_by.ref,
        }
        _record(actor, at, "register.oversight_test.recorded", use_case, after)
    return row


def _record(actor: User, at: datetime, action: str, use_case: UseCase, after: dict[str, Any]) -> None:
    record_change(
        actor=actor, at=at, action=action, obj=use_case, before=None, after=after, simulated=use_case.simulated
    )
