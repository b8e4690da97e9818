"""Replay a draft policy over stored decisions before anyone signs it: who would have reviewed what, at what cost.

One pass, bounded memory: records are read once and only counted. What the log cannot tell (a draw without its key)
is counted as its expectation and said so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from policies.oversight.checker import check
from policies.oversight.context import Controls, Coverage, People, PolicyInForce
from policies.oversight.record import DecisionRecord
from policies.oversight.requirements import ResolvedRequirement
from policies.oversight.sampling import selected
from policies.oversight.terms import PolicyDocument
from policies.oversight.verdict import Verdict

WEEK = timedelta(days=7)
BUSY = 0.85  # of the staffed time; above that queues grow without end


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one stored decision would have needed: ``reviews`` is an expectation where a draw has no key."""

    decision_id: str
    reviews: Decimal
    required: bool
    drawn: bool | None  # None: not known
    had: int
    requirement: ResolvedRequirement


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """The result. ``minutes`` is reviewer time; ``breaches`` counts verdicts by code as the log would be judged."""

    decisions: int
    required: int  # decisions that would have waited for people
    sampled: Decimal  # decisions drawn (expected, where the key is not known)
    reviews: Decimal
    minutes: Decimal
    newly_reviewed: int  # needed by the draft and not reviewed then
    no_longer_reviewed: int  # reviewed then and not needed by the draft
    breaches: Mapping[str, int]
    unknown: Mapping[str, int]
    by_rule: Mapping[str, int]
    silent: int
    gaps: Mapping[str, int] = field(default_factory=dict)  # decisions that lack a field a rule reads
    since: datetime | None = None
    until: datetime | None = None
    expected_draws: bool = False

    @property
    def minutes_per_week(self) -> Decimal | None:
        """Reviewer minutes per week over the span of the log; ``None`` for less than a day of it."""
        if self.since is None or self.until is None or self.until - self.since < timedelta(days=1):
            return None
        return self.minutes * Decimal(WEEK / timedelta(seconds=1)) / Decimal((self.until - self.since).total_seconds())


@dataclass(frozen=True, slots=True)
class AttentionBudget:
    """Reviewer minutes a policy asks for against minutes there are; ``state``: staffed, tight, shortfall, unknown."""

    required: Decimal | None
    available: Decimal | None
    state: str
    sentence: str


def needs(
    draft: PolicyDocument, records: Iterable[DecisionRecord], *, coverage: Coverage | None = None
) -> Iterator[Need]:
    """Say for each stored decision what it would have needed, one by one."""
    policy = _always(draft)
    for record in records:
        if not record.drill:
            yield _need(policy, record, coverage or Coverage())


def backtest(
    draft: PolicyDocument,
    records: Iterable[DecisionRecord],
    *,
    people: People,
    controls: Controls,
    coverage: Coverage,
    as_of: datetime,
    minutes_per_review: Mapping[str, Decimal] | None = None,
    default_minutes: Decimal = Decimal(5),
) -> Backtest:
    """Return what ``draft`` would have asked and found over ``records``.

    ``minutes_per_review`` by decision class, such as the median active time of the past; ``default_minutes`` else.
    """
    policy, run = _always(draft), _Run(draft)
    for record in records:
        if record.drill:
            continue
        each_takes = (minutes_per_review or {}).get(record.decision_class or "", default_minutes)
        run.count(record, _need(policy, record, coverage), each_takes)
        run.judge(check(record, policies=[policy], people=people, controls=controls, coverage=coverage, as_of=as_of))
    return run.result()


