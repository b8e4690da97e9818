"""Who sits on which committee, for which function, for how long; and what the charter asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.committees.evidence import KINDS as EVIDENCE
from governance.models import AgendaItem, Committee, Membership, Person, Unit, UseCase, User, next_reference
from policies.committees import RULES

TIERS = frozenset({"prohibited", "high", "limited", "minimal", "review"})


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
    given = _checked(terms or {})
    with transaction.atomic():
        committee = Committee.objects.create(
            ref=next_reference("C"), name=name, charter=charter, quorum=quorum, **given
        )
        committee.units.set(units)
        committee.use_cases.set(use_cases)
        _record(actor, at, "committee.appointed", committee, None, _snapshot(committee))
    return committee


def amend_charter(
    *,
    actor: User,
    at: datetime,
    committee: Committee,
    charter: str | None = None,
    quorum: int | None = None,
    terms: Mapping[str, Any] | None = None,
    reason: str,
) -> Committee:
    """Change the charter from now on; votes already open go by the charter in force when they close."""
    if not reason.strip():
        raise Invalid(_("Say why the charter changes."), field="reason")
    if quorum is not None and quorum < 1:
        raise Invalid(_("A quorum is at least one member."), field="quorum")
    with transaction.atomic():
        row = Committee.objects.select_for_update().get(pk=committee.pk)
        before = _snapshot(row)
        wanted = {"charter": charter, "quorum": quorum, **_checked(terms or {})}
        for field, value in wanted.items():
            if value is not None:
                setattr(row, field, value)
        row.save()
        _record(actor, at, "committee.charter_amended", row, before, {**_snapshot(row), "reason": reason.strip()})
    return row


def add_member(
    *,
    actor: User,
    at: datetime,
    committee: Committee,
    person: Person,
    function: str,
    chair: bool = False,
    until: datetime | None = None,
    deputy: Person | None = None,
) -> Membership:
    """Give ``person`` a seat for ``function`` (HR, legal, IT, data protection, business), until the end of a term."""
    if until is not None and until <= at:
        raise Invalid(_("A term ends after it begins."), field="until")
    if deputy is not None and deputy.pk == person.pk:
        raise Invalid(_("Nobody deputises for themselves."), field="deputy")
    with transaction.atomic():
        membership = Membership.objects.create(
            committee=committee,
            person=person,
            function=function,
            chair=chair,
            term_from=at,
            term_until=until,
            deputy=deputy,
        )
        after = {
            "person": person.ref,
            "function": function,
            "chair": chair,
            "until": until.isoformat() if until else None,
            "deputy": deputy.ref if deputy else None,
        }
        _record(actor, at, "committee.member_added", committee, None, after)
    return membership


def name_deputy(*, actor: User, at: datetime, membership: Membership, deputy: Person | None) -> Membership:
    """Say who stands in for a member, or that nobody does."""
    if deputy is not None and deputy.pk == membership.person_id:
        raise Invalid(_("Nobody deputises for themselves."), field="deputy")
    with transaction.atomic():
        row = Membership.objects.select_for_update().get(pk=membership.pk)
        before = {"person": row.person.ref, "deputy": row.deputy.ref if row.deputy else None}
        row.deputy = deputy
        row.save(update_fields=["deputy"])
        after = {**before, "deputy": deputy.ref if deputy else None}
        _record(actor, at, "committee.deputy_named", row.committee, before, after)
    return row


def end_membership(*, actor: User, at: datetime, membership: Membership, reason: str) -> Membership:
    """End a seat now; votes it cast while it was held stay."""
    if not reason.strip():
        raise Invalid(_("Say why the seat ends."), field="reason")
    with transaction.atomic():
        row = Membership.objects.select_for_update().get(pk=membership.pk)
        if row.term_until is not None and row.term_until <= at:
            raise Invalid(_("This seat has ended already."), field="membership")
        row.term_until = at
        row.save(update_fields=["term_until"])
        after = {"person": row.person.ref, "until": at.isoformat(), "reason": reason.strip()}
        _record(actor, at, "committee.member_left", row.committee, None, after)
    return row


def _checked(terms: Mapping[str, Any]) -> dict[str, Any]:
    known = {"quorum_functions", "rules", "checkpoints", "prompts", "evidence", "approval_days", "tiers"}
    unknown = sorted(set(terms) - known)
    if unknown:
        raise Invalid(_("A charter has no such term."), field=unknown[0], known=sorted(known))
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


def _snapshot(committee: Committee) -> dict[str, Any]:
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
