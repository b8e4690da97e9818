"""On the loop: was somebody watching when it decided, and were its alerts answered?"""

from collections.abc import Iterator

from policies.oversight.case import Case, seconds
from policies.oversight.context import Coverage
from policies.oversight.terms import AlertTerms, WatchTerms
from policies.oversight.verdict import Verdict


def watched(case: Case) -> Iterator[Verdict]:
    """UNWATCHED: executed while nobody had confirmed the watch for longer than the policy allows."""
    monitor = case.document.monitor if case.document else None
    if monitor is None or case.executed_at is None:
        return
    if monitor.watch is not None:
        yield from _watch(case, monitor.watch, case.coverage)
    if monitor.alert is not None:
        yield from _alerts(case, monitor.alert, case.coverage)


def _watch(case: Case, terms: WatchTerms, coverage: Coverage) -> Iterator[Verdict]:
    executed = case.executed_at
    assert executed is not None  # noqa: S101  (checked by the caller)
    allowed = seconds(terms.max_unwatched) / 60
    if coverage.watches is None:
        data = {"unwatched_min": "an unknown time", "allowed_min": allowed}
        yield case.give("UNWATCHED", "unknown", data, executed)
        return
    since = coverage.watched(terms.ack_every).last_end_before(executed)
    if since is None:
        started = [stretch.since for stretch in coverage.operating or () if stretch.since <= executed]
        since = min(started, default=None)
    if since is None:
        data = {"unwatched_min": "an unknown time", "allowed_min": allowed}
        yield case.give("UNWATCHED", "breach", data, executed)
    elif executed - since > terms.max_unwatched:
        data = {"unwatched_min": round(seconds(executed - since) / 60, 1), "allowed_min": allowed}
        yield case.give("UNWATCHED", "breach", data, executed)


def _alerts(case: Case, terms: AlertTerms, coverage: Coverage) -> Iterator[Verdict]:
    for alert in coverage.alerts_of(case.decision.decision_id):
        due = alert.raised_at + terms.ack
        if (alert.acknowledged_at or case.as_of) > due:
            data = {"alert": alert.id, "allowed_min": seconds(terms.ack) / 60, "subject": alert.id}
            yield case.give("ALERT_UNACKED", "breach", data, due)
