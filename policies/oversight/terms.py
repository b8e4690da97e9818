# ruff: noqa: RUF009  (`of`, `must` and `part` declare fields, as dataclasses.field does)
"""The parts of an oversight policy, as frozen dataclasses. What nobody reads has no field here."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import yaml

from policies.oversight.modes import Mode
from policies.oversight.structure import must, of, part, parts, write
from policies.oversight.values import (
    CALENDAR,
    DAY,
    DURATION,
    LIMITS,
    RATE,
    REFERENCE,
    REFERENCES,
    TEXT,
    TEXTS,
    TRUTH,
    Kind,
    choice,
    choices,
    whole,
)

OUTCOMES = ("approve", "modify", "override", "reject", "abstain", "refer")
CRITERIA = ("sla_breach", "two_person_disagree", "group_alert", "alert", "low_confidence", "referred", "appeal")
TIERS = ("full_approval", "sampling", "lighter", "routine")


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """What the system may decide. ``X_proposal`` allows X to be proposed, a person decides; ``X_final_by_ai``
    forbids X without a person's decision; ``limits`` are the highest values of fields such as the amount."""

    objective: str = must(TEXT)
    allowed: tuple[str, ...] = of(REFERENCES, ())
    forbidden: tuple[str, ...] = of(REFERENCES, ())
    limits: tuple[tuple[str, Decimal], ...] = of(LIMITS, ())
    expires: date | None = of(DAY)  # the last day it holds, UTC
    approver: str | None = of(REFERENCE)
    change_signatures: int = of(whole(1, 9), 1)


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What a rule asks for. ``reviews``: people who must have decided before execution; ``level``: the
    qualification one of them needs at least per review asked; ``sample``: share drawn by hash and reviewed."""

    reviews: int | None = of(whole(0, 9))
    distinct: bool = of(TRUTH, False)
    exclude: tuple[str, ...] = of(REFERENCES, ())
    level: str | None = of(REFERENCE)
    roles: tuple[str, ...] = of(REFERENCES, ())
    sample: Decimal | None = of(RATE)
    basis: str | None = of(choice("hash"))
    blind_double: Decimal | None = of(RATE)
    own_judgement_first: Decimal | None = of(RATE)
    canary: Decimal | None = of(RATE)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``when`` (see :mod:`policies.oversight.predicates`) selects decisions, ``require`` says what they need."""

    id: str = must(REFERENCE)
    when: str = must(TEXT)
    require: Requirement = part(Requirement, required=True)
    on_fail: str | None = of(choice("deny", "hold"))


@dataclass(frozen=True, kw_only=True)
class ReviewTerms:
    """When a review counts as meaningful and in time; ``grace`` waits for the network before a breach is final.

    ``queue``: whose queue people work in, ours or (left out) the system's own. ``gate``: *token* asks the system
    to redeem a one-time token before it executes. ``prompts`` are answered before the reviewer decides.
    """

    min_active_s: int = of(whole(0, 86400), 0)
    max_turnaround: timedelta | None = of(DURATION)
    reasons: tuple[str, ...] = of(choices(*OUTCOMES, "two_person_disagree"), ())
    evidence: tuple[str, ...] = of(REFERENCES, ())
    guideline: str = of(choice("required", "optional"), "optional")
    bulk: str | None = of(choice("forbidden", "homogeneous"))
    approval_valid: timedelta | None = of(DURATION)
    grace: timedelta = of(DURATION, timedelta(minutes=5))
    queue: str | None = of(choice("custodes", "external"))
    gate: str | None = of(choice("token"))
    guideline_version: str | None = of(REFERENCE)
    prompts: tuple[str, ...] = of(TEXTS, ())
    reason_codes: tuple[str, ...] = of(REFERENCES, ())


