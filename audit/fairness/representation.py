"""Who is in the data at all: shares of groups against declared benchmark shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.fairness.counts import Counts
from audit.fairness.errors import InvalidCheck
from audit.fairness.rates import confusion_of
from audit.statistics import Interval, binomial_test, goodness_of_fit, holm, wilson


@dataclass(frozen=True)
class Representation:
    """Share of one group among cases of known group, beside its declared share."""

    group: str
    share: Interval
    benchmark: float
    ratio: float | None
    p_value: float | None
    p_adjusted: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return {**{n: getattr(self, n) for n in self.__dataclass_fields__}, "share": self.share.to_json()}


@dataclass(frozen=True)
class RepresentationCheck:
    """All groups of an attribute, with the test of all shares together; ``unknown`` cases stand outside."""

    attribute: str
    n: int
    unknown: int
    p_value: float | None
    groups: tuple[Representation, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the check as plain data."""
        return {
            "attribute": self.attribute,
            "n": self.n,
            "unknown": self.unknown,
            "p_value": self.p_value,
            "groups": [group.to_json() for group in self.groups],
        }


def representation(
    counts: Counts, attribute: str, benchmark: Mapping[str, float], level: float = 0.95
) -> RepresentationCheck:
    """Compare the shares of an attribute's groups with ``benchmark`` (shares that add up to 1).

    Exact binomial test per group with Holm's correction, chi-square over all. Raises ``InvalidCheck`` when the
    shares do not add up or a group of the data has none.
    """
    if abs(sum(benchmark.values()) - 1) > 1e-6 or any(not 0 < share < 1 for share in benchmark.values()):
        raise InvalidCheck("benchmark shares lie between 0 and 1 and add up to 1")
    sizes = {key[0]: confusion_of(counts.schema, v).n for key, v in counts.marginal([attribute]).items()}
    unknown = sizes.pop(None, 0)
    missing = sorted(group for group in sizes if group is not None and group not in benchmark)
    if missing:
        raise InvalidCheck(f"no benchmark share is declared for {', '.join(missing)}")
    n = sum(sizes.values())
    names = sorted(benchmark)
    tests = [binomial_test(sizes.get(name, 0), n, benchmark[name]).p_value for name in names]
    adjusted = holm([p for p in tests if p is not None]) if n else [None] * len(names)
    groups = []
    for name, p, corrected in zip(names, tests, adjusted, strict=True):
        share = wilson(sizes.get(name, 0), n, level)
        ratio = None if share.value is None else share.value / benchmark[name]
        groups.append(Representation(name, share, benchmark[name], ratio, p, corrected))
    overall = goodness_of_fit([sizes.get(name, 0) for name in names], [benchmark[name] for name in names])
    return RepresentationCheck(attribute, n, unknown, overall.p_value if len(names) > 1 else None, tuple(groups))
