"""Findings of decisions whose payloads are removed: counted by code, then gone. What people decided stays."""

from collections import Counter
from typing import Any

import msgspec

from audit.evaluation.context import Context
from audit.events.sealing import Sealing
from audit.findings.board import Board
from audit.models import Finding
from policies.oversight.record import DecisionRecord

ROOM = "findings"
CHUNK = 500


def seal(*, sealed: Sealing, **_: Any) -> None:
    """Receiver: count the findings of the decisions that go, and take the decisions out of the count without policy."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for use_case in sorted({key[0] for key in sealed.keys}):
        rows = [row for row in sealed.decisions if row.use_case_id == use_case]
        names = [row.decision_id for row in rows]
        for start in range(0, len(names), CHUNK):
            findings = Finding.objects.filter(use_case=use_case, decision_id__in=names[start : start + CHUNK])
            for code, severity, state in findings.values_list("code", "severity", "state"):
                counted[str(use_case), code, severity, state] += 1
            findings.delete()
        context, board = Context({use_case}), Board.load({(use_case, "")})
        states = [msgspec.convert(row.state, type=DecisionRecord) for row in rows]
        without = sum(not each.drill and context.policy_for(use_case, each) is None for each in states)
        board.count_without_policy(use_case, -without, index=sealed.index - 1, at=sealed.at)
        board.save()
    sealed.figures[ROOM] = [
        {"use_case": case, "code": code, "severity": severity, "state": state, "n": n}
        for (case, code, severity, state), n in sorted(counted.items())
    ]
