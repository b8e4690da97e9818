"""Deciding: approve, modify, override, reject, abstain or refer, each as easy as the other.

A submission is an event in the ledger; it decides about the very action whose digest the reviewer saw. One that
comes when the time is over is recorded too, as what it is: late, and never effective.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from audit.events.canonical import proposal_digest
from audit.events.rows import Receipt
from audit.models import Decision, ReviewTask
from audit.reviews import announcing
from audit.reviews.acts import current, require_waiting, reviewer
from audit.reviews.escalating import resolve
from audit.reviews.events import record_review, stamp
from audit.reviews.problems import Ended, NotYours, Stale
from governance.access import Invalid
from governance.competence.read import trained
from governance.models import Person, User

OUTCOMES: Final = ("approve", "modify", "override", "reject", "abstain", "refer")
CHANGING: Final = frozenset({"modify", "override"})
SUBSTANTIVE: Final = CHANGING | {"approve", "reject"}
LONGEST: Final = 5000  # characters of free text


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a reviewer says, as the door took it in.

    ``digest`` is of the action that was shown. ``final`` are the fields of the action to execute instead, with its
    ``value``. Times are milliseconds measured in the browser; ``None`` is unknown.
    """

    outcome: str
    digest: str = ""
    final: Mapping[str, Any] = field(default_factory=dict)
    reason_code: str = ""
    reason_text: str = ""
    extra_information: str = ""
    refer_to: str = ""
    answers: Sequence[str] = ()
    conflict: bool = False
    rationale_shown: bool | None = None
    words_shown: int | None = None
    active_ms: int | None = None
    idle_ms: int | None = None
    hidden_ms: int | None = None
    authn: str = "session"


@dataclass(frozen=True, slots=True)
class Submission:
    """``late``: it came when the time was over; it is kept and decides nothing."""

    task: ReviewTask
    receipt: Receipt
    late: bool


def submit(*, task: ReviewTask, opinion: Opinion, actor: User, at: datetime) -> Submission:
    """Give the review one holds; raises :class:`Invalid` naming the field, :class:`Stale`, :class:`Ended`,
    :class:`NotYours` and :class:`governance.access.NotAllowed`.
    """
    person = reviewer(actor, task, at)
    return submit_as(task=task, opinion=opinion, person=person, at=at)


def submit_as(*, task: ReviewTask, opinion: Opinion, person: Person, at: datetime) -> Submission:
    """Give the review ``person`` holds; for doors that know the person by other means than an account."""
    with transaction.atomic():
        task = current(task, at)
        if task.claimed_by_id != person.pk:
            require_waiting(task)
            raise NotYours(_("Take the review first: only who holds it can do this."))
        late = task.state == "expired" and not task.outcome
        if not late:
            require_waiting(task)
        _check(task, opinion)
        if late:
            task.outcome = opinion.outcome
        else:
            task.state, task.outcome, task.ended_at = "submitted", opinion.outcome, at
        task.save(update_fields=["state", "outcome", "ended_at"])
        receipt = record_review(task, "submitted", _data(task, opinion, person, at), at=at)
        if not late:
            resolve(task, at=at)
            announcing.ended(task, at=at)
    return Submission(task, receipt, late)


def _check(task: ReviewTask, opinion: Opinion) -> None:
    if opinion.outcome not in OUTCOMES:
        raise Invalid(_("Choose one of: %(known)s.") % {"known": ", ".join(OUTCOMES)}, field="outcome")
    if task.action_digest and opinion.digest != task.action_digest:
        raise Stale(_("What is proposed was changed since you opened it. Look at it again."), digest=task.action_digest)
    if task.own_first and not task.initial_judgement:
        raise Ended(_("Say first what you would decide yourself; then the proposal is shown."), state="own_first")
    _check_reasons(task, opinion)
    if opinion.outcome in CHANGING and not str(opinion.final.get("value") or "").strip():
        raise Invalid(_("Say what is to be done instead."), field="final_value")
    if opinion.outcome == "refer" and not opinion.refer_to.strip():
        raise Invalid(_("Say which desk it goes to."), field="refer_to")
    prompts = task.terms.get("prompts") or []
    answered = [answer.strip() for answer in opinion.answers]
    if opinion.outcome in SUBSTANTIVE and (len(answered) < len(prompts) or not all(answered[: len(prompts)])):
        raise Invalid(_("Answer each of the questions before you decide."), field="answers")


