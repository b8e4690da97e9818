"""One use case in one window: every measure, the pillars and the claims, as the reader may see them.

A reader without the right to reviewers' figures gets whole calendar months, figures about people only from months and
slices in which nobody can be picked out, and, of the past, only what was published: month ends and issued reports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from audit.assurance.extras import extras_for
from audit.ledger.models import SignedCheckpoint
from audit.models import IssuedReport
from audit.oversight import Claim, Measure, OversightCounts, Part, Pillar, claims, measures, pillars, total
from audit.oversight.aggregates import Bounds, Cut, counts_for, whole_months
from audit.oversight.contribution import DIMENSIONS
from audit.oversight.months import monthly, monthly_by_dimension
from audit.oversight.overriding import override_counts, override_trend
from audit.oversight.protection import Reviewers, protected, published, reviewers_in, safe, withheld
from audit.oversight.storage import first_of
from audit.statistics import wilson
from governance.models import UseCase


class AsOfNotPublished(ValueError):
    """The checkpoint is neither a month's last nor that of an issued report."""

    code = "as_of_not_published"

    def __init__(self, as_of: int, nearest: int | None) -> None:
        near = f"the nearest earlier one is {nearest}" if nearest is not None else "there is no earlier one"
        super().__init__(f"figures are given as of a month's last checkpoint or an issued report, not {as_of}; {near}")
        self.as_of, self.nearest = as_of, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``window``: the days really read, the last one exclusive; ``left_out``: months without figures about people."""

    use_case: UseCase
    window: tuple[date | None, date | None]
    as_of: int | None
    cut: Cut | None
    measures: tuple[Measure, ...]
    decisions: int
    simulated: int
    left_out: tuple[date, ...] = ()
    by_id: Mapping[str, Measure] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {measure.id: measure for measure in self.measures})

    @property
    def pillars(self) -> tuple[Pillar, ...]:
        """The verdict on each pillar, its weakest link deciding."""
        return pillars(self.measures)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The sentences that may be said, may not, or not yet."""
        return claims(self.measures)


