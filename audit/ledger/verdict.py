"""The words a verification ends with, and the exit codes of ``custodes verify``."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """From best to worst in the order of the exit codes but for UNVERIFIABLE, which is never reported as OK."""

    OK = "OK"
    OK_WITH_GAPS = "OK-WITH-GAPS"
    ALTERED = "ALTERED"
    ROLLED_BACK = "ROLLED-BACK"
    FORKED = "FORKED"
    BAD_SIGNATURE = "BAD-SIGNATURE"
    UNVERIFIABLE = "UNVERIFIABLE"


EXIT_CODES = {
    Verdict.OK: 0,
    Verdict.OK_WITH_GAPS: 10,
    Verdict.ALTERED: 11,
    Verdict.ROLLED_BACK: 12,
    Verdict.FORKED: 13,
    Verdict.BAD_SIGNATURE: 14,
    Verdict.UNVERIFIABLE: 15,
}
# Where several hold, the first of these is the verdict.
SEVERITY = (
    Verdict.BAD_SIGNATURE,
    Verdict.FORKED,
    Verdict.ROLLED_BACK,
    Verdict.ALTERED,
    Verdict.UNVERIFIABLE,
    Verdict.OK_WITH_GAPS,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that does not hold: its verdict word, what kind of fault it is, where, and a sentence."""

    verdict: Verdict
    kind: str
    message: str
    index: int | None = None
    entry: str | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Verification:
    """The outcome: verdict, exit code, every failure found (at most 100 are kept), remarks, and figures."""

    verdict: Verdict
    failures: tuple[Failure, ...]
    remarks: tuple[str, ...]
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The exit status of ``custodes verify``."""
        return EXIT_CODES[self.verdict]

    @property
    def summary(self) -> str:
        """The outcome in a few lines."""
        lines = [str(self.verdict)]
        if "size" in self.figures:
            lines.append(
                f"{self.figures['checked']:,} entries of {self.figures['size']:,} in the log {self.figures['log']}; "
                f"fingerprint {self.figures['fingerprint']}"
            )
        return "\n".join([*lines, *(f"! {failure}" for failure in self.failures), *(f"- {r}" for r in self.remarks)])

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values for ``--json``."""
        return {
            "verdict": str(self.verdict),
            "exit_code": self.exit_code,
            "failures": [
                {"verdict": str(f.verdict), "kind": f.kind, "index": f.index, "entry": f.entry, "message": f.message}
                for f in self.failures
            ],
            "remarks": list(self.remarks),
            **self.figures,
        }


class Findings:
    """Collects failures and remarks while a verification runs."""

    LIMIT = 100

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.remarks: list[str] = []
        self.count = 0

    def add(
        self, verdict: Verdict, kind: str, message: str, *, index: int | None = None, entry: str | None = None
    ) -> None:
        """Note a failure; beyond the limit only the count goes up, unless its verdict is new."""
        self.count += 1
        if len(self.failures) < self.LIMIT or all(f.verdict != verdict for f in self.failures):
            self.failures.append(Failure(verdict, kind, message, index, entry))

    def remark(self, text: str) -> None:
        """Note something a reader should know that is not a failure."""
        self.remarks.append(text)

    def conclude(self, figures: dict[str, Any]) -> Verification:
        """Return the outcome with the most serious verdict."""
        words = {failure.verdict for failure in self.failures}
        verdict = next((word for word in SEVERITY if word in words), Verdict.OK)
        if self.count > len(self.failures):
            self.remark(f"{self.count - len(self.failures):,} more failures are not listed.")
        return Verification(verdict, tuple(self.failures), tuple(self.remarks), figures)