class _Run:
    """The sums of one replay."""

    def __init__(self, draft: PolicyDocument) -> None:
        self.tally: Counter[str] = Counter()
        self.breaches: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.rules: Counter[str] = Counter({rule.id: 0 for rule in draft.rules})
        self.gaps: Counter[str] = Counter()
        self.reviews = self.minutes = self.sampled = Decimal(0)
        self.since: datetime | None = None
        self.until: datetime | None = None

    def count(self, record: DecisionRecord, need: Need, each_takes: Decimal) -> None:
        self.reviews += need.reviews
        self.minutes += need.reviews * each_takes
        if need.requirement.sample is not None:
            self.sampled += need.requirement.sample if need.drawn is None else Decimal(int(need.drawn))
        self.rules.update(need.requirement.rules)
        self.gaps.update(need.requirement.gaps)
        _tally(self.tally, need)
        at = record.proposed_at or record.executed_at
        if at is not None:
            self.since, self.until = min(self.since or at, at), max(self.until or at, at)

    def judge(self, verdicts: Iterable[Verdict]) -> None:
        for each in verdicts:
            if each.state in ("breach", "not_meaningful"):
                self.breaches[each.code] += 1
            elif each.state == "unknown":
                self.unknown[each.code] += 1

    def result(self) -> Backtest:
        return Backtest(
            decisions=self.tally["decisions"],
            required=self.tally["required"],
            sampled=self.sampled,
            reviews=self.reviews,
            minutes=self.minutes,
            newly_reviewed=self.tally["newly"],
            no_longer_reviewed=self.tally["no_longer"],
            breaches=_sorted(self.breaches),
            unknown=_sorted(self.unknown),
            by_rule=_sorted(self.rules, keep_zero=True),
            silent=self.tally["silent"],
            gaps=_sorted(self.gaps),
            since=self.since,
            until=self.until,
            expected_draws=self.tally["undrawn"] > 0,
        )


def _always(draft: PolicyDocument) -> PolicyInForce:
    return PolicyInForce(draft, draft.version, "draft", datetime.min.replace(tzinfo=UTC))


def _need(policy: PolicyInForce, record: DecisionRecord, coverage: Coverage) -> Need:
    requirement = policy.compiled.requirement(record)
    drawn: bool | None = None
    extra = Decimal(0)
    at = record.proposed_at or record.executed_at
    period = coverage.period_at(at) if at is not None else None
    key = period.key if period else None
    if requirement.sample is not None:
        drawn = None if key is None else selected(key, record.decision_id, requirement.sample)
        extra = requirement.sample if drawn is None else Decimal(int(drawn))
    if requirement.blind_double is not None:
        twice = None if key is None else selected(key, record.decision_id, requirement.blind_double, "blind_double")
        extra += 2 * (requirement.blind_double if twice is None else Decimal(int(twice)))
    return Need(
        decision_id=record.decision_id,
        reviews=requirement.reviews + extra,
        required=requirement.reviews > 0,
        drawn=drawn,
        had=sum(review.phase == "submitted" for review in record.reviews),
        requirement=requirement,
    )


def _tally(tally: Counter[str], need: Need) -> None:
    wanted = need.required or bool(need.drawn)
    tally["decisions"] += 1
    tally["required"] += need.required
    tally["silent"] += need.requirement.silent
    tally["undrawn"] += need.requirement.sample is not None and need.drawn is None
    tally["newly"] += wanted and need.had == 0
    # A draw nobody can repeat may have picked this case: it is not called superfluous.
    tally["no_longer"] += need.had > 0 and not wanted and (need.requirement.sample is None or need.drawn is False)


def _sorted(counter: Counter[str], *, keep_zero: bool = False) -> dict[str, int]:
    return {name: n for name, n in sorted(counter.items()) if n or keep_zero}


def attention_budget(required: Decimal | None, available: Decimal | None) -> AttentionBudget:
    """Compare the reviewer minutes a policy needs with those there are, both for the same span.

    A shortfall needs a signature before the policy may be saved; so does not knowing.
    """
    if required is None or available is None:
        return AttentionBudget(required, available, "unknown", "Whether reviewers have time enough is not known.")
    if available <= 0:
        state = "staffed" if required == 0 else "shortfall"
    elif required > available:
        state = "shortfall"
    else:
        state = "tight" if required / available > Decimal(str(BUSY)) else "staffed"
    words = {
        "staffed": "Reviewers have time enough",
        "tight": "Reviewers have hardly time enough: above 85 % of the staffed time queues grow",
        "shortfall": "Reviewers have not time enough",
    }
    sentence = f"{words[state]}: {required:.0f} minutes needed, {available:.0f} available."
    return AttentionBudget(required, available, state, sentence)


def minutes_by_class(active_ms: Mapping[str, Sequence[int]]) -> dict[str, Decimal]:
    """Return the median minutes per class from past active times in milliseconds; classes without any are left out."""
    medians: dict[str, Decimal] = {}
    for name, times in sorted(active_ms.items()):
        if times:
            ordered = sorted(times)
            middle = len(ordered) // 2
            low = ordered[middle] if len(ordered) % 2 else ordered[middle - 1]
            medians[name] = Decimal(low + ordered[middle]) / 2 / 60_000
    return medians
