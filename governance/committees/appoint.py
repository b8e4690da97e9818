"""Set up a committee and amend its charter: what it decides on, how, and by which quorum."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.committees.evidence import KINDS as EVIDENCE
from governance.models import AgendaItem, Committee, Unit, UseCase, User, next_reference
from policies.committees import RULES

TIERS: Final = frozenset({"prohibited", "high", "limited", "minimal", "review"})
TERMS: Final = frozenset({"quorum_functions", "rules", "checkpoints", "prompts", "evidence", "approval_days", "tiers"})


def appoint_committee(
    *,
    actor: User,
    at: datetime,
    name: str,
    charter: str,
    quorum: int,
    terms: Mapping[str, Any] | None = None,
    units: Sequence[Unit] = (),
    use_cases: Sequence[UseCase] = (),
) -> Committee:
    """Set up a committee with its charter and quorum (a number of members).

    ``terms``: any of ``quorum_functions``, ``rules``, ``checkpoints``, ``prompts``, ``evidence``, ``approval_days``
    and ``tiers``, shaped as on :class:`~governance.models.Committee`. Raises :class:`Invalid` naming the field.
    """
    if quorum < 1:
        raise Invalid(_("A quorum is at least one member."), field="quorum")
    given = check_terms(terms or {})
    if Committee.objects.filter(name=name).exists():
        raise Invalid(_("There is a committee of this name."), field="name")
    with transaction.atomic():
        committee = Committee.objects.create(
            ref=next_reference("C"), name=name, charter=charter, quorum=quorum, **given
        )
        committee.units.set(units)
        committee.use_cases.set(use_cases)
        _record(actor, at, "committee.appointed", committee, None, charter_of(committee))
    return committee


def amend_charter(
    *,
    actor: User,
    at: datetime,
    committee: Committee,
    charter: str | None = None,
    quorum: int | None = None,
    terms: Mapping[str, Any] | None = None,
    units: Sequence[Unit] | None = None,
    use_cases: Sequence[UseCase] | None = None,
    reason: str,
) -> Committee:
    """Change the charter from now on; votes already open go by the charter in force when they close.

    What is None stays as it is. Raises :class:`Invalid` naming the field.
    """
    if not reason.strip():
        raise Invalid(_("Say why the charter changes."), field="reason")
    if quorum is not None and quorum < 1:
        raise Invalid(_("A quorum is at least one member."), field="quorum")
    with transaction.atomic():
        row = Committee.objects.select_for_update().get(pk=committee.pk)
        before = charter_of(row)
        given = {"charter": charter, "quorum": quorum}
        wanted = {name: value for name, value in given.items() if value is not None} | check_terms(terms or {})
        for field, value in wanted.items():
            setattr(row, field, value)
        row.save()
        if units is not None:
            row.units.set(units)
        if use_cases is not None:
            row.use_cases.set(use_cases)
        _record(actor, at, "committee.charter_amended", row, before, {**charter_of(row), "reason": reason.strip()})
    return row


def check_terms(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``terms`` as they are; raises :class:`Invalid` naming the one that a charter cannot have."""
    unknown = sorted(set(terms) - TERMS)
    if unknown:
        raise Invalid(_("A charter has no such term."), field=unknown[0], known=sorted(TERMS))
    for kind, wanted in terms.get("rules", {}).items():
        if kind not in {*AgendaItem.Kind.values, "default"}:
            raise Invalid(_("There is no decision of kind “%(kind)s”.") % {"kind": kind}, field="rules")
        if wanted.get("rule", "majority") not in RULES:
            raise Invalid(_("A rule is one of: %(known)s.") % {"known": ", ".join(RULES)}, field="rules")
    for wanted in terms.get("evidence", []):
        if wanted.get("kind") not in EVIDENCE:
            known_kinds = ", ".join(sorted(EVIDENCE))
            raise Invalid(_("Evidence is one of: %(known)s.") % {"known": known_kinds}, field="evidence")
    if not set(terms.get("tiers", [])) <= TIERS:
        raise Invalid(_("A tier is one of: %(known)s.") % {"known": ", ".join(sorted(TIERS))}, field="tiers")
    return dict(terms)


def charter_of(committee: Committee) -> dict[str, Any]:
    """Return the whole charter as JSON values; units by name, use cases by reference. Two queries."""
    return {
        "name": committee.name,
        "charter": committee.charter,
        "quorum": committee.quorum,
        "quorum_functions": committee.quorum_functions,
        "rules": committee.rules,
        "checkpoints": committee.checkpoints,
        "prompts": committee.prompts,
        "evidence": committee.evidence,
        "approval_days": committee.approval_days,
        "tiers": committee.tiers,
        "units": sorted(committee.units.values_list("name", flat=True)),
        "use_cases": sorted(committee.use_cases.values_list("ref", flat=True)),
    }


def _record(
    actor: User, at: datetime, action: str, committee: Committee, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_change(actor=actor, at=at, action=action, stream="committee", obj=committee, before=before, after=after)
