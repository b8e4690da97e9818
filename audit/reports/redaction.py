"""Which contents an evidence pack hands over, by kind of record; what is left out keeps its commitment and proof.

A commitment covers a whole payload (``facts`` of the ledger, lv/1), so contents are given or kept entry by entry:
a payload with words blacked out would no longer verify. Group attributes of single people are never handed over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance.access import Invalid

EVENTS: Final = "events"
GROUP: Final = "ai.oversight.group."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: whole streams of the ledger, and beginnings of event types within the stream of events."""

    code: str
    label: Promise
    streams: frozenset[str] = frozenset()
    types: tuple[str, ...] = ()


KINDS: Final[dict[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind(
            "decisions",
            _("Decisions, outcomes and signs of life from systems"),
            frozenset({"integrity", "sampling"}),
            ("ai.oversight.decision.", "ai.oversight.outcome.", "ai.oversight.heartbeat."),
        ),
        Kind(
            "human_step",
            _("Reviews, overrides, stops and escalations, with reasons in free text"),
            frozenset({"reviews", "gate"}),
            ("ai.oversight.review.", "ai.oversight.intervention.", "ai.oversight.escalation."),
        ),
        Kind("rights", _("Appeals and incidents"), frozenset({"rights", "incidents"}), ("ai.oversight.appeal.",)),
        Kind("register", _("Register and policies"), frozenset({"register", "policies"})),
        Kind("committee", _("Meetings, votes and findings"), frozenset({"committee", "findings", "fairness"})),
        Kind("reports", _("Reports and what was done with them"), frozenset({"reports"})),
        Kind("other", _("Everything else, such as accounts and permissions")),
    )
}
_NAMED: Final = frozenset({EVENTS}.union(*(kind.streams for kind in KINDS.values())))


def kind_of(envelope: Mapping[str, Any]) -> str | None:
    """Return the kind of an entry by its envelope, or None for group attributes, which stay."""
    stream, type_ = envelope["stream"], envelope["type"]
    if stream == EVENTS:
        if type_.startswith(GROUP):
            return None
        return next((code for code, kind in KINDS.items() if type_.startswith(kind.types)), "other")
    if stream not in _NAMED:
        return "other"
    return next(code for code, kind in KINDS.items() if stream in kind.streams)


def checked(codes: Collection[str]) -> frozenset[str]:
    """Return ``codes`` as a set; raises :class:`Invalid` for one that is not of :data:`KINDS`."""
    if unknown := sorted(set(codes) - KINDS.keys()):
        message = gettext("There is no such kind of record.")
        raise Invalid(message, field="contents", unknown=unknown, allowed=list(KINDS))
    return frozenset(codes)


def left_out(codes: Collection[str]) -> list[str]:
    """Return the kinds whose contents stay here, in the order of :data:`KINDS`, group attributes last."""
    return [code for code in KINDS if code not in codes] + ["groups"]
