"""What happens next with a finding, by code: the steps, who is told, and what must be linked before it can close.

English templates; doors translate them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_noop

from policies.oversight.codes import CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """``told``: of ``owner`` (of the use case), ``committee``, ``legal``. ``needs``: of cause, case_fix, system_fix.

    ``case_fix`` and ``system_fix`` say what such a fix is here: the one puts right what happened to people, the other
    keeps it from happening again.
    """

    steps: tuple[str, ...]
    told: tuple[str, ...]
    case_fix: str
    system_fix: str
    needs: frozenset[str] = frozenset()


DISPARITY: Final = "DISPARITY"
DISPARITY_MEANING: Final = gettext_noop(
    "Monitoring found that two groups are not selected at the same rate, with a bound on false alarms."
)
TOLD: Final[Mapping[str, str]] = {
    "owner": gettext_noop("the owner of the use case"),
    "committee": gettext_noop("the oversight committee"),
    "legal": gettext_noop("legal"),
}
NEEDS: Final[Mapping[str, str]] = {
    "cause": gettext_noop("the cause"),
    "case_fix": gettext_noop("the case fix"),
    "system_fix": gettext_noop("the system fix"),
}

_EXECUTION = Playbook(
    steps=(
        gettext_noop("Find out who was affected and whether the decision must be reversed."),
        gettext_noop("Have somebody qualified review the decision now and record what they decide."),
        gettext_noop("Bind execution to the gate, so that the system cannot act before a person did."),
    ),
    told=("owner", "committee"),
    case_fix=gettext_noop("The decision was reviewed and confirmed, changed or reversed; the person was told."),
    system_fix=gettext_noop("The system waits at the gate, and a drill has shown that it does."),
)
_PEOPLE = Playbook(
    steps=(
        gettext_noop("Have another, qualified person review the decision."),
        gettext_noop("Check what else the same person reviewed in that time."),
        gettext_noop("Renew the training or the authority, or take the person off this queue."),
    ),
    told=("owner",),
    case_fix=gettext_noop("Somebody who may do so reviewed the decision again."),
    system_fix=gettext_noop("The queue gives such cases only to people who hold what the policy asks for."),
)
_MANDATE = Playbook(
    steps=(
        gettext_noop("Stop or limit the system until its mandate covers what it does."),
        gettext_noop("Put the policy or its change before the committee."),
        gettext_noop("Decide what becomes of the decisions taken meanwhile."),
    ),
    told=("owner", "committee", "legal"),
    case_fix=gettext_noop("The decisions taken meanwhile were confirmed or reversed by hand."),
    system_fix=gettext_noop("A policy is in force that covers them, or the system no longer takes them."),
)
_MEANING = Playbook(
    steps=(
        gettext_noop("Look at the case again with enough time and the evidence at hand."),
        gettext_noop("Ask why it went this way: load, missing evidence, a form that invites it."),
        gettext_noop("Change the conditions of the work before speaking of the person."),
    ),
    told=("owner",),
    case_fix=gettext_noop("The case was looked at again."),
    system_fix=gettext_noop("Load, evidence or form were changed so that a real review is possible."),
)
_SAMPLING = Playbook(
    steps=(
        gettext_noop("Review the cases the draw names."),
        gettext_noop("Compare the reviewers' hours with the rate the policy sets."),
    ),
    told=("owner",),
    case_fix=gettext_noop("The drawn cases were reviewed."),
    system_fix=gettext_noop("Hours and rate fit each other."),
)
_WATCH = Playbook(
    steps=(
        gettext_noop("Find out whether anybody could have seen it, and who should have."),
        gettext_noop("Fill the roster or let the system pause itself when nobody watches."),
    ),
    told=("owner", "committee"),
    case_fix=gettext_noop("What the system did unwatched was looked at."),
    system_fix=gettext_noop("The roster is filled, or the system pauses by itself."),
)
_INTEGRITY = Playbook(
    steps=(
        gettext_noop("Ask the operator of the source which record is true."),
        gettext_noop("Send what is missing, or a correction that names the event it corrects."),
        gettext_noop("Until then the decision counts neither as right nor as wrong."),
    ),
    told=("owner",),
    case_fix=gettext_noop("The true record is in the log."),
    system_fix=gettext_noop("The source numbers, dates and sends its events completely."),
)
_DISPARITY = Playbook(
    steps=(
        gettext_noop("Look at the figures by group, at both stages: did the system or the people make the difference?"),
        gettext_noop("Hold the declared strata fixed: does the difference remain where the cases are alike?"),
        gettext_noop("Check the data: is one group's attribute, outcome or evidence missing more often?"),
        gettext_noop("Put right what happened to the people concerned, and link it as the case fix."),
        gettext_noop("Change model, threshold, rule or practice, link it as the system fix, and watch it afterwards."),
        gettext_noop("Judge it a false positive only with a written reason: the alarm bounds how often it errs."),
    ),
    told=("owner", "committee", "legal"),
    case_fix=gettext_noop("The decisions of the people concerned were reviewed again and the people told."),
    system_fix=gettext_noop("Model, threshold, rule or practice were changed."),
    needs=frozenset({"cause", "case_fix", "system_fix"}),
)
_BY_GROUP: Final[Mapping[str, Playbook]] = {
    "execution": _EXECUTION,
    "people": _PEOPLE,
    "mandate": _MANDATE,
    "meaning": _MEANING,
    "sampling": _SAMPLING,
    "timers": _WATCH,
    "watch": _WATCH,
    "integrity": _INTEGRITY,
    "open": _WATCH,
}


def playbook_of(code: str) -> Playbook:
    """Return the playbook of a finding's code; a code of a later version gets the general one."""
    if code == DISPARITY:
        return _DISPARITY
    known = CODES.get(code)
    return _BY_GROUP.get(known.group, _WATCH) if known else _WATCH
