"""Invented reviewers: how often each catches a wrong proposal, cries wolf, and how long they look.

The figures follow the profiles of human-oversight research (signal detection: hit rate, false alarm
rate; log-normal handling time). They are assumptions for an example, not findings about anybody.
"""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """``hit``: P(override | proposal wrong); ``false_alarm``: P(override | proposal right)."""

    pseudonym: str
    name: str
    hit: float
    false_alarm: float
    median_seconds: float
    spread: float  # sigma of the log of the seconds
    weight: float  # share of the reviews


PROFILES = (
    Profile("rev-1", "Ilze Bērziņa", hit=0.62, false_alarm=0.04, median_seconds=150, spread=0.45, weight=0.30),
    Profile("rev-2", "Γιώργος Παππάς", hit=0.55, false_alarm=0.05, median_seconds=190, spread=0.40, weight=0.25),
    Profile("rev-3", "Мария Иванова", hit=0.66, false_alarm=0.03, median_seconds=75, spread=0.35, weight=0.25),
    Profile("rev-4", "Tom Okafor", hit=0.05, false_alarm=0.004, median_seconds=9, spread=0.70, weight=0.20),
)

REASONS = {
    "grant": ("PROOF_ON_FILE", "SEASONAL_WORK", "SELF_EMPLOYED"),
    "ask_for_documents": ("JOB_ENDED", "DATA_OUTDATED"),
}


@dataclass(frozen=True, slots=True)
class SimulatedReview:
    """What one invented reviewer did with one proposal."""

    profile: Profile
    override: bool
    active_seconds: float
    evidence_opened: tuple[str, ...]
    reason: str | None


def review(rng: random.Random, *, proposal: str, truth: str) -> SimulatedReview:
    """Draw a review of ``proposal`` (grant or ask_for_documents) given what was true."""
    profile = rng.choices(PROFILES, weights=[each.weight for each in PROFILES])[0]
    right = (proposal == "grant") == (truth == "employed")
    override = rng.random() < (profile.false_alarm if right else profile.hit)
    seconds = profile.median_seconds * math.exp(rng.gauss(0.0, profile.spread))
    careful = seconds >= 20
    opened = ("payroll", "declaration") if careful or rng.random() < 0.3 else ("declaration",)
    final = {"grant": "ask_for_documents", "ask_for_documents": "grant"}[proposal] if override else proposal
    reason = rng.choice(REASONS[final]) if override else None
    return SimulatedReview(profile, override, seconds, opened, reason)
