"""A verdict: one code about one decision, with the facts it rests on, the same bytes each time it is computed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policies.oversight.codes import CODES, ORDER


@dataclass(frozen=True, slots=True)
class Verdict:
    """``state``: breach | not_meaningful | open | unknown | integrity. ``decision_id`` is ``None`` for a verdict
    about a period. ``data`` fills ``explanation``; ``subject`` in it names the review, alert or hop meant."""

    code: str
    decision_id: str | None
    hard: bool
    state: str
    explanation: str
    data: Mapping[str, Any]
    at: datetime | None
    policy: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Names the verdict across re-runs: decision, code, subject."""
        return (self.decision_id or "", self.code, str(self.data.get("subject", "")))

    @property
    def sentence(self) -> str:
        """The explanation in English, filled."""
        return self.explanation.format_map(self.data)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON data."""
        return {
            "code": self.code,
            "decision_id": self.decision_id,
            "hard": self.hard,
            "state": self.state,
            "explanation": self.explanation,
            "data": dict(self.data),
            "at": self.at.isoformat() if self.at else None,
            "policy": self.policy,
        }


def verdict(
    code: str,
    decision_id: str | None,
    state: str,
    data: Mapping[str, Any],
    at: datetime | None,
    *,
    policy: str | None = None,
    hard: bool | None = None,
) -> Verdict:
    """Return a verdict with the explanation of its code; ``hard`` only where the code leaves it open."""
    known = CODES[code]
    is_hard = known.hard if hard is None else hard
    return Verdict(code, decision_id, bool(is_hard), state, known.explanation, data, at, policy)


def in_order(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts in the one order they are given in: by code, then by subject."""
    found = tuple(verdicts)
    if len(found) < 2:
        return found
    return tuple(sorted(found, key=lambda each: (ORDER[each.code], str(each.data.get("subject", "")), each.state)))


def canonical(verdicts: Iterable[Verdict]) -> bytes:
    """Return verdicts as bytes that are equal if and only if the verdicts are."""
    plain = [each.to_dict() for each in verdicts]
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
