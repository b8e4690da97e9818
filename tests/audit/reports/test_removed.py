"""The records section prints what was erased, pruned and held, and each count leads to the acts behind it."""

from datetime import timedelta

from django.utils import timezone

from audit import retention
from audit.ledger import log
from audit.reports import content
from audit.reports.issue import days
from audit.reports.trace import trace
from tests.audit.reports.conftest import Past, catch_up
from tests.audit.reports.test_issue import issued


def test_erasures_and_holds_are_counted_with_their_entries(past: Past) -> None:
    assert past.cast is not None
    now = timezone.now()
    given = {"actor": past.cast.anna, "at": now}
    retention.place_hold(**given, reason="A court asked for it.", stream="reports")
    asked = retention.ask_erasure(use_case=past.use_case, reason="Art 17 GDPR", decision_id=past.rows[0]["id"], **given)
    done = retention.agree(request=asked, actor=past.cast.adam, at=timezone.now())
    catch_up()
    today = timezone.now().date()
    window = days(today - timedelta(days=1), today + timedelta(days=1))
    report = content.from_json(bytes(issued(past, window=window).data))
    figures = {f.id.partition("records.")[2]: f for f in content.figures(report)}
    sent = 4 if past.rows[0]["reviewed"] else 3
    assert figures["done.subject.erased"].value == figures["missing.subject.erased"].value == sent
    assert figures["done.retention.pruned"].value == 0
    number = content.numbered(report.sections)[figures["done.subject.erased"].id]
    found = trace(report, number)
    assert sum(found.aggregate.values()) == sent
    [act] = found.behind
    assert act.ids == (done.entry,)
    assert act.entries[0].index == log.index_of(done.entry)
    tables = {b.id: b for s in report.sections for b in s.blocks if isinstance(b, content.Table)}
    assert str(done.entry) in tables["removed"].rows[0]
    assert "A court asked for it." in tables["holds"].rows[0]