def _check_reasons(task: ReviewTask, opinion: Opinion) -> None:
    codes = task.terms.get("reason_codes") or []
    if opinion.reason_code and codes and opinion.reason_code not in codes:
        raise Invalid(_("Choose one of the reasons: %(codes)s.") % {"codes": ", ".join(codes)}, field="reason_code")
    wanted = opinion.outcome in (task.terms.get("reasons") or [])
    if wanted and codes and not opinion.reason_code:
        raise Invalid(_("The policy asks for a reason here: choose one."), field="reason_code")
    if wanted and not opinion.reason_text.strip():
        raise Invalid(_("The policy asks for a reason here: write it in your own words."), field="reason_text")
    for name in ("reason_text", "extra_information"):
        if len(getattr(opinion, name)) > LONGEST:
            raise Invalid(_("Write at most %(n)s characters.") % {"n": LONGEST}, field=name)


def _data(task: ReviewTask, opinion: Opinion, person: Person, at: datetime) -> dict[str, Any]:
    """The event's fields; what nobody knows is left out, never filled in."""
    data: dict[str, Any] = {
        "actor": {"ref": person.pseudonym, "authn": opinion.authn, "roles": _roles(task, person, at)},
        "outcome": opinion.outcome,
        "submitted_at": stamp(at),
        "arm": "own_first" if task.own_first else "advice_first",
        "evidence_required": task.terms.get("evidence") or [],
        "evidence_opened": task.evidence_opened,
    }
    optional = {
        "reviewed_digest": task.action_digest,
        "opened_at": stamp(task.shown_at) if task.shown_at else None,
        "advice_shown_at": stamp(task.advice_shown_at) if task.advice_shown_at else None,
        "initial_judgement": task.initial_judgement,
        "guideline_version": task.terms.get("guideline_version"),
        "reason_code": opinion.reason_code,
        "reason_text": opinion.reason_text.strip(),
        "extra_information": opinion.extra_information.strip(),
        "referred_to": opinion.refer_to.strip() if opinion.outcome == "refer" else None,
        "language": task.language,
        "rationale_shown": opinion.rationale_shown,
        "words_shown": opinion.words_shown,
        "conflict_of_interest": opinion.conflict or None,
        "pair_id": f"{task.decision_id}:pair" if task.blind else None,
        "final": _final(opinion) if opinion.outcome in CHANGING else None,
        "prompts": _answers(task, opinion) or None,
        **_times(task, opinion, at),
    }
    return data | {name: value for name, value in optional.items() if value is not None and value != ""}


def _times(task: ReviewTask, opinion: Opinion, at: datetime) -> dict[str, int | None]:
    """Measured in the browser, bounded by our clock: nobody was active longer than the case was open."""
    if task.shown_at is None:
        return {}
    most = max(0, int((at - task.shown_at).total_seconds() * 1000))
    given = {"active_ms": opinion.active_ms, "idle_ms": opinion.idle_ms, "ui_hidden_ms": opinion.hidden_ms}
    return {name: None if value is None else min(max(0, value), most) for name, value in given.items()}


def _final(opinion: Opinion) -> dict[str, Any]:
    action = {name: value for name, value in opinion.final.items() if name != "digest"}
    action["value"] = str(action["value"]).strip()
    return {**action, "digest": proposal_digest(action)}


def _answers(task: ReviewTask, opinion: Opinion) -> list[dict[str, str]]:
    prompts = task.terms.get("prompts") or []
    return [
        {"prompt": prompt, "answer": answer.strip()}
        for prompt, answer in zip(prompts, opinion.answers, strict=False)
        if answer.strip()
    ]


def _roles(task: ReviewTask, person: Person, at: datetime) -> list[str]:
    codes = [*task.wanted, *([task.desk] if task.desk else []), *task.excluded_roles]
    return sorted(trained([person], codes, at=at)[person.pk]) if codes else []


def words_of(task: ReviewTask) -> int | None:
    """How many words the case shows its reviewer; ``None`` when the decision is not known."""
    found = Decision.objects.filter(use_case=task.use_case_id, decision_id=task.decision_id).first()
    if found is None or not isinstance(found.state, dict):
        return None
    return _count(found.state.get("fields")) + _count(task.action_value)


def _count(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_count(each) for each in value.values())
    if isinstance(value, list):
        return sum(_count(each) for each in value)
    return len(str(value).split()) if value is not None else 0
