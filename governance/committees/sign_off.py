"""A committee's sign-off: quorum, votes bound to the digest of what was voted on, effect in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import BackDating, Invalid, record_change
from governance.committees.errors import NoQuorum, Voided
from governance.committees.evidence import check_evidence
from governance.committees.seats import rule_for, seat_of
from governance.models import (
    Committee,
    Membership,
    Person,
    PolicyInForce,
    SignOff,
    UseCase,
    User,
    Vote,
    next_reference,
)
from policies import committees
from policies.models import OversightPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One seat's vote: ``choice`` is yes, no, abstain or recuse; ``person`` is a deputy who cast it, or None."""

    membership: Membership
    choice: str
    reason: str = ""
    person: Person | None = None


def sign_off_policy(
    *,
    actor: User,
    at: datetime,
    committee: Committee,
    use_case: UseCase,
    policy: OversightPolicy,
    digest: str,
    ballots: Sequence[Ballot],
    resolution: str,
    conditions: Sequence[str] = (),
    effective_from: datetime | None = None,
) -> SignOff:
    """Record the vote and, where the charter's rule carries it, bring ``policy`` into force.

    ``digest`` is that of the document the members saw; another one voids the vote. The previous version
    ends at the moment the new one begins. Raises :class:`NoQuorum`, :class:`Voided`, :class:`EvidenceMissing` and
    :class:`~governance.access.BackDating` when ``effective_from`` lies before ``at``.
    """
    start = effective_from or at
    if start < at:
        raise BackDating(_("A policy cannot bind decisions taken before it was signed."), earliest=at.isoformat())
    if digest != policy.digest:
        raise Voided(_("The document changed after the vote; put the new version to the vote."), expected=policy.digest)
    if policy.key != use_case.key:
        raise Invalid(_("This policy was written for another use case."), field="policy")
    outcome = _outcome(committee, use_case, ballots)
    if outcome.state == "adopted":
        check_evidence(committee, use_case, at=at)
    with transaction.atomic():
        sign_off = SignOff.objects.create(
            ref=next_reference("SO"),
            committee=committee,
            use_case=use_case,
            policy=policy,
            resolution=resolution,
            conditions=list(conditions),
            digest=digest,
            outcome="approved" if outcome.state == "adopted" else "rejected",
            signed_at=at,
        )
        Vote.objects.bulk_create(
            Vote(sign_off=sign_off, membership=ballot.membership, choice=ballot.choice, reason=ballot.reason)
            for ballot in ballots
        )
        if sign_off.outcome == "approved":
            PolicyInForce.objects.filter(use_case=use_case, in_force_until__isnull=True).update(in_force_until=start)
            PolicyInForce.objects.create(use_case=use_case, policy=policy, sign_off=sign_off, in_force_from=start)
        record_change(
            actor=actor,
            at=at,
            action="committee.signed_off",
            stream="committee",
            obj=sign_off,
            before=None,
            after={
                "use_case": use_case.ref,
                "policy": policy.ref,
                "digest": digest,
                "outcome": sign_off.outcome,
                "in_force_from": start.isoformat() if sign_off.outcome == "approved" else None,
                "votes": [_told(ballot) for ballot in ballots],
            },
            policy_ref=policy.ref,
            simulated=use_case.simulated,
        )
    return sign_off


def _told(ballot: Ballot) -> dict[str, str]:
    told = {"person": ballot.membership.person.ref, "choice": ballot.choice, "reason": ballot.reason}
    return {**told, "deputy": ballot.person.ref} if ballot.person else told


def _outcome(committee: Committee, use_case: UseCase, ballots: Sequence[Ballot]) -> committees.Outcome:
    """Check the ballots and return what they come to; raises :class:`Invalid` and :class:`NoQuorum`."""
    if len({ballot.membership.pk for ballot in ballots}) != len(ballots):
        raise Invalid(_("Every member votes once."), field="ballots")
    cast = []
    for ballot in ballots:
        voter = ballot.person.pk if ballot.person else ballot.membership.person_id
        if ballot.membership.committee_id != committee.pk:
            raise Invalid(_("Only members of this committee vote."), field="ballots")
        if ballot.choice not in committees.CHOICES:
            raise Invalid(_("A vote is yes, no, abstain or recuse."), field="ballots")
        if ballot.choice != "recuse" and voter == use_case.owner_id:
            raise Invalid(_("The owner of a use case recuses from the vote on it."), field="ballots")
        cast.append(committees.Ballot(str(ballot.membership.pk), str(voter), ballot.choice))
    rule = rule_for(committee, "policy")
    outcome = committees.decide([seat_of(ballot.membership) for ballot in ballots], cast, rule=rule)
    if outcome.state == "no_quorum":
        raise no_quorum(outcome, rule.quorum)
    return outcome


def no_quorum(outcome: committees.Outcome, quorum: int) -> NoQuorum:
    """Return the error that says which quorum is not met."""
    voting = outcome.tally.took_part
    if voting < quorum:
        text = _("%(voting)d members can vote, the charter asks for %(quorum)d.") % {
            "voting": voting, "quorum": quorum,
        }  # fmt: skip
        return NoQuorum(text, voting=voting, quorum=quorum)
    named = ", ".join(outcome.missing)
    return NoQuorum(
        _("Nobody takes part for: %(functions)s.") % {"functions": named}, voting=voting, quorum=quorum,
        missing=list(outcome.missing),
    )  # fmt: skip
