"""From an outcome to its effect: resolution, what it changes elsewhere, conditions as actions, one transaction."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from audit.control.acts import intervene
from audit.findings import acts as findings
from audit.ledger.uuid7 import uuid7
from audit.models import Finding
from governance.access import Invalid, record_change
from governance.committees.addresses import MINE
from governance.committees.charter import apply_amendment
from governance.committees.errors import Voided
from governance.committees.items import digest_of
from governance.committees.sign_off import Ballot, sign_off_policy
from governance.models import (
    Action,
    AgendaItem,
    ItemVote,
    Person,
    Resolution,
    SignOff,
    User,
    Vote,
    next_reference,
)
from governance.notices import tell
from governance.register import change_lifecycle, choose_mode
from governance.register.pilots import check_evaluated
from policies import committees

Kind = AgendaItem.Kind
APPROVALS: Final = frozenset({Kind.POLICY, Kind.APPROVE, Kind.EXPAND})


def needs_evidence(item: AgendaItem) -> bool:
    """Whether adopting ``item`` lets something run, so that the charter's evidence is asked for."""
    return item.kind in APPROVALS


def take_effect(
    item: AgendaItem,
    outcome: committees.Outcome,
    votes: Sequence[ItemVote],
    *,
    actor: User,
    at: datetime,
    text: str = "",
) -> Resolution:
    """Write the resolution of a locked item and let it take effect; needs the caller's transaction.

    Raises what the effect refuses (a policy back-dated, a finding no longer open, no authority, evidence missing): then
    nothing was decided.
    """
    if item.digest != digest_of(item, item.meeting.pack.sha256, item.motion, item.option):
        raise Voided(_("What was put to the vote changed; put it to the vote again."))
    adopted = outcome.state == "adopted"
    result = Resolution.Outcome.ADOPTED if adopted else Resolution.Outcome.REJECTED
    if adopted and item.motion == "send_back":
        result = Resolution.Outcome.SENT_BACK
    ref = next_reference("RES")
    sign_off = None
    if item.motion == "adopt":
        sign_off = _signed(item, adopted, votes, actor=actor, at=at, text=text)
        if adopted:
            _apply(item, ref, actor=actor, at=at, text=text)
    item.state = AgendaItem.State.DECIDED
    item.save(update_fields=["state"])
    row = Resolution(
        pk=uuid7(),
        ref=ref,
        item=item,
        outcome=result,
        ground=outcome.ground,
        text=text.strip() or item.question or item.title,
        tally=_tally(outcome, item),
        digest=item.digest,
        use_case=item.use_case,
        sign_off=sign_off,
        decided_at=at,
        expires_at=_expiry(item, at) if result == Resolution.Outcome.ADOPTED else None,
        entry=uuid4(),
    )
    change = record_change(
        actor=actor, at=at, action="committee.resolved", stream="committee", obj=row, before=None,
        after=_told(row, item, votes), policy_ref=item.policy.ref if item.policy else "",
        simulated=item.meeting.simulated,
    )  # fmt: skip
    row.entry = change.entry
    row.save(force_insert=True)
    if result == Resolution.Outcome.ADOPTED:
        _follow_up(row, actor=actor, at=at)
    return row


def _signed(
    item: AgendaItem, adopted: bool, votes: Sequence[ItemVote], *, actor: User, at: datetime, text: str
) -> SignOff | None:
    """The sign-off of a policy or an approval; other kinds have none."""
    meeting, said = item.meeting, text.strip() or item.question or item.title
    conditions = [str(each["text"]) for each in item.conditions] if adopted else []
    if item.kind == Kind.POLICY and item.use_case is not None and item.policy is not None:
        return sign_off_policy(
            actor=actor,
            at=at,
            committee=meeting.committee,
            use_case=item.use_case,
            policy=item.policy,
            digest=item.policy.digest,
            ballots=[
                Ballot(
                    membership=vote.membership,
                    choice=vote.choice,
                    reason=vote.reason,
                    person=vote.person if vote.person_id != vote.membership.person_id else None,
                )
                for vote in votes
            ],
            resolution=said,
            conditions=conditions,
        )
    if item.kind not in {Kind.APPROVE, Kind.EXPAND} or item.use_case is None:
        return None
    sign_off = SignOff.objects.create(
        ref=next_reference("SO"),
        committee=meeting.committee,
        use_case=item.use_case,
        resolution=said,
        conditions=conditions,
        digest=item.digest,
        outcome="approved" if adopted else "rejected",
        signed_at=at,
    )
    Vote.objects.bulk_create(
        Vote(sign_off=sign_off, membership=vote.membership, choice=vote.choice, reason=vote.reason) for vote in votes
    )
    return sign_off


