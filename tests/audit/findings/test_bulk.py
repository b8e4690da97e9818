"""One owner for many findings: what one may handle, one entry a use case, told once, and kept through a rebuild."""

from dataclasses import fields

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import tasks
from audit.findings import acts
from audit.findings.bulk import assign_all, assignable
from audit.findings.errors import Moved
from audit.findings.list import SOURCES, FindingFilter, finding_list, next_in_inbox
from audit.findings.permissions import may_handle
from audit.findings.playbook import DISPARITY
from audit.findings.raising import raise_finding
from audit.management.commands.follow import catch_up
from audit.models import Finding, FindingAct
from governance.models import Change, Notice, UseCase, User
from tests.audit.events.samples import executed, proposed
from tests.audit.findings.test_acts import everything

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
N = 6


@pytest.fixture
def findings(send, live_use_case):
    """Decisions executed without their review, and what monitoring raised."""
    names = [f"D-{n}" for n in range(N)]
    send([each for name in names for each in (proposed(name), executed(name, executed_value="grant"))])
    catch_up()
    for code, subject in ((DISPARITY, "sex: f"), ("OVERRIDE_RATE", "override_rate")):
        given = {"severity": "soft", "explanation": {"sentence": "Alarm."}, "at": timezone.now()}
        raise_finding(use_case=live_use_case, code=code, subject=subject, **given)
    return Finding.objects.filter(drill=False)


def test_all_that_match_get_their_owner_in_one_entry_and_a_rebuild_keeps_it(cast, live_use_case, findings):
    unreviewed, at = findings.filter(code="UNREVIEWED"), timezone.now()
    one = unreviewed.order_by("pk").first()
    acts.assign(finding=one, owner=cast.people["olga"], actor=cast.anna, at=at)
    changes, told = Change.objects.count(), Notice.objects.count()
    rita = cast.people["rita"]
    assert assign_all(findings=unreviewed, expected=N, owner=rita, actor=cast.anna, at=at) == N
    assert set(unreviewed.values_list("owner", flat=True)) == {rita.pk}
    assert not findings.exclude(code="UNREVIEWED").filter(owner=rita).exists()
    assert [each.number for each in acts.acts_of(one)] == [1, 2]
    [entry] = FindingAct.objects.filter(data__owner__ref=rita.ref).order_by().values_list("entry", flat=True).distinct()
    change = Change.objects.get(entry=entry)
    assert (Change.objects.count(), change.object_id) == (changes + 1, live_use_case.pk)
    assert sorted(change.after["findings"]) == sorted(each.ref for each in unreviewed)
    assert change.before["owners"][one.ref] == cast.people["olga"].ref
    assert Notice.objects.count() == told + 1
    assert assign_all(findings=unreviewed, expected=N, owner=rita, actor=cast.anna, at=at) == 0
    kept = everything()
    tasks.rebuild(at=timezone.now())
    assert everything() == kept


def test_the_condition_for_many_is_the_rule_for_one(cast, findings):
    rows = list(findings.order_by("pk"))
    Finding.objects.filter(pk=rows[0].pk).update(owner=cast.people["rita"])
    UseCase.objects.filter(pk=rows[0].use_case_id).update(owner=cast.people["olga"])
    people = [value for each in fields(cast) if isinstance(value := getattr(cast, each.name), User)]
    assert len(people) > 5
    seen = set()
    for user in people:
        fresh = User.objects.get(pk=user.pk)
        expected = {row.pk for row in Finding.objects.select_related("use_case") if may_handle(fresh, row)}
        assert set(assignable(findings, fresh).values_list("pk", flat=True)) == expected, user.name
        seen.add(len(expected))
    assert {0, 1, len(rows)} <= seen  # nobody's, one's own, all


def test_other_findings_than_were_shown_are_not_given_away_and_more_cost_no_more_queries(cast, findings):
    _more_cost_no_more_queries(cast, findings)
    at, ivan = timezone.now(), cast.people["ivan"]
    acts.close(finding=findings.filter(code="UNREVIEWED")[0], reason="Reviewed.", actor=cast.anna, at=at)
    with pytest.raises(Moved) as caught:
        assign_all(findings=findings.filter(code="UNREVIEWED"), expected=N, owner=ivan, actor=cast.anna, at=at)
    assert caught.value.data == {"now": N - 1}
    assert not Finding.objects.filter(owner=ivan).exists()


def _more_cost_no_more_queries(cast, findings):
    costs = []
    for size in (2, N):
        chosen = Finding.objects.filter(
            pk__in=list(findings.filter(code="UNREVIEWED").values_list("pk", flat=True)[:size])
        )
        owner = cast.people["olga" if size == 2 else "rita"]
        with CaptureQueriesContext(connection) as taken:
            assign_all(findings=chosen, expected=size, owner=owner, actor=cast.anna, at=timezone.now())
        costs.append(len(taken))
    assert costs[1] <= costs[0]


def test_every_finding_comes_from_one_source_and_the_inbox_leads_through_all_that_wait(cast, findings):
    _leads_through(cast, findings)
    cases = UseCase.objects.all()
    listed = {name: finding_list(cases, FindingFilter(source=name)) for name in SOURCES}
    found = {name: set(rows.values_list("code", flat=True)) for name, rows in listed.items()}
    assert (found["fairness"], found["measures"]) == ({DISPARITY}, {"OVERRIDE_RATE"})
    assert "UNREVIEWED" in found["decisions"]
    assert sum(rows.count() for rows in listed.values()) == finding_list(cases, FindingFilter()).count()


def _leads_through(cast, findings):
    cases, at = UseCase.objects.all(), timezone.now()
    first = next_in_inbox(cases, None)
    walked, here = [], first
    for _ in range(findings.count()):
        walked.append(here)
        here = next_in_inbox(cases, here)
    assert here == first
    assert len(set(walked)) == findings.count()
    assert [each.severity for each in walked] == sorted(each.severity for each in walked)
    for each in walked:
        acts.judge(finding=each, disposition="true_positive", reason="It is so.", actor=cast.anna, at=at)
    assert next_in_inbox(cases, first) is None
