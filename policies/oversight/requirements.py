"""What one decision needs under one policy version: the matched rules joined, the most demanding winning.

A rule matched because the record lacks a field adds its demands, but cannot say that little is enough: when no
rule that says how much review (``reviews`` or ``sample``) is *known* to match, the decision gets full review.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from policies.oversight.modes import Mode
from policies.oversight.parsing import parse_predicate
from policies.oversight.predicates import compile_test, unknown_fields
from policies.oversight.record import DecisionRecord
from policies.oversight.sampling import DRAWS
from policies.oversight.terms import PolicyDocument, Requirement, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRequirement:
    """The joined demands on one decision; ``gaps`` are fields it lacks, ``silent``: no rule said how much review."""

    reviews: int = 0
    distinct: bool = False
    exclude: tuple[str, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()  # (level, how many of the reviews)
    roles: tuple[str, ...] = ()
    sample: Decimal | None = None
    blind_double: Decimal | None = None
    own_judgement_first: Decimal | None = None
    canary: Decimal | None = None
    rules: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    silent: bool = False
    on_fail: str = "deny"


def join(rules: tuple[Rule, ...], sure: frozenset[int], unsure: frozenset[int], mode: Mode) -> ResolvedRequirement:
    """Return the joined demands of the matched rules; ``sure`` and ``unsure`` are positions in ``rules``."""
    matched = [rules[i] for i in sorted(sure | unsure)]
    needs = [rule.require for rule in matched]
    said = any(rules[i].require.reviews is not None or rules[i].require.sample is not None for i in sure)
    silent = not said and mode in (Mode.HITL, Mode.HOTL)
    reviews = max([need.reviews or 0 for need in needs] + [1 if silent else 0])
    samples = [need.sample for need in needs if need.sample is not None]
    return ResolvedRequirement(
        reviews=reviews,
        distinct=any(need.distinct for need in needs),
        exclude=tuple(sorted({name for need in needs for name in need.exclude})),
        levels=_levels(needs),
        roles=tuple(sorted({name for need in needs for name in need.roles})),
        sample=max(samples) if samples and reviews == 0 else None,
        blind_double=_most([need.blind_double for need in needs]),
        own_judgement_first=_most([need.own_judgement_first for need in needs]),
        canary=_most([need.canary for need in needs]),
        rules=tuple(rule.id for rule in matched),
        silent=silent,
        on_fail="hold" if matched and all(rule.on_fail == "hold" for rule in matched) else "deny",
    )


def _levels(needs: list[Requirement]) -> tuple[tuple[str, int], ...]:
    levels: dict[str, int] = {}
    for need in needs:
        if need.level is not None:
            levels[need.level] = max(levels.get(need.level, 0), need.reviews or 1)
    return tuple(sorted(levels.items()))


def _most(rates: list[Decimal | None]) -> Decimal | None:
    return max((rate for rate in rates if rate is not None), default=None)


class CompiledPolicy:
    """A policy document ready to be asked a million times."""

    def __init__(self, document: PolicyDocument) -> None:
        self.document = document
        self._expressions = [parse_predicate(rule.when) for rule in document.rules]
        self._tests = [(1 << i, compile_test(each)) for i, each in enumerate(self._expressions)]
        self._known: dict[tuple[int, int], ResolvedRequirement] = {}
        self.draws = any(getattr(rule.require, name) for rule in document.rules for name in DRAWS)

    def requirement(self, decision: DecisionRecord) -> ResolvedRequirement:
        """Return what ``decision`` needs under this version."""
        sure = unsure = 0
        for bit, test in self._tests:
            value = test(decision)
            if value:
                sure |= bit
            elif value is None:
                unsure |= bit
        known = self._known.get((sure, unsure))
        if known is None:
            known = join(self.document.rules, _places(sure), _places(unsure), self.document.mode)
            self._known[(sure, unsure)] = known
        return self._with_gaps(known, unsure, decision) if unsure else known

    def _with_gaps(self, known: ResolvedRequirement, unsure: int, decision: DecisionRecord) -> ResolvedRequirement:
        gaps = {name for i in _places(unsure) for name in unknown_fields(self._expressions[i], decision)}
        return replace(known, gaps=tuple(sorted(gaps)))


def _places(mask: int) -> frozenset[int]:
    return frozenset(i for i in range(mask.bit_length()) if mask >> i & 1)