@dataclass(frozen=True, kw_only=True)
class ReviewerTerms:
    """Who may review, and how much. In ``languages``, *subject* means the language of the case."""

    training: str | None = of(REFERENCE)
    max_per_hour: int | None = of(whole(1, 3600))
    max_continuous_min: int | None = of(whole(1, 1440))
    break_min: int | None = of(whole(1, 480))
    languages: tuple[str, ...] = of(REFERENCES, ())


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One step of an escalation: to whom, and in what time they must acknowledge."""

    to: str = must(REFERENCE)
    ack: timedelta = must(DURATION)


@dataclass(frozen=True, kw_only=True)
class EscalationTerms:
    """What must be escalated and along which chain; the last hop applies a safe default."""

    criteria: tuple[str, ...] = of(choices(*CRITERIA), ())
    chain: tuple[Hop, ...] = parts(Hop)
    last_hop: str = of(choice("hold", "deny"), "hold")


@dataclass(frozen=True, kw_only=True)
class StopTerms:
    """Who can stop the system, how fast it must obey, and how often that is drilled."""

    authority: tuple[str, ...] = must(REFERENCES)
    target: timedelta = of(DURATION, timedelta(minutes=5))
    drill_every: timedelta | None = of(DURATION)
    fail_safe: str | None = of(choice("queue_to_human", "deny", "hold"))


@dataclass(frozen=True, kw_only=True)
class WatchTerms:
    """Who watches, how often they confirm it, and how long nobody may be watching."""

    roster: str = must(REFERENCE)
    ack_every: timedelta | None = of(DURATION)
    max_unwatched: timedelta = must(DURATION)


@dataclass(frozen=True, kw_only=True)
class AlertTerms:
    """Which alerts people must acknowledge, and in what time."""

    rules: tuple[str, ...] = of(REFERENCES, ())
    ack: timedelta = must(DURATION)


@dataclass(frozen=True, kw_only=True)
class MonitorTerms:
    """What is watched from outside the single decision."""

    silence_max: timedelta | None = of(DURATION)
    watch: WatchTerms | None = part(WatchTerms)
    alert: AlertTerms | None = part(AlertTerms)
    intervene_within: timedelta | None = of(DURATION)
    drift: tuple[str, ...] = of(choices("psi", "cusum"), ())
    group_checks: tuple[str, ...] = of(REFERENCES, ())


@dataclass(frozen=True, kw_only=True)
class AppealTerms:
    """How fast a contested decision is answered, and whether by somebody else."""

    answer_within: timedelta = must(DURATION)
    independent: bool = of(TRUTH, True)


@dataclass(frozen=True, kw_only=True)
class PrivacyTerms:
    """How long records are kept, who sees a reviewer's figures first, and the smallest group that is shown."""

    retention: str | None = of(CALENDAR)
    reviewer_reporting: str = of(choice("own_first", "aggregate_only"), "own_first")
    k: int = of(whole(2, 1000), 10)


@dataclass(frozen=True, kw_only=True)
class PolicyDocument:
    """One version of the oversight policy of ``usecase``."""

    usecase: str = must(REFERENCE)
    mode: Mode = must(Kind(lambda value: Mode(choice(*Mode).read(value)), str, "choice", tuple(Mode)))
    version: int = must(whole(1, 1_000_000))
    tier: str | None = of(choice(*TIERS))
    justification: str | None = of(TEXT)  # HOOTL only
    reapprove_by: date | None = of(DAY)  # HOOTL only
    mandate: Mandate | None = part(Mandate)
    rules: tuple[Rule, ...] = parts(Rule)
    review: ReviewTerms | None = part(ReviewTerms)
    reviewer: ReviewerTerms | None = part(ReviewerTerms)
    escalation: EscalationTerms | None = part(EscalationTerms)
    timeout_default: str = of(choice("deny", "hold", "allow"), "deny")
    stop: StopTerms | None = part(StopTerms)
    monitor: MonitorTerms | None = part(MonitorTerms)
    appeal: AppealTerms | None = part(AppealTerms)
    privacy: PrivacyTerms | None = part(PrivacyTerms)

    @cached_property
    def digest(self) -> str:
        """``sha256:`` and the hex SHA-256 of :meth:`canonical_json`."""
        return "sha256:" + hashlib.sha256(self.canonical_json()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the document as plain data; ``parse(document.to_dict()) == document``."""
        return write(self)

    def canonical_json(self) -> bytes:
        """Return the RFC 8785 form: keys sorted, no spaces, numbers in their shortest spelling."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def to_yaml(self) -> str:
        """Return the document as YAML, in the order of its fields."""
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)
