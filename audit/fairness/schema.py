"""What is being counted: the declared definition that every count carries as its key."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

from audit.fairness.errors import InvalidCheck

UNKNOWN = "unknown"
"""How a missing attribute is printed; inside counts it is ``None``."""

CROSS = " x "
"""Joins the names and the levels of an intersection: ``sex x race``, ``female x White``."""

SCORE_UNIT = 1_000_000
"""Scores are added up in whole millionths, so that sums do not depend on the order of addition."""


@dataclass(frozen=True)
class Schema:
    """Definition of a count. Two counts may be added only when their schemas are equal.

    ``attributes`` are the dimensions in order (protected attributes, then strata). ``favourable`` and ``positive``
    are declared values, never guessed. ``edges`` are the B + 1 ascending limits of B score bins; the outer bins are
    open-ended. ``stages`` names the decisions counted for each case, such as ("proposal", "final").
    """

    attributes: tuple[str, ...]
    decision: str
    favourable: str
    outcome: str | None = None
    positive: str | None = None
    score: str | None = None
    edges: tuple[float, ...] = ()
    stages: tuple[str, ...] = ("decision",)

    def __post_init__(self) -> None:
        if len(set(self.attributes)) != len(self.attributes):
            raise InvalidCheck("an attribute is named twice")
        if not self.stages:
            raise InvalidCheck("at least one decision stage must be named")
        if (self.outcome is None) != (self.positive is None):
            raise InvalidCheck("an outcome needs its positive value declared, and a positive value needs an outcome")
        if any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)) or len(self.edges) == 1:
            raise InvalidCheck("score edges must be at least two and ascend")

    @property
    def bins(self) -> int:
        """How many score bins there are."""
        return max(len(self.edges) - 1, 0)

    @property
    def cell_shape(self) -> tuple[int, ...]:
        """Shape of the outcome table of one group: 3 per stage (no, yes, unknown), then 3 (no, yes, unknown)."""
        return (3,) * (len(self.stages) + 1)

    @cached_property
    def cell_size(self) -> int:
        """How many integers the outcome table has."""
        return int(3 ** (len(self.stages) + 1))

    @cached_property
    def width(self) -> int:
        """How many integers one group holds: outcome table, score histogram (missing last), score sums."""
        return self.cell_size + ((self.bins + 1) * 3 + self.bins * 3 if self.bins else 0)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as plain data."""
        data = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        lists: dict[str, Any] = {key: tuple(value) for key, value in data.items() if isinstance(value, list)}
        return cls(**{**data, **lists})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the definition, in hex."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
