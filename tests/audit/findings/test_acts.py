"""What people do about a finding: allowed to the right people, kept for ever, in the ledger, through a rebuild."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import tasks
from audit.findings import acts
from audit.findings.errors import FixMissing, NotPossible
from audit.findings.expiry import expire_waivers
from audit.findings.playbook import DISPARITY
from audit.findings.raising import raise_finding
from audit.ledger import log
from audit.management.commands.follow import catch_up
from audit.models import Decision, Finding, FindingAct
from governance.access import Invalid, NotAllowed
from governance.jobs.schedule import entries
from governance.models import Change
from tests.audit.events.samples import executed, proposed, reviewed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


@pytest.fixture
def finding(send, live_use_case) -> Finding:
    """A decision executed without its review."""
    send([proposed(), executed(executed_value="grant")])
    catch_up()
    return Finding.objects.get(code="UNREVIEWED")


@pytest.fixture
def disparity(live_use_case) -> Finding:
    """What monitoring raised."""
    found = raise_finding(
        use_case=live_use_case,
        code=DISPARITY,
        subject="sex: female",
        severity="soft",
        explanation={"sentence": "Alarm."},
        at=timezone.now(),
    )
    assert found is not None
    return found


def everything() -> str:
    """Every finding as text."""
    return json.dumps(list(Finding.objects.order_by("pk").values()), default=str, indent=1)


def test_an_act_stands_in_the_ledger_and_on_the_finding(cast, finding):
    at = timezone.now()
    acts.assign(finding=finding, owner=cast.people["rita"], actor=cast.anna, at=at)
    acts.waive(finding=finding, reason="Known.", until=at + timedelta(days=9), actor=cast.carl, at=at)
    finding.refresh_from_db()
    assert (finding.owner, finding.state) == (cast.people["rita"], "waived")
    first, second = acts.acts_of(finding)
    assert [first.kind, second.kind, second.until] == ["assigned", "waived", at + timedelta(days=9)]
    for act in (first, second):
        change = Change.objects.get(entry=act.entry)
        assert change.action == f"finding.{act.kind}"
        assert (change.actor_id, change.object_id) == (act.actor_id, finding.pk)
        assert json.loads(log.payload(act.entry))["action"] == change.action


def test_acts_survive_a_rebuild_to_the_byte(cast, finding, disparity):
    at = timezone.now()
    acts.assign(finding=finding, owner=cast.people["olga"], actor=cast.olga, at=at)
    acts.judge(finding=finding, disposition="true_positive", reason="It was so.", actor=cast.anna, at=at)
    acts.waive(finding=finding, reason="Known.", until=at + timedelta(days=9), actor=cast.carl, at=at)
    acts.assign(finding=disparity, owner=cast.people["rita"], actor=cast.anna, at=at)
    before = everything()
    call_command("rebuild", "--json")
    assert everything() == before
    assert "waived" in before


def test_later_evidence_does_not_undo_a_waiver_and_gone_evidence_closes(cast, send, finding):
    at = timezone.now()
    acts.waive(finding=finding, reason="Known.", until=at + timedelta(days=9), actor=cast.carl, at=at)
    send([reviewed(time="2026-11-20T23:00:00Z")])
    catch_up()
    finding.refresh_from_db()
    if finding.closed_index is None:
        assert finding.state == "waived"
    else:
        assert (finding.state, finding.waived_until) == ("closed", None)
        with pytest.raises(NotPossible):
            acts.reopen(finding=finding, reason="No.", actor=cast.anna, at=timezone.now())


def test_whoever_lacks_the_right_changes_nothing(cast, finding):
    at = timezone.now()
    for actor in (cast.otto, cast.rita, cast.adam, cast.eve):
        given = {"finding": finding, "actor": actor, "at": at}
        for act, more in (
            (acts.assign, {"owner": cast.people["rita"]}),
            (acts.judge, {"disposition": "false_positive", "reason": "x"}),
            (acts.name_cause, {"cause": "x"}),
            (acts.link_fix, {"kind": "case_fix", "text": "x", "reference": "y"}),
            (acts.waive, {"reason": "x", "until": at + timedelta(days=1)}),
            (acts.close, {"reason": "x"}),
            (acts.reopen, {"reason": "x"}),
        ):
            with pytest.raises(NotAllowed):
                act(**given, **more)
    assert not FindingAct.objects.exists()


def test_only_a_committee_member_who_does_not_own_it_waives(cast, finding):
    at = timezone.now()
    given = {"finding": finding, "reason": "x", "until": at + timedelta(days=1), "at": at}
    for actor in (cast.olga, cast.anna):
        with pytest.raises(NotAllowed):
            acts.waive(actor=actor, **given)
    acts.assign(finding=finding, owner=cast.people["carl"], actor=cast.anna, at=at)
    with pytest.raises(NotAllowed):
        acts.waive(actor=cast.carl, **given)
    acts.waive(actor=cast.anna, resolution="RES-0001", **given)
    assert acts.acts_of(finding)[-1].data == {"resolution": "RES-0001"}


def test_a_waiver_ends_within_a_year_and_never_without_an_end(cast, finding):
    at = timezone.now()
    for until in (at, at - timedelta(days=1), at + timedelta(days=367)):
        with pytest.raises(Invalid) as caught:
            acts.waive(finding=finding, reason="x", until=until, actor=cast.carl, at=at)
        assert caught.value.data["field"] == "until"
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(state="waived", waived_until=None)


def test_an_ended_waiver_opens_the_finding_once(cast, finding):
    at = timezone.now() - timedelta(days=2)
    FindingAct.objects.all().delete()
    Finding.objects.filter(pk=finding.pk).update(state="waived", waived_until=at)
    assert expire_waivers(at=at - timedelta(seconds=1)) == []
    now = timezone.now()
    assert [each.pk for each in expire_waivers(at=now)] == [finding.pk]
    assert expire_waivers(at=now) == []
    finding.refresh_from_db()
    assert (finding.state, finding.waived_until) == ("open", None)
    [act] = acts.acts_of(finding)
    assert (act.kind, act.actor_id, act.actor_name) == ("expired", None, "")


def test_the_schedule_asks_for_the_expiry():
    assert {"finding_waivers", "finding_notices", "fairness_watch"} <= {entry.kind for entry in entries()}


def test_a_state_that_does_not_fit_is_refused_with_where_it_stands(cast, finding):
    at = timezone.now()
    acts.close(finding=finding, reason="Reviewed by hand.", actor=cast.olga, at=at)
    for act in (
        lambda: acts.close(finding=finding, reason="x", actor=cast.olga, at=at),
        lambda: acts.assign(finding=finding, owner=cast.people["rita"], actor=cast.olga, at=at),
        lambda: acts.waive(finding=finding, reason="x", until=at + timedelta(1), actor=cast.carl, at=at),
    ):
        with pytest.raises(NotPossible) as caught:
            act()
        assert caught.value.data["state"] == "closed"
    assert acts.reopen(finding=finding, reason="Again.", actor=cast.olga, at=at).state == "open"


def test_a_disparity_closes_with_cause_and_both_fixes_linked(cast, disparity):
    at = timezone.now()
    given = {"finding": disparity, "actor": cast.olga, "at": at}
    with pytest.raises(FixMissing) as caught:
        acts.close(reason="Done.", **given)
    assert caught.value.data["missing"] == ["case_fix", "cause", "system_fix"]
    acts.name_cause(cause="A proxy in the features.", **given)
    acts.link_fix(kind="case_fix", text="40 cases reviewed again.", reference="CH-1", **given)
    with pytest.raises(FixMissing) as caught:
        acts.close(reason="Done.", **given)
    assert caught.value.data["missing"] == ["system_fix"]
    acts.link_fix(kind="system_fix", text="Feature dropped.", reference="M-2", **given)
    assert acts.close(reason="Done.", **given).state == "closed"


def test_a_false_positive_closes_by_its_judgement(cast, disparity):
    given = {"finding": disparity, "actor": cast.anna, "at": timezone.now()}
    acts.judge(disposition="false_positive", reason="The feed doubled a batch.", **given)
    assert acts.close(reason="See the judgement.", **given).state == "closed"


def test_a_matter_raised_again_needs_its_own_fixes(cast, live_use_case, disparity):
    given = {"finding": disparity, "actor": cast.anna, "at": timezone.now()}
    acts.judge(disposition="false_positive", reason="x", **given)
    again = {"code": DISPARITY, "subject": "sex: female", "severity": "soft", "explanation": {"sentence": "Again."}}
    assert raise_finding(use_case=live_use_case, at=timezone.now(), **again) is None
    acts.close(reason="x", **given)
    raised = raise_finding(use_case=live_use_case, at=timezone.now(), **again)
    assert raised is not None
    assert (raised.ref, raised.state, raised.disposition) == (disparity.ref, "open", "")
    with pytest.raises(FixMissing):
        acts.close(reason="x", finding=raised, actor=cast.anna, at=timezone.now())


def test_a_reason_is_given_and_storable(cast, finding):
    for text in ("", "  \n", "a\x00b", "x" * 4001):
        with pytest.raises(Invalid) as caught:
            acts.close(finding=finding, reason=text, actor=cast.olga, at=timezone.now())
        assert caught.value.data["field"] == "reason"


def test_a_fix_lies_not_ahead(cast, finding):
    at = timezone.now()
    with pytest.raises(Invalid) as caught:
        acts.link_fix(
            finding=finding, kind="system_fix", text="x", reference="y", actor=cast.olga, at=at,
            effective=at + timedelta(hours=1),
        )  # fmt: skip
    assert caught.value.data["field"] == "effective"


def test_folding_beside_an_act_keeps_the_act(cast, send, finding):
    acts.close(finding=finding, reason="Seen.", actor=cast.olga, at=timezone.now())
    Decision.objects.update(recheck_at=timezone.now() - timedelta(days=1))
    send([executed("LN-1", event_id="x-again", time="2026-11-20T22:00:00Z")])
    catch_up()
    while tasks.follow_time(at=timezone.now()):
        pass
    assert Finding.objects.get(pk=finding.pk).state == "closed"
