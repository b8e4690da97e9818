"""The ground figures stand on, read from the ledger in one pass per use case and window: what of it was altered.

Every decision counted in the window is folded anew from its entries; what its deltas add is summed on the way, so that
all figures of the window are judged by the same pass.
"""

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.events.tally import recount, tally
from audit.models import OversightDelta
from audit.oversight import aggregates
from audit.reports.basis import Basis, Words
from audit.reports.behind import ordinals, things
from audit.reports.context import Context
from audit.reports.intact import altered_policies, standings

BATCH = 500
Adds = Mapping[Words, int]


@dataclass(frozen=True)
class Ground:
    """``altered``: decisions that do not follow from their entries, with the cells they add to.

    ``summed``: what the deltas of all decisions add up to, ``stored``: the totals; ``policies``: those in force whose
    document is not the one that was signed off.
    """

    context: Context
    altered: Mapping[str, frozenset[Words]]
    summed: Adds
    stored: Adds
    policies: tuple[str, ...]
    _known: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def reasons(self, basis: Basis) -> Iterator[str]:
        """Yield why a figure on ``basis`` does not verify, the plainest reason first."""
        if basis.room in ("oversight", "findings"):
            for ref in self.policies:
                yield _("policy %(ref)s is not the document that was signed off") % {"ref": ref}
        if touched := self._touched(basis):
            yield _("%(n)s decisions behind it differ from their ledger entries") % {"n": touched}
        if basis.room == "oversight" and _held(self.summed, basis) != _held(self.stored, basis):
            yield _("its decisions do not add up to the stored total")
        if basis.room == "events" and self._miscounted():
            yield _("the events do not add up to the stored total")

    def _touched(self, basis: Basis) -> int:
        """Return how many altered decisions play a part in a figure."""
        if not self.altered:
            return 0
        if basis.room == "oversight":
            return sum(any(basis.holds(words) for words in cells) for cells in self.altered.values())
        # Behind every figure on groups stand all decisions that were assessed.
        name = basis.room if basis.room == "fairness" else str(basis)
        if name not in self._known:
            self._known[name] = sum(thing.decision_id in self.altered for thing in things(self.context, basis))
        return self._known[name]

    def _miscounted(self) -> bool:
        if "tally" not in self._known:
            case, as_of = self.context.use_case, self.context.as_of
            self._known["tally"] = int(tally(case, as_of=as_of) != recount(case, as_of=as_of))
        return bool(self._known["tally"])


def ground_of(context: Context, wider: Ground | None = None) -> Ground:
    """Read everything below the figures of one use case and window; ``wider`` holds this window and was read before."""
    altered: dict[str, frozenset[Words]] = {}
    summed: Counter[Words] = Counter()
    batch: dict[str, Adds] = {}
    counted: set[str] = set()
    for name, adds in _counted(context):
        counted.add(name)
        batch[name] = adds
        for words, count in adds.items():
            summed[words] += count
        if len(batch) == BATCH:
            altered |= _altered(context, batch, wider)
            batch = {}
    altered |= _altered(context, batch, wider)
    for names in _uncounted(context, counted):
        altered |= _altered(context, {name: {} for name in names}, wider)
    stored = aggregates.counts_for(context.use_case, window=context.bounds, as_of=context.as_of)
    return Ground(
        context=context,
        altered=altered,
        summed=summed,
        stored=stored.cells,
        policies=tuple(row.policy.ref for row in altered_policies(context.policies())),
    )


def holds(wide: Context, narrow: Context) -> bool:
    """Whether the window of one context lies within another's, of the same use case at the same checkpoint."""
    same = (wide.use_case.pk, wide.as_of) == (narrow.use_case.pk, narrow.as_of)
    return same and wide.window.start <= narrow.window.start and narrow.window.end <= wide.window.end


def _held(cells: Adds, basis: Basis) -> dict[Words, int]:
    return {words: count for words, count in cells.items() if count and basis.holds(words)}


def _deltas(context: Context) -> QuerySet[OversightDelta]:
    return OversightDelta.objects.filter(use_case=context.use_case, index__lt=context.as_of, **ordinals(context))


def _counted(context: Context) -> Iterator[tuple[str, Adds]]:
    """Yield every decision of the window with what its deltas add."""
    rows: Any = _deltas(context).order_by("decision_id").values_list("decision_id", "cells")
    for name, deltas in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0]):
        adds: Counter[Words] = Counter()
        for _name, cells in deltas:
            for words, count in cells:
                adds[tuple(words)] += count
        yield name, {words: count for words, count in adds.items() if count}


def _uncounted(context: Context, counted: Container[str]) -> Iterator[list[str]]:
    """Yield, by the batch, decisions of the window that no delta counts."""
    rows = context.decisions().order_by().values_list("decision_id", flat=True)
    others = (name for name in rows.iterator(chunk_size=2000) if name not in counted)
    while batch := list(islice(others, BATCH)):
        yield batch


def _altered(context: Context, batch: Mapping[str, Adds], wider: Ground | None) -> dict[str, frozenset[Words]]:
    if wider is not None:
        return {name: frozenset(adds) for name, adds in batch.items() if name in wider.altered}
    found = standings(context.use_case, list(batch))
    return {name: frozenset(batch[name]) for name, state in found.items() if state == "altered"}
