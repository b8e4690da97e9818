"""Every code the checker can give: what it means in plain words, who acts, and what puts it right.

``hard``: ``True`` a breach, ``False`` soft, ``None`` depends on the case (the verdict says). Order is that of reports.
English templates; doors translate them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One code; ``explanation`` is the sentence of a verdict, filled with its data."""

    code: str
    group: str  # execution | people | mandate | meaning | sampling | timers | watch | integrity | open
    hard: bool | None
    meaning: str
    who_acts: str
    fix: str
    explanation: str


def _code(code: str, group: str, hard: bool | None, meaning: str, who: str, fix: str, explanation: str) -> Code:
    return Code(code, group, hard, meaning, who, fix, explanation)


_OWNER = "owner of the use case"
_LEAD = "lead of the reviewers"
_SYSTEM = "operator of the system"
_COMMITTEE = "oversight committee"

_ALL = (
    _code(
        "OVERRULED_IGNORED",
        "execution",
        True,
        "A person said no, and the system's value was executed all the same.",
        _OWNER,
        "Reverse the decision, stop the system if it can do so again, and bind execution to the gate.",
        "A person decided {outcome}, but the proposed value {executed} was executed.",
    ),
    _code(
        "UNREVIEWED",
        "execution",
        True,
        "A decision was executed without the reviews its policy asks for.",
        _OWNER,
        "Have the decision reviewed now, and make the system wait at the gate.",
        "Executed with {found} of {required} required reviews ({rules}).",
    ),
    _code(
        "LATE_REVIEW",
        "execution",
        True,
        "The review came after the decision had been executed.",
        _OWNER,
        "Make the system wait at the gate; reviewing afterwards is no oversight.",
        "Review {review} was submitted {late_s} s after execution.",
    ),
    _code(
        "STALE",
        "execution",
        True,
        "What was executed is not what was approved, or the approval had run out.",
        _SYSTEM,
        "Ask for a new approval when the action changes or the approval expires.",
        "{found} of {required} required reviews hold for what was executed: {why}.",
    ),
    _code(
        "AFTER_STOP",
        "execution",
        True,
        "A decision was executed after the system had been stopped.",
        _SYSTEM,
        "Find out why the stop did not reach the system; keep it stopped until a drill shows that it obeys.",
        "Executed {after_s} s after {kind} {intervention} took effect.",
    ),
    _code(
        "FORBIDDEN",
        "mandate",
        True,
        "The system took a decision its mandate does not allow.",
        _OWNER,
        "Reverse or confirm the decision by hand, and block the class in the system.",
        "The mandate does not allow this: {why}.",
    ),
    _code(
        "NO_MANDATE",
        "mandate",
        True,
        "The system decided after its mandate had run out.",
        _OWNER,
        "Renew the mandate in the committee, or stop the system.",
        "The mandate ended on {expires}.",
    ),
    _code(
        "NO_POLICY",
        "mandate",
        True,
        "No oversight policy was in force when the decision was taken.",
        _COMMITTEE,
        "Sign off a policy for the use case; until then nothing may be executed.",
        "No policy was in force at {when}.",
    ),
    _code(
        "UNQUALIFIED",
        "people",
        True,
        "A reviewer lacked the role, training, language or authority at that moment.",
        _LEAD,
        "Have somebody qualified review it again; renew the training or take the person off the queue.",
        "{actor} did not hold {missing} when review {review} was submitted.",
    ),
    _code(
        "SAME_PERSON",
        "people",
        True,
        "One person gave two reviews where two people are needed.",
        _LEAD,
        "Have another person review it.",
        "{found} of {required} required people reviewed this.",
    ),
    _code(
        "SELF_REVIEW",
        "people",
        True,
        "A person approved what they had made themselves.",
        _LEAD,
        "Have somebody review it who neither entered nor changed it.",
        "{actor} is the maker of what review {review} approved.",
    ),
    _code(
        "CONFLICT",
        "people",
        True,
        "A reviewer was excluded from this case or declared a conflict of interest.",
        _LEAD,
        "Have somebody without an interest in the case review it.",
        "{actor} was excluded from review {review}: {why}.",
    ),
    _code(
        "UNWATCHED",
        "watch",
        True,
        "The system decided while nobody had been watching for longer than the policy allows.",
        _OWNER,
        "Fill the roster, or let the system pause itself when nobody watches.",
        "Nobody watched for {unwatched_min} min, {allowed_min} min are allowed.",
    ),
    _code(
        "ALERT_UNACKED",
        "watch",
        True,
        "An alert was not acknowledged in the time the policy gives.",
        _OWNER,
        "Find out why nobody saw it; check the roster and the escalation chain.",
        "Alert {alert} was not acknowledged within {allowed_min} min.",
    ),
    _code(
        "SAMPLE_SHORTFALL",
        "sampling",
        None,
        "A case drawn for review was not reviewed.",
        _LEAD,
        "Review the drawn cases; plan enough reviewer time for the rate.",
        "Drawn for {draw} at rate {rate} and not reviewed so.",
    ),
    _code(
        "SAMPLE_CHERRY",
        "sampling",
        None,
        "A case was reviewed that was neither drawn nor called for by a rule.",
        _LEAD,
        "Take the cases the draw names; hand-picked cases do not count as a sample.",
        "Reviewed, though not drawn at rate {rate} and asked for by no rule.",
    ),
    _code(
        "BULK",
        "meaning",
        False,
        "Several decisions were approved in one act.",
        _LEAD,
        "Review one by one, or let the policy allow bulk for alike cases.",
        "Review {review} was part of batch {batch}.",
    ),
    _code(
        "TOO_FAST",
        "meaning",
        False,
        "The review took less active time than anyone needs to read the case.",
        _LEAD,
        "Check whether the reviewer has time enough; look at the cases again.",
        "Review {review} took {active_s} s, at least {needed_s} s are expected.",
    ),
    _code(
        "NO_EVIDENCE",
        "meaning",
        False,
        "The reviewer did not open the evidence the policy asks for.",
        _LEAD,
        "Make the evidence reachable from the review, and have the case looked at again.",
        "Review {review} was given without {missing}.",
    ),
    _code(
        "NO_REASON",
        "meaning",
        False,
        "A decision that needs a reason was given none.",
        _LEAD,
        "Ask the reviewer for the reason and make it a required field.",
        "Review {review} ({outcome}) gives no reason.",
    ),
    _code(
        "NO_TOKEN",
        "execution",
        True,
        "Executed without handing in the one-time token the policy asks for.",
        _SYSTEM,
        "Make the system fetch a token at the gate and hand it in before it executes.",
        "Executed without a one-time token: {why}.",
    ),
    _code(
        "SLA",
        "timers",
        False,
        "The review was not done in the time the policy gives.",
        _LEAD,
        "Add reviewers or lengthen the time the system waits.",
        "Due at {due}, {state}.",
    ),
    _code(
        "ESC_LATE",
        "timers",
        False,
        "An escalation was acknowledged late.",
        _OWNER,
        "Check who was on call, and name a deputy.",
        "Escalation {escalation}, hop {hop}, was due at {due}.",
    ),
    _code(
        "ESC_EXPIRED",
        "timers",
        None,
        "Nobody answered an escalation up to its last hop.",
        _OWNER,
        "Apply the safe default, decide the case by hand, and repair the chain.",
        "Escalation {escalation} ran out at hop {hop}; safe default: {default}.",
    ),
    _code(
        "GAP",
        "integrity",
        True,
        "Events are missing from the log around this decision.",
        _SYSTEM,
        "Send the missing events again, or explain what was lost.",
        "{missing} events of {source} are missing between {since} and {until}.",
    ),
    _code(
        "SILENCE",
        "integrity",
        True,
        "The system was silent for longer than the policy allows.",
        _SYSTEM,
        "Find out whether it decided without logging; send what was held back.",
        "{source} was silent from {since} until {until}.",
    ),
    _code(
        "SKEW",
        "integrity",
        False,
        "The clock of a source is off, so its times cannot be trusted.",
        _SYSTEM,
        "Synchronise the clock and send evidence of its offset.",
        "The times of {what} come from a clock that is off.",
    ),
    _code(
        "DUP_CONFLICT",
        "integrity",
        True,
        "One event arrived twice with different content.",
        _SYSTEM,
        "Find out which is true; send a correction that names the other.",
        "An event of this decision arrived again with other content.",
    ),
    _code(
        "PENDING",
        "open",
        False,
        "The decision waits for its review and is in time.",
        _LEAD,
        "Nothing yet.",
        "{found} of {required} required reviews are there; not executed.",
    ),
    _code(
        "PENDING_CLOCK",
        "open",
        False,
        "Which came first, review or execution, rests on a clock that is off.",
        _SYSTEM,
        "Send evidence of the clock's offset; until then this counts neither as right nor as wrong.",
        "By the source's clock the order would mean {would_be}; the clock is off.",
    ),
)

CODES: Mapping[str, Code] = {each.code: each for each in _ALL}
ORDER: Mapping[str, int] = {each.code: place for place, each in enumerate(_ALL)}
STATES: Mapping[str, str] = {
    "breach": "The policy was broken.",
    "not_meaningful": "A review took place that does not count as meaningful.",
    "open": "Not final yet.",
    "unknown": "The log does not hold what is needed to tell.",
    "integrity": "The evidence itself is broken: this counts neither as right nor as wrong.",
}
