"""From a figure to what it was computed from: the query, the aggregate, the decisions behind it, and their proofs.

Group data is read in aggregate only: behind a figure on a group stand the decisions that were assessed, all groups
together, with the counts of the group beside them. Whose groups they are is told by no list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from audit.ledger import log
from audit.ledger.models import Leaf
from audit.ledger.proof import Inclusion
from audit.models import Event
from audit.reports.basis import Basis, parse
from audit.reports.behind import Cells, Thing, aggregate, things
from audit.reports.content import Figure, OversightReport, figures, numbered
from audit.reports.context import Context
from audit.reports.intact import Standing, standings
from governance.models import UseCase

PAGE = 20


class NoSuchFigure(LookupError):
    """The report has no figure of this number."""

    code = "no_such_figure"


@dataclass(frozen=True, slots=True)
class Behind:
    """One thing a figure counts, with the ledger entries it came from.

    ``standing`` tells whether a stored decision still follows from its entries; ``None`` for what is no decision.
    """

    thing: Thing
    entries: tuple[Inclusion, ...]
    ids: tuple[UUID, ...]
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Trace:
    """``aggregate``: the stored counts below the figure, as of its checkpoint. ``after`` opens the next page, empty
    on the last. ``group``: a figure on groups, whose list is of all decisions that were assessed."""

    figure: Figure
    number: str
    basis: Basis | None
    use_case: UseCase | None
    aggregate: Cells
    behind: tuple[Behind, ...]
    after: str = ""

    @property
    def group(self) -> bool:
        return self.basis is not None and self.basis.room == "fairness"


def figure_numbered(report: OversightReport, number: str) -> Figure:
    """Return the figure printed with ``number``, such as ``8.14``; raises :class:`NoSuchFigure`."""
    names = {printed: id_ for id_, printed in numbered(report.sections).items()}
    found = next((figure for figure in figures(report) if figure.id == names.get(number)), None)
    if found is None:
        raise NoSuchFigure(f"The report has no figure {number[:20]}.")
    return found


def trace(report: OversightReport, number: str, *, after: str = "", limit: int = PAGE) -> Trace:
    """Return what figure ``number`` stands on, a page of it; raises :class:`NoSuchFigure`."""
    figure = figure_numbered(report, number)
    context = context_of(report, figure)
    if context is None or not figure.basis:
        return Trace(figure, number, None, context.use_case if context else None, {}, ())
    basis = parse(figure.basis)
    page = list(islice(things(context, basis, after), limit + 1))
    more, page = len(page) > limit, page[:limit]
    return Trace(
        figure,
        number,
        basis,
        context.use_case,
        aggregate(context, basis),
        tuple(with_proofs(context, page)),
        page[-1].name if more else "",
    )


def context_of(report: OversightReport, figure: Figure) -> Context | None:
    """Return what ``figure`` was computed from: its use case, window and checkpoint."""
    return contexts_of(report)(figure)


def contexts_of(report: OversightReport) -> Callable[[Figure], Context | None]:
    """Return what tells the context of each figure; use cases and checkpoints are read once."""
    cases: dict[str, UseCase | None] = {}
    checkpoints: dict[int, log.Checkpoint] = {}

    def context(figure: Figure) -> Context | None:
        ref, window = figure.id.partition(".")[0], figure.window or report.meta.window
        if ref not in cases:
            cases[ref] = UseCase.objects.filter(ref=ref).first()
        use_case = cases[ref]
        if use_case is None or window is None or figure.checkpoint is None:
            return None
        if figure.checkpoint not in checkpoints:
            checkpoints[figure.checkpoint] = log.checkpoint_at(figure.checkpoint)
        return Context(
            use_case=use_case,
            window=window,
            checkpoint=checkpoints[figure.checkpoint],
            at=report.meta.prepared_at,
        )

    return context


def with_proofs(context: Context, page: Sequence[Thing]) -> list[Behind]:
    """Return a page of things with their ledger entries and inclusion proofs at the checkpoint."""
    decisions = [thing.decision_id for thing in page if thing.decision_id and thing.entry is None]
    of_decision = _entries(context, decisions)
    standing: Mapping[str, Standing] = standings(context.use_case, decisions) if decisions else {}
    own = dict(Leaf.objects.filter(entry_id__in=[t.entry for t in page if t.entry]).values_list("entry_id", "idx"))
    by_place = dict(
        Leaf.objects.filter(idx__in=[t.index for t in page if t.index is not None]).values_list("idx", "entry_id")
    )
    made = []
    for thing in page:
        if thing.entry is not None:
            pairs = [(thing.entry, own[thing.entry])] if thing.entry in own else []
        elif thing.decision_id:
            pairs = of_decision.get(thing.decision_id, [])
        else:
            pairs = [(by_place[thing.index], thing.index)] if thing.index in by_place else []
        pairs = [pair for pair in pairs if pair[1] < context.as_of]
        proofs = tuple(log.inclusion(index, context.as_of) for _, index in pairs)
        stands = standing.get(thing.decision_id) if thing.entry is None else None
        made.append(Behind(thing, proofs, tuple(entry for entry, _ in pairs), stands))
    return made


def _entries(context: Context, decision_ids: Sequence[str]) -> dict[str, list[tuple[UUID, int]]]:
    """Return the entries of decisions that lie under the checkpoint, in ledger order."""
    events = dict(
        Event.objects.filter(use_case=context.use_case, decision_id__in=set(decision_ids)).values_list(
            "pk", "decision_id"
        )
    )
    found: dict[str, list[tuple[UUID, int]]] = {}
    leaves: Any = Leaf.objects.filter(entry_id__in=list(events), idx__lt=context.as_of).order_by("idx")
    for entry, index in leaves.values_list("entry_id", "idx"):
        found.setdefault(events[entry], []).append((entry, index))
    return found


def to_json(found: Trace) -> dict[str, Any]:
    """Return a trace as plain data: figure, query, aggregate, decisions, and a tlog-proof for every entry."""
    figure = found.figure
    return {
        "figure": {
            "id": figure.id,
            "number": found.number,
            "label": figure.label,
            "value": None if figure.value is None else str(figure.value),
            "unit": figure.unit,
            "n": figure.n,
            "reason": figure.reason,
        },
        "query": figure.query,
        "basis": figure.basis,
        "checkpoint": figure.checkpoint,
        "aggregate": dict(found.aggregate),
        "all_groups_together": found.group,
        "behind": [
            {
                "name": each.thing.name,
                "decision_id": each.thing.decision_id or None,
                "adds": dict(each.thing.adds),
                "counted": each.thing.counted,
                "standing": each.standing,
                "entries": [
                    {"entry": str(id_), "index": proof.index, "proof": proof.to_text()}
                    for id_, proof in zip(each.ids, each.entries, strict=True)
                ],
            }
            for each in found.behind
        ],
        "after": found.after or None,
    }
