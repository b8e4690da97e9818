"""A sign-off brings a policy into force, or says why it does not."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.access import BackDating, Invalid
from governance.committees import Ballot, NoQuorum, draft_policy, sign_off_policy
from governance.committees.sign_off import Voided
from governance.models import Membership, PolicyInForce, SignOff, UseCase
from tests.cast import POLICY, Cast, a_committee, a_live_use_case, a_use_case, ballots

pytestmark = pytest.mark.django_db


def vote(cast: Cast, use_case: UseCase, *choices: str, **fields: object) -> SignOff:
    committee = a_committee(cast)
    policy = draft_policy(actor=cast.anna, at=timezone.now(), use_case=use_case, content=POLICY)
    given = {
        "actor": cast.carl,
        "at": timezone.now(),
        "committee": committee,
        "use_case": use_case,
        "policy": policy,
        "digest": policy.digest,
        "ballots": ballots(committee, *choices),
        "resolution": "Put it into force.",
        **fields,
    }
    return sign_off_policy(**given)  # type: ignore[arg-type]


def test_a_majority_brings_the_policy_into_force(cast: Cast) -> None:
    use_case = a_use_case(cast)
    sign_off = vote(cast, use_case, "yes", "yes", "no", "abstain")
    assert sign_off.outcome == "approved"
    assert PolicyInForce.objects.get(use_case=use_case).sign_off == sign_off


@pytest.mark.parametrize("choices", [("yes", "no", "no", "abstain"), ("yes", "no", "abstain"), ("abstain",) * 4])
def test_without_more_yes_than_no_nothing_comes_into_force(cast: Cast, choices: tuple[str, ...]) -> None:
    use_case = a_use_case(cast)
    assert vote(cast, use_case, *choices).outcome == "rejected"
    assert not PolicyInForce.objects.exists()


def test_recused_members_do_not_count_for_the_quorum(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(NoQuorum) as refused:
        vote(cast, use_case, "yes", "yes", "recuse", "recuse")
    assert refused.value.data == {"voting": 2, "quorum": 3}
    assert not SignOff.objects.exists()


def test_a_vote_on_another_document_is_void(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(Voided):
        vote(cast, use_case, "yes", "yes", "yes", digest="sha256:" + "0" * 64)


def test_a_policy_cannot_bind_the_past(cast: Cast) -> None:
    use_case = a_use_case(cast)
    with pytest.raises(BackDating):
        vote(cast, use_case, "yes", "yes", "yes", effective_from=timezone.now() - timedelta(days=1))


def test_the_owner_does_not_vote_on_their_own_use_case(cast: Cast) -> None:
    use_case = a_use_case(cast, owner=cast.people["carl"])
    with pytest.raises(Invalid, match="recuses"):
        vote(cast, use_case, "yes", "yes", "yes", "yes")


def test_two_ballots_of_one_member_are_refused(cast: Cast) -> None:
    use_case = a_use_case(cast)
    committee = a_committee(cast)
    policy = draft_policy(actor=cast.anna, at=timezone.now(), use_case=use_case, content=POLICY)
    seat = Membership.objects.filter(committee=committee).first()
    assert seat is not None
    with pytest.raises(Invalid, match="once"):
        sign_off_policy(
            actor=cast.carl,
            at=timezone.now(),
            committee=committee,
            use_case=use_case,
            policy=policy,
            digest=policy.digest,
            ballots=[Ballot(membership=seat, choice="yes")] * 3,
            resolution="x",
        )


def test_a_new_version_ends_the_old_one_at_the_same_moment(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    first = PolicyInForce.objects.get(use_case=use_case)
    committee = first.sign_off.committee
    later = timezone.now()
    policy = draft_policy(actor=cast.anna, at=later, use_case=use_case, content={**POLICY, "timeout_default": "deny"})
    assert policy.version == 2
    sign_off_policy(
        actor=cast.carl,
        at=later,
        committee=committee,
        use_case=use_case,
        policy=policy,
        digest=policy.digest,
        ballots=ballots(committee, "yes", "yes", "yes"),
        resolution="Tighter.",
    )
    first.refresh_from_db()
    assert first.in_force_until == later
    assert PolicyInForce.objects.get(use_case=use_case, in_force_until=None).policy == policy


def test_the_database_holds_one_open_policy_per_use_case(cast: Cast) -> None:
    use_case = a_live_use_case(cast)
    row = PolicyInForce.objects.get(use_case=use_case)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyInForce.objects.create(
            use_case=use_case, policy=row.policy, sign_off=row.sign_off, in_force_from=timezone.now()
        )
