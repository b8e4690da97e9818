"""May the system decide this, now? Forbidden classes, limits, the end of a mandate, stops."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from policies.oversight.case import Case, seconds
from policies.oversight.context import Controls, Intervention
from policies.oversight.predicates import fitting, getter
from policies.oversight.terms import Mandate
from policies.oversight.verdict import Verdict

PROPOSAL, FINAL = "_proposal", "_final_by_ai"


def mandated(case: Case) -> Iterator[Verdict]:
    """FORBIDDEN and NO_MANDATE: an executed decision outside or after the mandate."""
    mandate = case.document.mandate if case.document else None
    if mandate is None or case.executed_at is None:
        return
    if mandate.expires is not None and case.executed_at.date() > mandate.expires:
        data = {"expires": mandate.expires.isoformat()}
        yield case.give("NO_MANDATE", "breach", data, case.executed_at)
    state, why = _allowed(case, mandate)
    if why:
        yield case.give("FORBIDDEN", state, {"why": why}, case.executed_at)


def _allowed(case: Case, mandate: Mandate) -> tuple[str, str]:
    name, by_person = case.decision.decision_class, bool(case.prior)
    if name is None:
        if mandate.allowed or mandate.forbidden:
            return "unknown", "the decision names no class"
    elif name in mandate.forbidden:
        return "breach", f"class {name} is forbidden"
    elif f"{name}{FINAL}" in mandate.forbidden and not by_person:
        return "breach", f"class {name} may not be decided by the system alone"
    elif mandate.allowed and name not in mandate.allowed:
        if f"{name}{PROPOSAL}" not in mandate.allowed:
            return "breach", f"class {name} is outside what is allowed"
        if not by_person:
            return "breach", f"class {name} may be proposed only, and no person decided"
    for field, most in limits_at(mandate, case.controls, case.executed_at or case.as_of):
        value = fitting(getter(field)(case.decision), "number")
        if value is None:
            return "unknown", f"{field} is limited to {most} and not given"
        if value > most:
            return "breach", f"{field} {value} is above the limit of {most}"
    return "", ""


def signed(mandate: Mandate, change: Intervention) -> bool:
    """Whether enough different people signed a change of the mandate; one signature too few, and it is refused."""
    return len(set(change.signatures)) >= mandate.change_signatures


def limits_at(mandate: Mandate, controls: Controls, at: datetime) -> tuple[tuple[str, Decimal], ...]:
    """Return the limits in force at a moment: the mandate's, with every duly signed change since."""
    limits = dict(mandate.limits)
    for change in controls.mandate_changes:
        effective = change.effective_at or change.issued_at
        if effective <= at and signed(mandate, change):
            limits |= {name: Decimal(str(value)) for name, value in change.limits.items()}
    return tuple(sorted(limits.items()))


def stopped(case: Case) -> Iterator[Verdict]:
    """AFTER_STOP: executed after a stop, pause or limit in its scope took effect and before it was lifted."""
    executed = case.executed_at
    if executed is None or not case.controls.stops:
        return
    target = case.document.stop.target if case.document and case.document.stop else timedelta(minutes=5)
    for stop in case.controls.stops:
        if stop.issued_at > executed:
            return
        if (stop.resumed_at is not None and stop.resumed_at <= executed) or not _in_scope(case, stop):
            continue
        # A stop nobody confirmed should have held when its target time was over.
        since = stop.effective_at or stop.issued_at + target
        within = _within_limits(case, stop) if stop.kind == "limit" else False
        if executed >= since and within is not True:
            data = {
                "after_s": seconds(executed - since),
                "kind": stop.kind,
                "intervention": stop.id,
                "subject": stop.id,
            }
            yield case.give("AFTER_STOP", "unknown" if within is None else "breach", data, executed)


def _in_scope(case: Case, stop: Intervention) -> bool:
    """An unknown class or version lies in every scope: a stop fails closed."""
    name, version = case.decision.decision_class, case.decision.system_version
    return (not stop.classes or name is None or name in stop.classes) and (
        not stop.versions or version is None or version in stop.versions
    )


def _within_limits(case: Case, stop: Intervention) -> bool | None:
    for field, most in stop.limits.items():
        value = fitting(getter(field)(case.decision), "number")
        if value is None:
            return None
        if value > Decimal(str(most)):
            return False
    return bool(stop.limits)
