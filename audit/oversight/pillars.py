"""Is oversight demonstrated? Four pillars, the weakest link of each, and never a score (verdict rule 3.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.oversight.measure import CONTRADICTS, SUPPORTS, Measure
from audit.oversight.wording import gettext_noop

NAMES: Mapping[str, str] = {
    "P1": gettext_noop("Causal power"),
    "P2": gettext_noop("Epistemic access"),
    "P3": gettext_noop("Self-control"),
    "P4": gettext_noop("Fitting intentions"),
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "P1": ("M10", "M11", "M12", "M20"),
    "P2": ("M16", "M2", "M6b"),
    "P3": ("M3", "M4", "M5", "M7", "M8", "M9"),
    "P4": ("M13", "M14", "M15", "M21"),
}
DEMONSTRATED, CONTRADICTED, NOT_DEMONSTRATED = "demonstrated", "contradicted", "not_yet_demonstrated"


@dataclass(frozen=True, slots=True)
class Pillar:
    """``supporting``, ``contradicting`` and ``lacking`` are ids of the required measures."""

    id: str
    name: str
    verdict: str
    supporting: tuple[str, ...]
    contradicting: tuple[str, ...]
    lacking: tuple[str, ...]
    needed: Mapping[str, int]  # n still needed, where it can be told

    @property
    def weakest(self) -> str | None:
        """The measure that decides: one that contradicts, else one that is lacking."""
        return next(iter((*self.contradicting, *self.lacking)), None)


def pillars(measures: Sequence[Measure]) -> tuple[Pillar, ...]:
    """Return the verdict of each pillar from the measures there are; contradicting evidence stands first."""
    by_id = {measure.id: measure for measure in measures}
    return tuple(_pillar(name, by_id) for name in NAMES)


def _pillar(name: str, by_id: Mapping[str, Measure]) -> Pillar:
    verdicts = {wanted: by_id[wanted].verdict if wanted in by_id else None for wanted in REQUIRED[name]}
    against = tuple(each for each, verdict in verdicts.items() if verdict == CONTRADICTS)
    support = tuple(each for each, verdict in verdicts.items() if verdict == SUPPORTS)
    lacking = tuple(each for each in verdicts if each not in against and each not in support)
    verdict = CONTRADICTED if against else DEMONSTRATED if not lacking else NOT_DEMONSTRATED
    needed: dict[str, int] = {}
    for each in lacking:
        wanted = by_id[each].needed_n if each in by_id else None
        if wanted is not None:
            needed[each] = wanted
    return Pillar(name, NAMES[name], verdict, support, against, lacking, needed)
