"""Votes: open them on a digest, cast them, close them. Writers take the meeting's row, then the item's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, NotAllowed, record_change
from governance.committees.effects import needs_evidence, take_effect
from governance.committees.errors import (
    AlreadyDecided,
    AlreadyVoted,
    Excluded,
    NoQuorum,
    NotPresent,
    PromptsOpen,
    TooLate,
    Voided,
    WrongState,
)
from governance.committees.evidence import check_evidence
from governance.committees.interests import conflicts
from governance.committees.items import digest_of, held_item
from governance.committees.seats import check_leads, leads, person_of, plain, rule_for, seat_of, serving
from governance.committees.sign_off import no_quorum
from governance.models import AgendaItem, Attendance, ItemVote, Meeting, Membership, Person, Resolution, User
from policies import committees

State = AgendaItem.State


@dataclass(frozen=True, slots=True)
class Standing:
    """Who could vote on an item now: seats with who fills them, who is excluded and why, and what is missing."""

    filled: list[tuple[Membership, Person]]
    excluded: dict[str, list[str]]  # person id -> grounds
    quorum: int
    missing: tuple[str, ...]

    @property
    def able(self) -> list[tuple[Membership, Person]]:
        """Seats whose person has no conflict."""
        return [(seat, person) for seat, person in self.filled if str(person.pk) not in self.excluded]

    @property
    def quorate(self) -> bool:
        """Whether enough people and every function the charter names could vote."""
        return len(self.able) >= self.quorum and not self.missing


def standing(item: AgendaItem, *, at: datetime) -> Standing:
    """Return who could vote on ``item`` at ``at``: those present, or in a written procedure everybody who sits."""
    meeting = item.meeting
    seats = list(serving(meeting.committee, at))
    everybody = {person.pk: person for seat in seats for person in (seat.person, seat.deputy) if person is not None}
    known = conflicts(everybody.values(), item.use_case, at=at)
    if meeting.form == Meeting.Form.SESSION:
        here = dict(Attendance.objects.filter(meeting=meeting, left_at=None).values_list("membership_id", "person_id"))
        filled = [(seat, everybody[here[seat.pk]]) for seat in seats if here.get(seat.pk) in everybody]
    else:
        filled = [(seat, _in_writing(seat, known)) for seat in seats]
    rule = rule_for(meeting.committee, item.kind)
    functions = {plain(seat.function) for seat, person in filled if person.pk not in known}
    missing = tuple(sorted(rule.functions - functions))
    return Standing(filled, {str(key): grounds for key, grounds in known.items()}, rule.quorum, missing)


def open_vote(*, actor: User, at: datetime, item: AgendaItem, motion: str = "adopt", option: str = "") -> AgendaItem:
    """Put ``item`` to the vote as it stands: from now on a vote binds to its digest.

    ``motion``: ``adopt`` or ``send_back``; ``option``: the key of the option that is put, where there are any. Raises
    :class:`NoQuorum`, :class:`EvidenceMissing`, :class:`Invalid`, :class:`WrongState`.
    """
    with transaction.atomic():
        row = held_item(item)
        check_leads(actor, row.meeting.committee, at)
        _check_open(row, at)
        if row.kind == AgendaItem.Kind.DISCUSS and not row.question:
            raise Invalid(_("This point is for discussion; give it a question to decide."), field="question")
        if row.state != State.OPEN:
            raise WrongState(_("The vote on this point is open or over."), state=row.state)
        _check_motion(row, motion, option)
        if motion == "adopt" and needs_evidence(row) and row.use_case is not None:
            check_evidence(row.meeting.committee, row.use_case, at=at)
        now = standing(row, at=at)
        if not now.quorate:
            raise _lost(now)
        names = {str(person.pk): person for _seat, person in now.filled}
        row.excluded = [
            {"person": names[key].ref, "name": names[key].name, "grounds": grounds}
            for key, grounds in now.excluded.items()
            if key in names
        ]
        row.motion, row.option, row.state, row.voting_since = motion, option, State.VOTING, at
        row.digest = digest_of(row, row.meeting.pack.sha256, motion, option)
        row.save()
        after = {"number": row.number, "motion": motion, "option": option, "digest": row.digest}
        _record(actor, at, "committee.vote_opened", row, {**after, "excluded": row.excluded})
    return row


def cast(
    *,
    actor: User,
    at: datetime,
    item: AgendaItem,
    choice: str,
    digest: str,
    reason: str = "",
    reflections: Sequence[Mapping[str, str]] = (),
    membership: Membership | None = None,
) -> ItemVote:
    """Cast a vote on the document with ``digest``; with ``membership`` the chair notes what a member present said.

    Raises :class:`TooLate`, :class:`Voided`, :class:`AlreadyVoted`, :class:`Excluded`, :class:`NotPresent`,
    :class:`PromptsOpen`, :class:`Invalid` and :class:`~governance.access.NotAllowed`. None of them leaves a trace.
    """
    if choice not in committees.CHOICES:
        raise Invalid(_("A vote is yes, no, abstain or recuse."), field="choice")
    if choice in {"no", "recuse"} and not reason.strip():
        raise Invalid(_("Give the reason; dissent and recusal are printed with it."), field="reason")
    with transaction.atomic():
        row = held_item(item)
        _check_voting(row, at, digest)
        seat, person = _voter(row, actor, membership, at)
        if choice != "recuse" and conflicts([person], row.use_case, at=at):
            raise Excluded(_("An interest in this matter keeps you from voting; you can only recuse."))
        answered = _reflected(row, choice, reflections)
        try:
            with transaction.atomic():
                vote = ItemVote.objects.create(
                    item=row, membership=seat, person=person, choice=choice, reason=reason.strip(),
                    reflections=answered, digest=digest, cast_at=at,
                )  # fmt: skip
        except IntegrityError:
            raise AlreadyVoted(_("This vote was cast before; it counts once."), item=row.number) from None
        after = {"number": row.number, "seat": seat.person.ref, "person": person.ref, "choice": choice}
        _record(actor, at, "committee.vote_cast", row, {**after, "digest": digest})
    return vote


def close_vote(*, actor: User, at: datetime, item: AgendaItem, text: str = "") -> Resolution | None:
    """Count the votes and let the outcome take effect, in one transaction; None: no quorum, nothing was decided.

    Without quorum the votes are voided and the point is open again. Raises :class:`AlreadyDecided` for a second
    closing, and whatever the effect refuses: then the vote stays open.
    """
    with transaction.atomic():
        row = held_item(item)
        check_leads(actor, row.meeting.committee, at)
        waiting = row.meeting.form == Meeting.Form.WRITTEN and not _past(row.meeting, at) and not _complete(row, at)
        if waiting:
            raise WrongState(_("A written procedure closes at its deadline, or when everybody has voted."))
        return settle(row, actor=actor, at=at, text=text)


def settle(row: AgendaItem, *, actor: User, at: datetime, text: str = "") -> Resolution | None:
    """Count and resolve a locked item; needs the caller's transaction and its check of who may close."""
    if row.state == State.DECIDED:
        raise AlreadyDecided(_("This point has its resolution."), item=row.number)
    if row.state != State.VOTING:
        raise WrongState(_("No vote is open on this point."), state=row.state)
    votes = list(
        row.votes.filter(voided_at=None).select_related("membership__person", "person").order_by("cast_at", "pk")
    )
    excluded = conflicts([vote.person for vote in votes], row.use_case, at=at)
    for vote in votes:  # an interest that came to light after the vote excludes it, here and in the sign-off
        vote.choice = "recuse" if vote.person_id in excluded else vote.choice
    outcome = outcome_of(row, votes)
    if outcome.state == "no_quorum":
        row.votes.filter(voided_at=None).update(voided_at=at)
        row.state, row.digest, row.motion, row.option = State.OPEN, "", "", ""
        row.save()
        after = {"number": row.number, "ground": outcome.ground, "took_part": outcome.tally.took_part}
        _record(actor, at, "committee.vote_without_quorum", row, {**after, "missing": list(outcome.missing)})
        return None
    return take_effect(row, outcome, votes, actor=actor, at=at, text=text)


