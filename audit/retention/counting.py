"""What was removed and what was held in a window, for one use case or the organisation: the figures of a report."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.ledger import counting
from audit.ledger.counting import Act
from audit.ledger.models import Entry, Hold, Leaf
from audit.ledger.removal import ERASED, PRUNED
from governance.models import UseCase

PLACED, LIFTED = "hold.placed", "hold.lifted"


@dataclass(frozen=True, slots=True)
class Held:
    """A legal hold that stood in the window, and the place of its entry in the tree (None while it waits for one).

    ``stream`` is empty when it covers everything. ``lifted_at`` is None while it stands.
    """

    hold: UUID
    stream: str
    reason: str
    placed_at: datetime
    lifted_at: datetime | None
    entry: UUID | None
    index: int | None


@dataclass(frozen=True, slots=True)
class Removals:
    """Removals and holds of a window.

    ``done``: acts that fall into the window, whatever they removed. ``missing``: acts of any day that removed the
    payload of an entry *recorded* in the window; their counts say how much of the window can no longer be read.
    ``holds``: legal holds that stood at any moment of it; they belong to the organisation, never to one use case.
    """

    done: tuple[Act, ...]
    missing: tuple[Act, ...]
    holds: tuple[Held, ...]

    @property
    def erased(self) -> int:
        """Payloads erased in the window on request."""
        return _total(self.done, ERASED)

    @property
    def pruned(self) -> int:
        """Payloads removed in the window because their period had ended."""
        return _total(self.done, PRUNED)

    @property
    def missing_erased(self) -> int:
        """Payloads recorded in the window that have been erased since."""
        return _total(self.missing, ERASED)

    @property
    def missing_pruned(self) -> int:
        """Payloads recorded in the window that have been removed since because their period had ended."""
        return _total(self.missing, PRUNED)


def removals_in(
    use_case: UseCase | None, start: datetime | None, end: datetime | None, *, as_of: int | None = None
) -> Removals:
    """Return what was removed and held from ``start`` to ``end`` (exclusive; None: open).

    ``use_case`` None: the whole organisation; else only payloads of entries recorded for that use case (all its
    events, contradictions, sealed figures and its own changes in the register; meetings and persons name other
    things and count for the organisation alone). ``as_of``: a checkpoint's size; acts and holds whose entry it does
    not cover are left out, so that a report gives the same counts for ever. Acts come oldest first, each with the
    entry that explains it, its ledger index, and payloads by stream. A constant number of queries.
    """
    ref = use_case.ref if use_case else ""
    done, missing = counting.acts(start, end, ref=ref), counting.acts_upon(start, end, ref=ref)
    return Removals(
        done=tuple(_covered(done, as_of)),
        missing=tuple(_covered(missing, as_of)),
        holds=tuple(_holds(start, end, as_of)),
    )


def _total(acts: Iterable[Act], kind: str) -> int:
    return sum(act.total for act in acts if act.kind == kind)


def _covered(acts: Iterable[Act], as_of: int | None) -> Iterable[Act]:
    return (act for act in acts if _is_covered(act.index, as_of))


def _is_covered(index: int | None, as_of: int | None) -> bool:
    return as_of is None or (index is not None and index < as_of)


def _holds(start: datetime | None, end: datetime | None, as_of: int | None) -> Iterable[Held]:
    """A lift that the checkpoint does not cover has not happened yet for a report that stands on it."""
    rows = Hold.objects.order_by("placed_at", "pk")
    holds = list(rows.filter(placed_at__lt=end) if end else rows)
    entries = _hold_entries() if holds else {}
    places = dict(Leaf.objects.filter(entry_id__in=entries.values()).values_list("entry_id", "idx"))
    for hold in holds:
        placed, lifted = (entries.get((kind, str(hold.pk))) for kind in (PLACED, LIFTED))
        index = places.get(placed) if placed else None
        ended = hold.lifted_at if _is_covered(places.get(lifted) if lifted else None, as_of) else None
        if _is_covered(index, as_of) and not (start and ended and ended <= start):
            yield Held(hold.pk, hold.stream, hold.reason, hold.placed_at, ended, placed, index)


def _hold_entries() -> dict[tuple[str, str], UUID]:
    """The entries of all holds, by type and the hold's key."""
    found: dict[tuple[str, str], UUID] = {}
    for entry, envelope in Entry.objects.filter(stream="ledger").values_list("id", "envelope").iterator():
        data = bytes(envelope)
        if b'"hold.' in data and (parsed := json.loads(data))["type"] in (PLACED, LIFTED):
            found[parsed["type"], parsed["refs"][0]] = entry
    return found
