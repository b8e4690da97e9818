"""Sampling that nobody can steer and anybody can recompute.

    selected <=> uint64(HMAC-SHA256(period_key, decision_id)) / 2^64 < rate

The key of a period is committed before it begins (its hash is published) and revealed after it ends. Draws other
than the sample (``blind_double``, ``own_judgement_first``, ``canary``) prefix the id with their name, so that one
draw says nothing about another.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

SPACE = 1 << 64
DRAWS = ("sample", "blind_double", "own_judgement_first", "canary")


class CommitmentBroken(ValueError):
    """A revealed key is not the one that was committed."""

    code = "sampling_commitment_broken"


@dataclass(frozen=True, slots=True)
class SamplingPeriod:
    """The key of ``[since, until)``; ``key`` is ``None`` for whoever may not know it yet."""

    since: datetime
    until: datetime
    commitment: str  # sha256: of the key
    key: bytes | None = None

    def __post_init__(self) -> None:
        if self.key is not None and commitment(self.key) != self.commitment:
            raise CommitmentBroken(f"the key must be the one committed as {self.commitment}")


def commitment(key: bytes) -> str:
    """Return what is published before the period: ``sha256:`` and the hex SHA-256 of ``key`` (32 random bytes)."""
    return "sha256:" + hashlib.sha256(key).hexdigest()


def draw(key: bytes, decision_id: str, kind: str = "sample") -> int:
    """Return the 64-bit number of ``decision_id`` in this period."""
    message = decision_id if kind == "sample" else f"{kind}\0{decision_id}"
    return int.from_bytes(hmac.digest(key, message.encode(), "sha256")[:8], "big")


def selected(key: bytes, decision_id: str, rate: Decimal, kind: str = "sample") -> bool:
    """Return whether ``decision_id`` is drawn at ``rate`` (a share from 0 to 1); exact, no rounding."""
    return draw(key, decision_id, kind) < rate * SPACE


def select(key: bytes, decision_ids: Iterable[str], rate: Decimal, kind: str = "sample") -> list[str]:
    """Return the drawn ones of ``decision_ids``, in the order given: the list an auditor recomputes."""
    bound = rate * SPACE
    return [each for each in decision_ids if draw(key, each, kind) < bound]