def outcome_of(item: AgendaItem, votes: Sequence[ItemVote]) -> committees.Outcome:
    """Return what ``votes`` come to under the charter's rule for this kind."""
    seats = {vote.membership_id: seat_of(vote.membership) for vote in votes}
    ballots = [committees.Ballot(str(vote.membership_id), str(vote.person_id), vote.choice) for vote in votes]
    return committees.decide(seats.values(), ballots, rule=rule_for(item.meeting.committee, item.kind))


def _check_open(row: AgendaItem, at: datetime) -> None:
    if row.state == State.DECIDED:
        raise AlreadyDecided(_("This point has its resolution."), item=row.number)
    if row.meeting.state != Meeting.State.OPEN:
        raise WrongState(_("The meeting is not open."), state=row.meeting.state)
    if _past(row.meeting, at):
        raise TooLate(_("The deadline has passed."), deadline=_iso(row.meeting.deadline))


def _check_motion(row: AgendaItem, motion: str, option: str) -> None:
    if motion not in {"adopt", "send_back"}:
        raise Invalid(_("A motion is to adopt or to send back."), field="motion")
    keys = [each["key"] for each in row.options]
    if motion == "adopt" and keys and option not in keys:
        raise Invalid(_("Say which option is put to the vote: %(keys)s.") % {"keys": ", ".join(keys)}, field="option")


