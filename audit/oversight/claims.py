"""What you may claim: sentences a report could make, each on or off by the evidence held, never by wish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.oversight.measure import CONTRADICTS, SUPPORTS, Measure
from audit.oversight.wording import Message, gettext_noop

SENTENCES: Mapping[str, tuple[str, str]] = {
    "reviewed": (
        "M10",
        gettext_noop("Every executed decision that needed people had its human step before execution."),
    ),
    "qualified": ("M20", gettext_noop("Reviews were given by people qualified at that moment.")),
    "in_time": ("M2", gettext_noop("At least 90 % of reviews are done in the time the policy gives.")),
    "seen": (
        "M16",
        gettext_noop("In at least 95 % of reviews the required evidence and the rationale were seen."),
    ),
    "time_taken": ("M3", gettext_noop("At most 10 % of reviews are faster than the case can be read.")),
    "catch": ("M5", gettext_noop("Reviewers catch at least 80 % of wrong proposals.")),
    "better": ("M6", gettext_noop("With people, more decisions are right than by the system alone.")),
    "agree": (
        "M8",
        gettext_noop("Two reviewers who do not see each other's view agree (AC1 of at least 0.8)."),
    ),
    "stop": ("M12", gettext_noop("The system can be stopped in time, shown by drills.")),
    "escalate": ("M11", gettext_noop("At least 80 % of escalation steps are answered in time.")),
    "even": ("M13", gettext_noop("The human step did not make decisions less even between groups.")),
    "independent": ("M14", gettext_noop("Appeals are decided by somebody else than the first decision.")),
    "reasons": ("M15", gettext_noop("At least 90 % of changed decisions have a reason.")),
    "complete": ("M10b", gettext_noop("At least 99.5 % of the promised events are in the log.")),
}
STANDS = gettext_noop("the evidence supports it")
AGAINST = gettext_noop("the evidence speaks against it")
TOO_LITTLE = gettext_noop("too little evidence")
HELD = gettext_noop("too little evidence: {held} held, about {needed} needed at this rate")
UNMEASURED = gettext_noop("not available: not yet measured")


@dataclass(frozen=True, slots=True)
class Claim:
    """``stands``: the sentence may be made; ``withdrawn``: the evidence speaks against it."""

    id: str
    sentence: str
    measure: str
    stands: bool
    withdrawn: bool
    n_held: int
    n_needed: int | None
    reason: Message

    @property
    def state(self) -> str:
        """``supports``, ``contradicts`` or ``insufficient``."""
        return "contradicts" if self.withdrawn else "supports" if self.stands else "insufficient"

    @property
    def why(self) -> str:
        """The reason in English."""
        return self.reason.text


def claims(measures: Sequence[Measure]) -> tuple[Claim, ...]:
    """Return every claim with its state; what may not be said is listed too, with what is missing."""
    by_id = {measure.id: measure for measure in measures}
    return tuple(_claim(name, sentence, by_id.get(measure), measure) for name, (measure, sentence) in SENTENCES.items())


def _claim(name: str, sentence: str, measure: Measure | None, wanted: str) -> Claim:
    if measure is None:
        return Claim(name, sentence, wanted, False, False, 0, None, Message(UNMEASURED))
    stands, withdrawn = measure.verdict == SUPPORTS, measure.verdict == CONTRADICTS
    needed = measure.needed_n
    reason = Message(STANDS if stands else AGAINST if withdrawn else TOO_LITTLE)
    if measure.withheld:
        reason = measure.message
    elif not stands and not withdrawn and needed is not None and needed > measure.n:
        reason = Message(HELD, {"held": measure.n, "needed": needed})
    return Claim(name, sentence, wanted, stands, withdrawn, measure.n, needed, reason)
