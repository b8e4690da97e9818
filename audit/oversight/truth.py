"""When is a decision right? What the outcome says, translated into the words of decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Truth:
    """How an outcome judges a decision value.

    With ``favourable`` and ``positive`` both binary: deciding favourably is right when the outcome is positive.
    Else ``right`` maps an outcome to the decision value that would have been right; without it the words are the same.
    """

    favourable: str | None = None
    positive: str | None = None
    right: Mapping[str, str] = field(default_factory=dict)

    def judges(self, decided: str | None, outcome: str) -> bool | None:
        """Whether ``decided`` was right given ``outcome``; ``None`` when no value was decided."""
        if decided is None:
            return None
        if self.favourable is not None and self.positive is not None:
            return (decided == self.favourable) == (outcome == self.positive)
        return decided == self.right.get(outcome, outcome)
