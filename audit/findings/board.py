"""The findings of some decisions while they are judged: opened, renewed and closed by evidence."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit.findings.acts import take
from audit.findings.numbers import finding_key, numbers_for
from audit.findings.standing import standing
from audit.models import Finding, FindingAct
from policies.oversight.codes import CODES
from policies.oversight.record import DecisionRecord
from policies.oversight.verdict import Verdict

FOUND: Final = frozenset({"breach", "not_meaningful", "integrity"})  # open and unknown are not findings
NO_POLICY: Final = "NO_POLICY"
Key = tuple[UUID, str]


class Board:
    """Findings by decision; loaded, changed in memory, saved in a few statements."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._rows = {row.pk: row for row in findings}
        self._of: dict[Key, set[UUID]] = {}
        for row in self._rows.values():
            self._of.setdefault((row.use_case_id, row.decision_id), set()).add(row.pk)
        self._changed: dict[UUID, Finding] = {}

    @classmethod
    def load(cls, keys: Iterable[Key]) -> "Board":
        """Read the findings of these decisions, and each use case's own."""
        findings: list[Finding] = []
        by_use_case: dict[UUID, list[str]] = {}
        for use_case, decision_id in keys:
            by_use_case.setdefault(use_case, [""]).append(decision_id)
        for use_case, decision_ids in by_use_case.items():
            findings += Finding.objects.filter(use_case_id=use_case, decision_id__in=decision_ids)
        return cls(findings)

    def put(
        self, use_case: UUID, record: DecisionRecord, verdicts: Sequence[Verdict], *, index: int, at: datetime
    ) -> None:
        """Make the findings of one decision be what ``verdicts`` say: open what is new, close what is gone."""
        key = (use_case, record.decision_id)
        found: dict[str, list[Verdict]] = {}
        for each in verdicts:
            if each.state in FOUND and each.code != NO_POLICY:
                found.setdefault(each.code, []).append(each)
        for code, several in found.items():
            self._open(key, record, code, several, index, at)
        for pk in self._of.get(key, set()):
            row = self._rows[pk]
            if row.code not in found and row.closed_index is None:
                row.closed_index, row.closed_at = index, at
                self._changed[pk] = row
            if (row.case_at, row.drill) != (record.proposed_at, record.drill):
                row.case_at, row.drill = record.proposed_at, record.drill
                self._changed[pk] = row

    def _open(
        self, key: Key, record: DecisionRecord, code: str, verdicts: list[Verdict], index: int, at: datetime
    ) -> None:
        pk = finding_key(key[0], code, key[1])
        explanation: dict[str, Any] = {
            "sentence": verdicts[0].sentence,
            "verdicts": [each.to_dict() for each in verdicts],
        }
        severity = "hard" if any(each.hard for each in verdicts) else "soft"
        row = self._rows.get(pk)
        if row is None or row.closed_index is not None:
            row = Finding(
                pk=pk, use_case_id=key[0], code=code, decision_id=key[1], opened_index=index, opened_at=at,
                case_at=None if key[1] else at, ref=row.ref if row else "",
            )  # fmt: skip
        elif (row.explanation, row.severity) == (explanation, severity):
            return
        row.explanation, row.severity = explanation, severity
        row.policy_ref = verdicts[0].policy or ""
        row.simulated, row.drill = record.simulated, record.drill
        self._keep(row)

    def count_without_policy(self, use_case: UUID, delta: int, *, index: int, at: datetime) -> None:
        """Keep the one finding of a use case that counts its decisions taken without a policy."""
        if not delta:
            return
        pk = finding_key(use_case, NO_POLICY, "")
        row = self._rows.get(pk)
        if row is None or row.closed_index is not None:
            row = Finding(
                pk=pk, use_case_id=use_case, code=NO_POLICY, decision_id="", severity="hard", count=0,
                opened_index=index, opened_at=at, case_at=at, ref=row.ref if row else "",
                explanation={"sentence": CODES[NO_POLICY].meaning},
            )  # fmt: skip
        row.count += delta
        if row.count <= 0:
            row.count, row.closed_index, row.closed_at = 0, index, at
        self._keep(row)

    def put_of_use_case(
        self, use_case: UUID, code: str, verdicts: Sequence[Verdict], *, count: int, index: int, at: datetime,
        simulated: bool,
    ) -> None:  # fmt: skip
        """Make the one finding of a use case under ``code`` be what ``verdicts`` say; none of them closes it."""
        row = self._rows.get(finding_key(use_case, code, ""))
        if verdicts:
            record = DecisionRecord(use_case="", decision_id="", simulated=simulated)
            self._open((use_case, ""), record, code, list(verdicts), index, at)
            row = self._rows[finding_key(use_case, code, "")]
            if row.count != count:
                row.count = count
                self._keep(row)
        elif row is not None and row.closed_index is None:
            row.closed_index, row.closed_at = index, at
            self._keep(row)

    def _keep(self, row: Finding) -> None:
        self._rows[row.pk] = self._changed[row.pk] = row
        self._of.setdefault((row.use_case_id, row.decision_id), set()).add(row.pk)

    def save(self) -> None:
        """Write what changed; numbers are given in order of opening and kept for ever."""
        changed = sorted(self._changed.values(), key=lambda row: (row.opened_index, row.code, row.decision_id))
        if not changed:
            return
        # Whoever acts on a finding holds its row: what is read of the acts below is the last word.
        list(Finding.objects.select_for_update().filter(pk__in=[row.pk for row in changed]).values_list("pk"))
        refs = numbers_for([row.pk for row in changed if not row.ref])
        acts = _acts([row.pk for row in changed])
        for row in changed:
            row.ref = row.ref or refs[row.pk]
            take(row, standing(acts.get(row.pk, ())))
        Finding.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=list(_COLUMNS), batch_size=500
        )
        self._changed.clear()


_COLUMNS = ("policy_ref", "severity", "state", "count", "opened_index", "opened_at", "case_at", "closed_index",
            "closed_at", "owner", "waived_until", "disposition", "explanation", "simulated", "drill")  # fmt: skip


def _acts(findings: Sequence[UUID]) -> dict[UUID, list[FindingAct]]:
    """What people did about these findings, in order."""
    found: dict[UUID, list[FindingAct]] = {}
    for act in FindingAct.objects.filter(finding__in=findings).order_by("number"):
        found.setdefault(act.finding, []).append(act)
    return found
