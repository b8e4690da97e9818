"""How counts are to be judged: groups, references, threshold, floors."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from audit.fairness.errors import InvalidCheck
from audit.fairness.presets import PRESETS, Preset, ReferenceRule
from audit.fairness.rates import COMPARED_WITH_OUTCOME, COMPARED_WITHOUT_OUTCOME, METRICS
from audit.fairness.schema import CROSS
from audit.fairness.verdicts import Floor


@dataclass(frozen=True)
class AssessmentConfig:
    """Parameters of an assessment; everything that changes a figure or a verdict stands here and is printed.

    ``reference`` maps an attribute (or a cross, ``sex x race``) to its declared level. Where none is declared
    ``reference_rule`` chooses: the largest group, or the group with the highest rate among those not excluded.
    ``outcomes`` "selected" declares that outcomes exist only for favourable decisions. ``suppress_counts`` hides the
    counts of groups below the floor (views of the live store; a file audit shows its owner the counts).
    """

    groups: tuple[str, ...]
    crosses: tuple[tuple[str, ...], ...] = ()
    metrics: tuple[str, ...] | None = None
    reference: Mapping[str, str] = field(default_factory=dict)
    reference_rule: ReferenceRule = "largest"
    threshold: float | None = 0.8
    level: float = 0.95
    floor: Floor = field(default_factory=Floor)
    exclude_below: float = 0.0
    suppress_counts: bool = False
    unknown_limit: float = 0.05
    outcomes: Literal["all", "selected"] = "all"
    preset: str | None = None
    window: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if not self.groups and not self.crosses:
            raise InvalidCheck("name at least one attribute whose groups are compared")
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise InvalidCheck(f"a threshold lies above 0 and not above 1, such as 0.8; not {self.threshold}")
        if not 0.5 <= self.level < 1:
            raise InvalidCheck(f"a confidence level lies between 0.5 and 1, such as 0.95; not {self.level}")
        for metric in self.metrics or ():
            if metric not in METRICS:
                raise InvalidCheck(f"there is no metric {metric!r}; the metrics are {', '.join(METRICS)}")
        names = {CROSS.join(grouping) for grouping in self.groupings}
        for attribute in self.reference:
            if attribute not in names and attribute not in {name for cross in self.crosses for name in cross}:
                raise InvalidCheck(f"a reference is declared for {attribute!r}, which is not among the groups compared")
        if any(len(set(cross)) != len(cross) or len(cross) < 2 for cross in self.crosses):
            raise InvalidCheck("a cross names two or more different attributes")

    @property
    def groupings(self) -> tuple[tuple[str, ...], ...]:
        """Every set of attributes whose groups are compared: each attribute alone, then the crosses."""
        return tuple((name,) for name in self.groups) + self.crosses

    def compared(self, *, outcome: bool) -> tuple[str, ...]:
        """Return the metrics that get a verdict."""
        if self.metrics is not None:
            return self.metrics
        return COMPARED_WITH_OUTCOME if outcome else COMPARED_WITHOUT_OUTCOME

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as plain data."""
        return {
            "groups": list(self.groups),
            "crosses": [list(cross) for cross in self.crosses],
            "metrics": None if self.metrics is None else list(self.metrics),
            "reference": dict(self.reference),
            "reference_rule": self.reference_rule,
            "threshold": self.threshold,
            "level": self.level,
            "minimum_shown": self.floor.shown,
            "minimum_judged": self.floor.judged,
            "minimum_expected_events": self.floor.events,
            "exclude_below": self.exclude_below,
            "unknown_limit": self.unknown_limit,
            "outcomes": self.outcomes,
            "preset": self.preset,
            "window": None if self.window is None else list(self.window),
        }


def preset_named(name: str) -> Preset:
    """Return a preset; raises ``InvalidCheck`` naming those that exist."""
    if name not in PRESETS:
        raise InvalidCheck(f"there is no preset {name!r}; the presets are {', '.join(PRESETS)}")
    return PRESETS[name]


def with_preset(config: AssessmentConfig, name: str) -> AssessmentConfig:
    """Return ``config`` with the parameters of a preset in place."""
    preset = preset_named(name)
    return replace(
        config,
        preset=preset.name,
        threshold=preset.threshold,
        reference_rule=preset.reference_rule,
        metrics=preset.metrics if preset.metrics is not None else config.metrics,
        exclude_below=preset.exclude_below,
        floor=replace(config.floor, shown=preset.minimum_shown),
    )
