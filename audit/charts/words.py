"""Words and number formats of a chart. English by default; the doors pass their language's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart prints of its own, and how it prints numbers."""

    not_available: str = "not available"
    insufficient: str = "insufficient data"
    within: str = "within threshold"
    disparity: str = "disparity found"
    count: str = "n"
    threshold: str = "threshold"
    no_data: str = "no data in this window"
    months: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    decimal_mark: str = "."
    group_mark: str = ","

    def number(self, value: float, decimals: int = 0) -> str:
        """Format with group and decimal marks: ``12,034`` or ``0.87``; a true minus sign."""
        text = (
            f"{abs(value):,.{decimals}f}".replace(",", "\0")
            .replace(".", self.decimal_mark)
            .replace("\0", self.group_mark)
        )
        negative = value < 0 and any(digit in text for digit in "123456789")
        return f"−{text}" if negative else text

    def value(self, value: float, unit: str) -> str:
        """Format as ``ratio`` 0.97, ``share`` 97.3 %, ``points`` 1.2 pp, ``seconds`` 41 s or ``count`` 1,204."""
        if unit == "ratio":
            return self.number(value, 2)
        if unit == "share":
            return f"{self.number(value * 100, 1)} %"
        if unit == "points":
            return f"{self.number(value * 100, 1)} pp"
        if unit == "seconds":
            return f"{self.number(value, 0 if abs(value) >= 10 else 1)} s"
        if unit == "count":
            return self.number(value)
        return f"{self.number(value, 2)} {unit}".strip()

    def interval(self, low: float, high: float, unit: str) -> str:
        """Format an interval with the unit said once: ``0.93–1.02``, ``1.8–3.5 %``."""
        first, last = self.value(low, unit), self.value(high, unit)
        for suffix in (" %", " pp", " s"):
            if first.endswith(suffix) and last.endswith(suffix):
                first = first.removesuffix(suffix)
        if low < 0:
            return f"{first} to {last}"
        return f"{first}–{last}"

    def state(self, state: str) -> str:
        """The printed word of a verdict code."""
        return {"pass": self.within, "attention": self.disparity, "insufficient_data": self.insufficient}.get(
            state, state
        )


ENGLISH = Words()
