"""Live oversight counts by calendar month, whole or by the values of the dimensions that figures are filtered by."""

from audit.models.oversight import OversightDelta, OversightMonth
from audit.oversight.aggregates import Bounds, whole_months
from audit.oversight.contribution import DIMENSIONS
from audit.oversight.counts import OversightCounts, total
from audit.oversight.storage import chosen, lean, month_of, summed
from governance.models import UseCase


def monthly(
    use_case: UseCase,
    *,
    window: Bounds | None = None,
    dimension: str = "",
    as_of: int | None = None,
    only: tuple[str, ...] = (),
) -> dict[int, dict[str, OversightCounts]]:
    """Return the counts by month and by value of ``dimension`` (one empty value for the whole), oldest first.

    ``only``: cells that begin with these words, where the others are not wanted; ``decisions`` must be among them.
    Months the window touches are counted whole; those without a known time are left out.
    """
    return _months(use_case, (dimension,), window, as_of, only)[dimension]


def monthly_by_dimension(
    use_case: UseCase, *, window: Bounds | None = None, as_of: int | None = None, only: tuple[str, ...] = ()
) -> dict[str, dict[int, dict[str, OversightCounts]]]:
    """Return what :func:`monthly` does for every dimension, read at once."""
    return _months(use_case, DIMENSIONS, window, as_of, only)


def _months(
    use_case: UseCase,
    dimensions: tuple[str, ...],
    window: Bounds | None,
    as_of: int | None,
    only: tuple[str, ...],
) -> dict[str, dict[int, dict[str, OversightCounts]]]:
    rows = OversightMonth.objects.filter(use_case=use_case, dimension__in=dimensions, month__gt=0)
    bounds = whole_months(window)
    if bounds is not None:
        rows = rows.filter(month__gte=month_of(bounds[0]), month__lt=month_of(bounds[1]))
    found: dict[str, dict[int, dict[str, OversightCounts]]] = {dimension: {} for dimension in dimensions}
    listed = rows.order_by().values_list("dimension", "month", "value", "cells")
    # Sorted here: a database sorts texts by its own collation.
    for dimension, month, value, cells in sorted(listed, key=lambda row: (row[1], row[2])):
        found[dimension].setdefault(month, {})[value] = summed([cells], only)
    if as_of is not None:
        for (dimension, month, value), step in _later(use_case, bounds, dimensions, as_of).items():
            place = found[dimension][month]
            place[value] = place[value] - chosen(step, only)
    return {
        dimension: {
            month: kept
            for month, values in months.items()
            if (kept := {value: counts for value, counts in values.items() if counts["decisions"]})
        }
        for dimension, months in found.items()
    }


def _later(
    use_case: UseCase, bounds: tuple[int, int] | None, dimensions: tuple[str, ...], index: int
) -> dict[tuple[str, int, str], OversightCounts]:
    """Return what the entries from ``index`` on have added, by dimension, month and value."""
    rows = OversightDelta.objects.filter(use_case=use_case, index__gte=index, day__gt=0)
    if bounds is not None:
        rows = rows.filter(day__gte=bounds[0], day__lt=bounds[1])
    steps: dict[tuple[str, int, str], list[OversightCounts]] = {}
    for day, cut, cells in rows.values_list("day", "slice", "cells"):
        step, values = OversightCounts.from_json(cells), dict(zip(DIMENSIONS, cut, strict=False))
        slim = lean(step)
        for dimension in dimensions:
            place = (dimension, month_of(day), values[dimension] if dimension else "")
            steps.setdefault(place, []).append(slim if dimension else step)
    return {key: total(parts) for key, parts in steps.items()}