def _apply(item: AgendaItem, ref: str, *, actor: User, at: datetime, text: str) -> None:
    """What adopting changes elsewhere."""
    case, effect = item.use_case, item.effect
    reason = text.strip() or item.question or item.title
    if item.kind == Kind.MODE and case is not None:
        choose_mode(actor=actor, at=at, use_case=case, mode=str(effect["mode"]), reason=f"{ref}: {reason}")
    elif item.kind == Kind.SUSPEND and case is not None:
        kind = str(effect["kind"])
        intervene(use_case=case, kind=kind, reason=f"{ref}: {reason}", actor=actor, at=at, simulated=case.simulated)
    elif item.kind == Kind.WAIVE:
        finding = Finding.objects.filter(ref=str(effect["finding"]), use_case=case).first()
        if finding is None:
            raise Invalid(_("This use case has no finding %(ref)s.") % {"ref": effect["finding"]}, field="finding")
        until = moment_of(effect["until"], "effect.until")
        findings.waive(finding=finding, reason=reason, until=until, actor=actor, at=at, resolution=ref)
    elif item.kind == Kind.EXPAND and case is not None:
        check_evaluated(case)
    elif item.kind == Kind.CHARTER:
        apply_amendment(actor=actor, at=at, item=item, reason=f"{ref}: {reason}")
    if case is not None and effect.get("lifecycle") and item.kind in APPROVALS:
        change_lifecycle(actor=actor, at=at, use_case=case, to=str(effect["lifecycle"]), reason=f"{ref}: {reason}")


def _follow_up(row: Resolution, *, actor: User, at: datetime) -> None:
    for condition in row.item.conditions:
        owner = Person.objects.filter(ref=str(condition["owner"])).first()
        if owner is None:
            raise Invalid(_("There is nobody with the reference %(ref)s.") % {"ref": condition["owner"]}, field="owner")
        due = moment_of(condition["due"], "conditions.due")
        if due <= at:
            raise Invalid(_("A condition is due after the decision."), field="conditions.due")
        action = Action.objects.create(
            ref=next_reference("ACT"),
            meeting=row.item.meeting,
            resolution=row,
            use_case=row.use_case,
            text=str(condition["text"]),
            owner=owner,
            due_at=due,
        )
        after = {"text": action.text, "owner": owner.ref, "due_at": due.isoformat(), "resolution": row.ref}
        record_change(
            actor=actor, at=at, action="committee.action_agreed", stream="committee", obj=action, before=None,
            after=after, simulated=row.item.meeting.simulated,
        )  # fmt: skip
        tell(
            people=[owner], kind="action", subject=_("A condition for you: %(text)s") % {"text": action.text},
            url=MINE, at=at, key=f"action:{action.ref}:agreed",
        )  # fmt: skip


def moment_of(value: Any, field: str) -> datetime:
    """Return a day (its end) or a moment given as text; raises :class:`Invalid` naming ``field``."""
    text = str(value)
    moment = parse_datetime(text) if "T" in text or " " in text else None
    if moment is None:
        day = parse_date(text[:10]) if len(text) <= 10 else None
        if day is None:
            raise Invalid(_("Give a day such as 2027-03-31."), field=field)
        moment = datetime.combine(day + timedelta(days=1), time(0))
    return moment if moment.tzinfo else make_aware(moment)


def _expiry(item: AgendaItem, at: datetime) -> datetime | None:
    if item.kind in {Kind.RISK, Kind.WAIVE}:
        return moment_of(item.effect["until"], "effect.until")
    days = item.meeting.committee.approval_days
    return at + timedelta(days=days) if days and item.kind in APPROVALS else None


def _tally(outcome: committees.Outcome, item: AgendaItem) -> dict[str, int]:
    tally = outcome.tally
    return {
        "yes": tally.yes,
        "no": tally.no,
        "abstain": tally.abstain,
        "recuse": tally.recuse,
        "took_part": tally.took_part,
        "quorum": item.meeting.committee.quorum,
    }


def _told(row: Resolution, item: AgendaItem, votes: Sequence[ItemVote]) -> dict[str, Any]:
    return {
        "meeting": item.meeting.ref,
        "number": item.number,
        "kind": item.kind,
        "use_case": item.use_case.ref if item.use_case else None,
        "effect": item.effect,
        "outcome": row.outcome,
        "ground": row.ground,
        "text": row.text,
        "tally": row.tally,
        "digest": row.digest,
        "pack_sha256": item.meeting.pack.sha256,
        "sign_off": row.sign_off.ref if row.sign_off else None,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "votes": [
            {
                "seat": vote.membership.person.ref,
                "person": vote.person.ref,
                "choice": vote.choice,
                "reason": vote.reason,
            }
            for vote in votes
        ],
    }