def read(
    use_case: UseCase,
    *,
    window: Bounds,
    as_of: int | None = None,
    cut: Cut | None = None,
    groups: bool = False,
    reviewers: bool = False,
) -> Reading:
    """Read all measures. ``groups``, ``reviewers``: the reader has the right to such figures.

    Raises ``AsOfNotPublished`` for readers without the right to reviewers' figures.
    """
    if reviewers:
        return _open(use_case, window, as_of, cut, groups)
    if as_of is not None:
        check_published(use_case, as_of)
    seen = open_slices(use_case, window=window, as_of=as_of, only=OF_SPLITS if cut is None else ())
    bounds, slices, whole, people = seen.bounds, seen.slices, seen.whole, seen.people
    if cut is not None:
        whole = people = slices[cut[0]].get(cut[1], OversightCounts())
    # Both readings share what is known beside the counts; only months in which nobody stands out give an order.
    extras = extras_for(use_case, whole, window=bounds, as_of=as_of, months=seen.months, whole=cut is None)
    of_all = measures(whole, window=bounds, extras=extras)
    of_people = of_all if people is whole else measures(people, window=bounds, extras=extras)
    found = [
        shown(process, person, bool(reviewers_in(whole)) and not reviewers_in(people), groups)
        for process, person in zip(of_all, of_people, strict=True)
    ]
    if cut is None:
        found = [resliced(measure, slices, people, bounds) for measure in found]
    return Reading(
        use_case=use_case,
        window=seen.window,
        as_of=as_of,
        cut=cut,
        measures=tuple(found),
        decisions=whole["decisions"],
        simulated=whole["simulated"],
        left_out=seen.left_out,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSlices:
    """What may be shown of a window of whole months: all of it, the part about people, and its slices."""

    bounds: tuple[date, date]
    whole: OversightCounts
    people: OversightCounts
    slices: Mapping[str, Mapping[str, OversightCounts]]
    months: frozenset[int]
    left_out: tuple[date, ...]

    @property
    def window(self) -> tuple[date | None, date | None]:
        """The days, the last one exclusive; None where the window is open."""
        since, until = self.bounds
        return (None if since == date.min else since), (None if until == date.max else until)


WORK = ("work",)
OF_SPLITS = ("decisions", "work", "m1", "changed_for")
"""Cells that the splits of the override rate, its causes and its protection are read from."""


def open_slices(
    use_case: UseCase, *, window: Bounds, as_of: int | None = None, only: tuple[str, ...] = OF_SPLITS
) -> OpenSlices:
    """Return the counts of the months a window touches, as far as they may be shown to everybody.

    ``only``: the cells that are wanted of slices; all of them when empty.
    """
    days = whole_months(window) or (date.min.toordinal(), date.max.toordinal())
    bounds = (date.fromordinal(days[0]), date.fromordinal(days[1]))
    by_month = {month: held[""] for month, held in monthly(use_case, window=bounds, as_of=as_of).items()}
    reviewers = {month: reviewers_in(counts.chosen(WORK)) for month, counts in by_month.items()}
    months = frozenset(month for month, people in reviewers.items() if safe(people))
    held = monthly_by_dimension(use_case, window=bounds, as_of=as_of, only=only)
    whole = total(by_month.values())
    return OpenSlices(
        bounds=bounds,
        whole=whole,
        people=whole if len(months) == len(by_month) else total(by_month[month] for month in sorted(months)),
        slices={name: _published(held[name], reviewers) for name in DIMENSIONS},
        months=months,
        left_out=tuple(first_of(month) for month in sorted(by_month.keys() - months)),
    )


def _open(use_case: UseCase, window: Bounds, as_of: int | None, cut: Cut | None, groups: bool) -> Reading:
    counts = counts_for(use_case, window=window, as_of=as_of, cut=cut)
    extras = extras_for(use_case, counts, window=window, as_of=as_of, whole=cut is None)
    found = measures(counts, window=window, extras=extras)
    return Reading(
        use_case=use_case,
        window=(_day(window[0]), _day(window[1])),
        as_of=as_of,
        cut=cut,
        measures=found if groups else tuple(_without_groups(measure) for measure in found),
        decisions=counts["decisions"],
        simulated=counts["simulated"],
    )


def _day(moment: date | datetime | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _without_groups(measure: Measure) -> Measure:
    shown = protected(measure, groups=False)
    return shown if (shown.withheld and not measure.facts.people) or measure.id == "M1a" else measure


def shown(process: Measure, person: Measure, nothing: bool, groups: bool) -> Measure:
    """Return what may be shown of a measure: of all the work, or of the part about people; ``nothing`` of that."""
    if not process.facts.people:
        return protected(process, groups=groups)
    return withheld(person) if nothing else protected(person, groups=groups)


def _published(
    by_month: Mapping[int, Mapping[str, OversightCounts]], whole: Mapping[int, Reviewers]
) -> dict[str, OversightCounts]:
    """Return the counts of each value, from the months in which it may be shown."""
    found: dict[str, list[OversightCounts]] = {}
    for month, values in by_month.items():
        people = {value: reviewers_in(counts) for value, counts in values.items()}
        for value in published(people, whole.get(month, {})):
            found.setdefault(value, []).append(values[value])
    return {value: total(parts) for value, parts in found.items()}


def resliced(
    measure: Measure, slices: Mapping[str, Mapping[str, OversightCounts]], people: OversightCounts, window: Bounds
) -> Measure:
    """Give the splits of the override rate from what may be shown of each slice."""
    if measure.withheld or measure.id not in ("M1", "M1c"):
        return measure
    if measure.id == "M1c":
        bands = {("m1_band", band, *rest): n for band, held in slices["band"].items() for rest, n in held.under("m1")}
        return protected(override_trend(OversightCounts(bands), window), groups=False)
    kept = [part for part in measure.parts if "dimension" not in part.data]
    return protected(replace(measure, parts=(*kept, *splits(slices))), groups=False)


def splits(slices: Mapping[str, Mapping[str, OversightCounts]]) -> Sequence[Part]:
    """Return the override rate of each value of each dimension."""
    found = []
    for dimension in DIMENSIONS:
        for value, held in sorted(slices[dimension].items()):
            overridden, n = override_counts(held)
            if n:
                data = {"dimension": dimension, "value": value, "k": overridden}
                found.append(Part(dimension, wilson(overridden, n), data, value))
    return found


def check_published(use_case: UseCase, as_of: int) -> None:
    """Raise :class:`AsOfNotPublished` unless the checkpoint is a month's last or that of a report on the use case."""
    if IssuedReport.objects.filter(use_case=use_case, checkpoint_size=as_of).exists():
        return
    row = SignedCheckpoint.objects.filter(size=as_of).first()
    if row is not None:
        begin = _month_start(row.at)
        later = SignedCheckpoint.objects.filter(size__gt=as_of).order_by("size").first()
        if later is not None and _month_start(later.at) > begin:
            return
    raise AsOfNotPublished(as_of, nearest_published(use_case, as_of))


def nearest_published(use_case: UseCase, as_of: int) -> int | None:
    """Return the newest published checkpoint before ``as_of``."""
    reports = IssuedReport.objects.filter(use_case=use_case, checkpoint_size__lt=as_of)
    of_report = reports.order_by("-checkpoint_size").values_list("checkpoint_size", flat=True).first()
    known = SignedCheckpoint.objects.filter(size__lte=as_of).order_by("-size").first()
    of_month = None
    if known is not None:
        earlier = SignedCheckpoint.objects.filter(at__lt=_month_start(known.at)).order_by("-size").first()
        of_month = earlier.size if earlier else None
    return max((size for size in (of_report, of_month) if size is not None), default=None)


def _month_start(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
