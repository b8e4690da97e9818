"""Two reports side by side: which figures changed, and whether by more than their intervals allow. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.reports.content import Figure, OversightReport, figures


@dataclass(frozen=True, slots=True)
class Change:
    """One figure before and after; one side is None where the figure is new or gone.

    ``clear``: the two intervals do not meet, so the difference is more than their uncertainty.
    """

    id: str
    label: str
    before: Figure | None
    after: Figure | None
    clear: bool


def compare(before: OversightReport, after: OversightReport) -> Iterator[Change]:
    """Yield the figures whose value, availability or reading differ, in the order of ``after``, gone ones last.

    A figure printed in several places differs when any of its prints does; it is told once.
    """
    old, new = _by_id(before), _by_id(after)
    for id_, prints in new.items():
        earlier = old.get(id_, [])
        was, now = {_said(figure) for figure in earlier}, {_said(figure) for figure in prints}
        if was != now:
            first = next((f for f in earlier if _said(f) not in now), earlier[0] if earlier else None)
            last = next((f for f in prints if _said(f) not in was), prints[0])
            yield Change(id_, last.label, first, last, _apart(first, last))
    for id_, prints in old.items():
        if id_ not in new:
            yield Change(id_, prints[0].label, prints[0], None, False)


def _by_id(report: OversightReport) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures(report):
        found.setdefault(figure.id, []).append(figure)
    return found


def _said(figure: Figure) -> tuple[object, ...]:
    return (figure.value, figure.text, figure.state, figure.n, figure.reason, figure.interval)


def _apart(before: Figure | None, after: Figure) -> bool:
    """Whether two intervals have no point in common; without both intervals nothing is said to be clear."""
    if before is None or before.interval is None or after.interval is None:
        return False
    low = max((b for b in (before.interval.low, after.interval.low) if b is not None), default=None)
    high = min((b for b in (before.interval.high, after.interval.high) if b is not None), default=None)
    return low is not None and high is not None and low > high