def _check_voting(row: AgendaItem, at: datetime, digest: str) -> None:
    if row.state in {State.DECIDED, State.DEFERRED} or _past(row.meeting, at):
        raise TooLate(_("The vote is over; this one came too late."), deadline=_iso(row.meeting.deadline))
    if row.state != State.VOTING or row.digest != digest:
        raise Voided(_("What was put to the vote changed; read it again, then vote."), expected=row.digest)


def _voter(row: AgendaItem, actor: User, membership: Membership | None, at: datetime) -> tuple[Membership, Person]:
    """The seat a vote is for and who casts it; raises when they may not."""
    filled = standing(row, at=at).filled
    if membership is not None and leads(actor, row.meeting.committee, at):
        if row.meeting.form == Meeting.Form.WRITTEN:
            raise NotAllowed(_("In a written procedure everybody votes for themselves."))
        found = [(seat, person) for seat, person in filled if seat.pk == membership.pk]
    else:
        own = person_of(actor)
        found = [(seat, person) for seat, person in filled if own is not None and person.pk == own.pk]
    if not found:
        raise NotPresent(_("Only who sits on the committee and is in the meeting votes."))
    return found[0]


def _in_writing(seat: Membership, known: Mapping[Any, Any]) -> Person:
    """In writing a deputy votes where the member has a conflict."""
    if seat.deputy is not None and seat.person_id in known and seat.deputy_id not in known:
        return seat.deputy
    return seat.person


def _reflected(row: AgendaItem, choice: str, reflections: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    answers = {str(each.get("prompt")): str(each.get("answer", "")).strip() for each in reflections}
    if choice != "recuse":
        open_prompts = [prompt for prompt in row.prompts if not answers.get(prompt)]
        if open_prompts:
            raise PromptsOpen(_("Answer the questions before you vote."), field="reflections", open=open_prompts)
    return [{"prompt": prompt, "answer": answers[prompt]} for prompt in row.prompts if answers.get(prompt)]


def _complete(row: AgendaItem, at: datetime) -> bool:
    voted = set(row.votes.filter(voided_at=None).values_list("membership_id", flat=True))
    return all(seat.pk in voted for seat, _person in standing(row, at=at).able)


def _past(meeting: Meeting, at: datetime) -> bool:
    return meeting.deadline is not None and at >= meeting.deadline


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _lost(now: Standing) -> NoQuorum:
    tally = committees.Tally(abstain=len(now.able))
    return no_quorum(
        committees.Outcome(state="no_quorum", ground="quorum", tally=tally, missing=now.missing), now.quorum
    )


def _record(actor: User, at: datetime, action: str, item: AgendaItem, after: dict[str, Any]) -> None:
    record_change(
        actor=actor, at=at, action=action, stream="committee", obj=item.meeting, before=None, after=after,
        simulated=item.meeting.simulated,
    )  # fmt: skip
