"""What can be wrong with a fairness check before any figure exists."""

from collections.abc import Sequence
from typing import ClassVar


class FairnessError(ValueError):
    """A check that cannot be made as asked; ``code`` is stable, the message says what would be right."""

    code: ClassVar[str] = "fairness"


class UnknownColumn(FairnessError):
    """A named column is not in the data."""

    code = "unknown_column"

    def __init__(self, column: str, columns: Sequence[str]) -> None:
        super().__init__(f"there is no column {column!r}; the columns are {', '.join(map(repr, columns))}")
        self.column = column
        self.columns = tuple(columns)


class UnknownValue(FairnessError):
    """A declared value (favourable, positive or reference) never occurs."""

    code = "unknown_value"

    def __init__(self, role: str, column: str, value: str, values: Sequence[str]) -> None:
        shown = ", ".join(map(repr, values[:20])) + (" ..." if len(values) > 20 else "")
        super().__init__(f"the {role} value {value!r} does not occur in {column!r}; its values are {shown or 'none'}")
        self.role = role
        self.column = column
        self.value = value
        self.values = tuple(values)


class InvalidCheck(FairnessError):
    """The parts of a check contradict each other or leave something undeclared."""

    code = "invalid_check"


class DifferentSchema(FairnessError):
    """Counts of differently defined checks may not be added."""

    code = "different_schema"

    def __init__(self, ours: str, theirs: str) -> None:
        super().__init__(
            f"these counts were made under another definition ({theirs[:12]}, not {ours[:12]}): count again"
        )
        self.ours = ours
        self.theirs = theirs


class ImpossibleCounts(FairnessError):
    """A count is negative: a correction was applied without the row it corrects."""

    code = "impossible_counts"
