"""Messages to other systems: written in the caller's transaction, sent by a job, tried again for two days."""

import json
import logging
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from governance.jobs import enqueue
from governance.models import Person, UseCase, WebhookDelivery, WebhookEndpoint
from governance.notices import signing
from governance.notices.address import AddressRefused, post
from governance.notices.inbox import tell

logger = logging.getLogger(__name__)

DELIVER_JOB: Final = "webhook_deliver"
# After each failed attempt the next one waits this long; after the last the message is given up.
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
DISABLE_AFTER: Final = 20  # attempts in a row that failed, whatever they carried
CLAIM_FOR: Final = timedelta(minutes=2)
CHUNK: Final = 500


def publish(*, use_case: UseCase, kind: str, data: Mapping[str, Any], at: datetime, key: str) -> int:
    """Send ``data`` to every endpoint of ``use_case`` that wants ``kind``; return how many messages were written.

    Needs the caller's transaction. ``key`` names the occasion (at most 150 characters): the same occasion is
    sent to an endpoint once, also after a rebuild.
    """
    endpoints = [
        each for each in WebhookEndpoint.objects.filter(use_cases=use_case, disabled_at=None) if kind in each.kinds
    ]
    if not endpoints:
        return 0
    known = set(
        WebhookDelivery.objects.filter(endpoint__in=endpoints, message_id=key).values_list("endpoint", flat=True)
    )
    body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}, ensure_ascii=False, sort_keys=True)
    rows = [
        WebhookDelivery(endpoint=each, message_id=key, kind=kind, body=body, next_at=at, created_at=at)
        for each in endpoints
        if each.pk not in known
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        enqueue(
            kind=DELIVER_JOB,
            key=f"{DELIVER_JOB}:{row.pk}",
            arguments={"delivery": str(row.pk)},
            actor=None,
            at=at,
        )
    return len(rows)


def forget(*, about: Collection[str], member: str) -> int:
    """Blank ``member`` in the data of messages about any of ``about``; return how many there were.

    What a message is about is the second part of its key. A key's end from the fourth part on goes as well, because
    it may repeat the member. A message that still waits is sent without it. Reads every key once: it is for removals,
    which are rare. Needs the caller's transaction.
    """
    if not about:
        return 0
    keys = WebhookDelivery.objects.values_list("pk", "message_id").iterator()
    chosen = [pk for pk, key in keys if len(parts := key.split(":", 2)) > 1 and parts[1] in about]
    for start in range(0, len(chosen), CHUNK):
        rows = list(WebhookDelivery.objects.filter(pk__in=chosen[start : start + CHUNK]))
        for row in rows:
            body = json.loads(row.body)
            body["data"] = {name: None if name == member else value for name, value in body["data"].items()}
            row.body = json.dumps(body, ensure_ascii=False, sort_keys=True)
            kept = row.message_id.split(":", 3)
            row.message_id = ":".join([*kept[:3], secrets.token_hex(16)]) if len(kept) > 3 else row.message_id
        WebhookDelivery.objects.bulk_update(rows, ["body", "message_id"])
    return len(chosen)


def due(at: datetime, *, limit: int = 200) -> list[UUID]:
    """Return the deliveries whose next attempt is due."""
    rows = WebhookDelivery.objects.filter(state="waiting", next_at__lte=at).order_by("next_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def deliver(delivery: UUID, *, at: datetime) -> str:
    """Make one attempt, if it is due and nobody else makes it; return the delivery's state after it."""
    # The claim moves the next attempt into the future: whoever else looks finds nothing due.
    mine = WebhookDelivery.objects.filter(pk=delivery, state="waiting", next_at__lte=at).update(
        next_at=at + CLAIM_FOR, attempts=F("attempts") + 1
    )
    row = WebhookDelivery.objects.select_related("endpoint").get(pk=delivery)
    if not mine:
        return row.state
    if row.endpoint.disabled_at is not None:
        return _give_up(row, at, None, "The webhook is disabled")
    status, error = _attempt(row, at)
    with transaction.atomic():
        if not error:
            return _delivered(row, at, status)
        return _failed(row, at, status, error)


def _attempt(row: WebhookDelivery, at: datetime) -> tuple[int | None, str]:
    """Return the status, and what went wrong in words of ours: an answer's text is not to be trusted."""
    body = row.body.encode()
    try:
        headers = signing.headers(message_id=row.message_id, body=body, at=at, secrets=_secrets(row.endpoint, at))
        headers |= {"Content-Type": "application/json", "User-Agent": "Custodes-Webhook/1"}
        answer = post(row.endpoint.url, body, headers)
    except (AddressRefused, signing.SecretLost) as error:
        return None, str(error)
    except (OSError, HTTPException) as error:
        return None, f"No answer: {type(error).__name__}"
    if 200 <= answer.status < 300:
        return answer.status, ""
    return answer.status, f"Answered {answer.status}"


def _secrets(endpoint: WebhookEndpoint, at: datetime) -> list[str]:
    held = [signing.unseal(endpoint.sealed_secret)]
    if endpoint.sealed_previous_secret and endpoint.previous_until is not None and at < endpoint.previous_until:
        held.append(signing.unseal(endpoint.sealed_previous_secret))
    return held


def _delivered(row: WebhookDelivery, at: datetime, status: int | None) -> str:
    WebhookDelivery.objects.filter(pk=row.pk).update(
        state="delivered", status=status, error="", next_at=None, finished_at=at
    )
    WebhookEndpoint.objects.filter(pk=row.endpoint_id).update(failures=0, failing_since=None)
    return "delivered"


def _failed(row: WebhookDelivery, at: datetime, status: int | None, error: str) -> str:
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=row.endpoint_id)
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or at
    last = row.attempts > len(PAUSES)
    if status == 410:
        _disable(endpoint, at, _("The other side answered 410: it wants no more messages."))
    elif endpoint.failures >= DISABLE_AFTER or last:
        _disable(endpoint, at, _("%(n)s attempts in a row failed.") % {"n": endpoint.failures})
    endpoint.save(update_fields=["failures", "failing_since", "disabled_at", "disabled_reason"])
    if last or endpoint.disabled_at is not None:
        return _give_up(row, at, status, error)
    WebhookDelivery.objects.filter(pk=row.pk).update(
        status=status, error=error[:300], next_at=at + PAUSES[row.attempts - 1]
    )
    return "waiting"


def _give_up(row: WebhookDelivery, at: datetime, status: int | None, error: str) -> str:
    WebhookDelivery.objects.filter(pk=row.pk).update(
        state="failed", status=status, error=error[:300], next_at=None, finished_at=at
    )
    return "failed"


def _disable(endpoint: WebhookEndpoint, at: datetime, reason: str) -> None:
    endpoint.disabled_at, endpoint.disabled_reason = at, reason
    logger.warning("webhook %s disabled: %s", endpoint.pk, reason)
    tell(
        people=Person.objects.filter(user=endpoint.created_by),
        kind="webhook",
        subject=_("The webhook %(label)s was disabled: %(reason)s") % {"label": endpoint.label, "reason": reason},
        url="/administration/webhooks/",
        at=at,
        key=f"webhook-disabled:{endpoint.pk}:{at.isoformat()}",
    )
