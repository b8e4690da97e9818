"""What can only be said about a stretch of time: unwatched hours, alerts, holes in the log, silence."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from policies.oversight.case import seconds, text
from policies.oversight.checks.mandate import signed
from policies.oversight.context import Controls, Coverage, PolicyInForce, Stretch
from policies.oversight.verdict import Verdict, in_order, verdict


def check_period(
    policy: PolicyInForce, *, controls: Controls, coverage: Coverage, window: Stretch, as_of: datetime
) -> tuple[Verdict, ...]:
    """Return the verdicts about ``window`` that belong to no single decision, in a fixed order."""
    found = (
        *_unwatched(policy, coverage, window),
        *_alerts(policy, coverage, window, as_of),
        *_holes(policy, coverage, window),
        *_mandate_changes(policy, controls, window),
    )
    return in_order(found)


def unwatched_stretches(coverage: Coverage, window: Stretch, ack_every: timedelta | None) -> tuple[Stretch, ...]:
    """Return when the system operated in ``window`` and nobody had confirmed the watch."""
    operating = coverage.operating or (window,)
    watched = coverage.watched(ack_every).stretches
    bare: list[Stretch] = []
    for each in operating:
        since, until = max(each.since, window.since), min(each.until, window.until)
        for watch in watched:
            if watch.until <= since or watch.since >= until:
                continue
            if watch.since > since:
                bare.append(Stretch(since, watch.since))
            since = max(since, watch.until)
        if since < until:
            bare.append(Stretch(since, until))
    return tuple(bare)


def watch_coverage(
    coverage: Coverage, window: Stretch, ack_every: timedelta | None
) -> tuple[timedelta, timedelta] | None:
    """Return (watched, operating) time in ``window``; ``None`` when nobody knows who watched."""
    if coverage.watches is None:
        return None
    operating = sum(
        (
            max(min(each.until, window.until) - max(each.since, window.since), timedelta(0))
            for each in coverage.operating or (window,)
        ),
        timedelta(0),
    )
    bare = sum((each.length for each in unwatched_stretches(coverage, window, ack_every)), timedelta(0))
    return operating - bare, operating


def _unwatched(policy: PolicyInForce, coverage: Coverage, window: Stretch) -> Iterator[Verdict]:
    terms = policy.document.monitor.watch if policy.document.monitor else None
    if terms is None:
        return
    allowed = seconds(terms.max_unwatched) / 60
    if coverage.watches is None:
        data = {"unwatched_min": "an unknown time", "allowed_min": allowed, "subject": text(window.since)}
        yield verdict("UNWATCHED", None, "unknown", data, window.since, policy=policy.ref)
        return
    for bare in unwatched_stretches(coverage, window, terms.ack_every):
        if bare.length > terms.max_unwatched:
            data = {
                "unwatched_min": seconds(bare.length) / 60,
                "allowed_min": allowed,
                "subject": text(bare.since),
                "until": text(bare.until),
            }
            yield verdict("UNWATCHED", None, "breach", data, bare.since, policy=policy.ref)


def _alerts(policy: PolicyInForce, coverage: Coverage, window: Stretch, as_of: datetime) -> Iterator[Verdict]:
    terms = policy.document.monitor.alert if policy.document.monitor else None
    if terms is None:
        return
    for alert in coverage.alerts or ():
        due = alert.raised_at + terms.ack
        inside = window.since <= alert.raised_at < window.until
        if inside and alert.decision_id is None and (alert.acknowledged_at or as_of) > due:
            data = {"alert": alert.id, "allowed_min": seconds(terms.ack) / 60, "subject": alert.id}
            yield verdict("ALERT_UNACKED", None, "breach", data, due, policy=policy.ref)


def _holes(policy: PolicyInForce, coverage: Coverage, window: Stretch) -> Iterator[Verdict]:
    for gap in coverage.gaps:
        if gap.since < window.until and gap.until > window.since:
            data = {"source": gap.source, "since": text(gap.since), "until": text(gap.until)}
            data["subject"] = f"{gap.source}:{data['since']}"
            yield verdict("GAP", None, "integrity", {**data, "missing": gap.missing}, gap.since, policy=policy.ref)
    longest = policy.document.monitor.silence_max if policy.document.monitor else None
    if longest is None:
        return
    for silence in coverage.silences:
        inside = silence.since < window.until and silence.until > window.since
        if inside and silence.until - silence.since > longest:
            data = {"source": silence.source, "since": text(silence.since), "until": text(silence.until)}
            data["subject"] = f"{silence.source}:{data['since']}"
            yield verdict("SILENCE", None, "integrity", data, silence.since, policy=policy.ref)


def _mandate_changes(policy: PolicyInForce, controls: Controls, window: Stretch) -> Iterator[Verdict]:
    """A change of the mandate with too few signatures is refused, and said."""
    mandate = policy.document.mandate
    for change in controls.mandate_changes if mandate else ():
        if mandate is not None and window.since <= change.issued_at < window.until and not signed(mandate, change):
            why = (
                f"change {change.id} of the mandate has {len(set(change.signatures))} of "
                f"{mandate.change_signatures} signatures and is refused"
            )
            data = {"why": why, "subject": change.id}
            yield verdict("FORBIDDEN", None, "breach", data, change.issued_at, policy=policy.ref)
