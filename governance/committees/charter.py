"""A charter and its versions: an amendment is a point on an agenda, and in force with its resolution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from governance.access import Invalid
from governance.committees.appoint import TERMS, amend_charter, charter_of, check_terms
from governance.committees.errors import Voided
from governance.committees.items import add_item
from governance.models import AgendaItem, Change, Committee, Meeting, Unit, UseCase, User

FIELDS: Final = frozenset({"charter", "quorum", "units", "use_cases"}) | TERMS
MADE_BY: Final = ("committee.appointed", "committee.charter_amended")


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a charter. ``until`` is None for the one in force; ``entry`` proves it in the ledger."""

    number: int
    content: dict[str, Any]
    reason: str
    by: str
    since: datetime
    until: datetime | None
    entry: UUID


def versions(committee: Committee) -> list[Version]:
    """Return every wording of the charter, the first one first. One query."""
    rows = list(Change.objects.filter(object_id=committee.pk, action__in=MADE_BY).order_by("at", "pk"))
    ends = [*(row.at for row in rows[1:]), None]
    return [
        Version(
            number=place,
            content={name: value for name, value in (row.after or {}).items() if name in FIELDS},
            reason=str((row.after or {}).get("reason", "")),
            by=row.actor_name,
            since=row.at,
            until=end,
            entry=row.entry,
        )
        for place, (row, end) in enumerate(zip(rows, ends, strict=True), 1)
    ]


def propose_amendment(
    *, actor: User, at: datetime, meeting: Meeting, changes: Mapping[str, Any], reason: str
) -> AgendaItem:
    """Put an amendment of the charter on the agenda of ``meeting``; it is in force once it was voted for.

    ``changes``: new values by field, of ``charter``, ``quorum``, ``units`` (names), ``use_cases`` (references) and the
    terms of :func:`~governance.committees.appoint_committee`. Raises :class:`Invalid` naming the field, and whatever
    :func:`~governance.committees.add_item` refuses.
    """
    if not reason.strip():
        raise Invalid(_("Say why the charter changes."), field="reason")
    now = charter_of(meeting.committee)
    unknown = sorted(set(changes) - FIELDS)
    if unknown:
        raise Invalid(_("A charter has no such term."), field=unknown[0], known=sorted(FIELDS))
    amend = {name: {"from": now[name], "to": to} for name, to in changes.items() if to != now[name]}
    if not amend:
        raise Invalid(_("This is the charter as it stands; nothing would change."), field="changes")
    check_amendment(amend)
    return add_item(
        actor=actor,
        at=at,
        meeting=meeting,
        kind=AgendaItem.Kind.CHARTER,
        title=_("Amendment of the charter"),
        question=_("Shall the charter change as proposed? %(reason)s") % {"reason": reason.strip()},
        effect={"amend": amend, "reason": reason.strip()},
    )


def check_amendment(amend: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise :class:`Invalid` when what is proposed could not be a charter."""
    to = {name: each["to"] for name, each in amend.items()}
    check_terms({name: value for name, value in to.items() if name in TERMS})
    if "quorum" in to and (not isinstance(to["quorum"], int) or to["quorum"] < 1):
        raise Invalid(_("A quorum is at least one member."), field="quorum")
    if "charter" in to and not str(to["charter"]).strip():
        raise Invalid(_("A charter has a text."), field="charter")
    _units(to.get("units"))
    _use_cases(to.get("use_cases"))


def apply_amendment(*, actor: User, at: datetime, item: AgendaItem, reason: str) -> Committee:
    """Let an adopted amendment take effect; needs the caller's transaction.

    Raises :class:`Voided` when one of its terms was changed by somebody else since it was proposed.
    """
    committee = Committee.objects.select_for_update().get(pk=item.meeting.committee_id)
    now, amend = charter_of(committee), item.effect["amend"]
    moved = sorted(name for name, each in amend.items() if now[name] != each["from"])
    if moved:
        raise Voided(_("The charter changed since this was proposed; propose it again."), changed=moved)
    to = {name: each["to"] for name, each in amend.items()}
    return amend_charter(
        actor=actor,
        at=at,
        committee=committee,
        charter=to.get("charter"),
        quorum=to.get("quorum"),
        terms={name: value for name, value in to.items() if name in TERMS},
        units=_units(to.get("units")),
        use_cases=_use_cases(to.get("use_cases")),
        reason=reason,
    )


def _units(names: Sequence[str] | None) -> list[Unit] | None:
    found = None if names is None else list(Unit.objects.filter(name__in=names))
    if missing := _first_missing(names, [unit.name for unit in found or ()]):
        raise Invalid(_("There is no unit called %(name)s.") % {"name": missing}, field="units")
    return found


def _use_cases(refs: Sequence[str] | None) -> list[UseCase] | None:
    found = None if refs is None else list(UseCase.objects.filter(ref__in=refs))
    if missing := _first_missing(refs, [case.ref for case in found or ()]):
        raise Invalid(_("There is no use case %(ref)s.") % {"ref": missing}, field="use_cases")
    return found


def _first_missing(named: Sequence[str] | None, found: Sequence[str]) -> str:
    return min(set(named or ()) - set(found), default="")
