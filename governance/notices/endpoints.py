"""Verbs on webhooks: who is told what, at which address, signed with which secret."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, NotAllowed, record_change
from governance.models import UseCase, User, WebhookEndpoint
from governance.notices import signing
from governance.notices.address import AddressRefused, check_form, resolve

# What can be subscribed to; each kind is described in the help page on webhooks.
KINDS: Final = ("gate.decided", "control.changed", "review.opened", "review.closed")
OLD_SECRET_FOR: Final = timedelta(hours=24)


def add_endpoint(
    *, label: str, url: str, use_cases: Sequence[UseCase], kinds: Sequence[str], actor: User, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint; the second value is its signing secret and is never shown again.

    Raises :class:`NotAllowed` for others than administrators and :class:`Invalid` naming the field.
    """
    _only_administrators(actor)
    if not label.strip():
        raise Invalid(_("Give the webhook a name people recognise."), field="label")
    _check_address(url)
    if not use_cases:
        raise Invalid(_("A webhook is about at least one use case."), field="use_cases")
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        raise Invalid(_("Choose among %(kinds)s.") % {"kinds": ", ".join(KINDS)}, field="kinds")
    secret = signing.new_secret()
    endpoint = WebhookEndpoint(
        label=label.strip(),
        url=url,
        kinds=sorted(set(kinds)),
        sealed_secret=signing.seal(secret),
        created_at=at,
        created_by=actor,
    )
    with transaction.atomic():
        endpoint.save(force_insert=True)
        endpoint.use_cases.set(use_cases)
        after = {
            "label": endpoint.label,
            "url": endpoint.url,
            "kinds": endpoint.kinds,
            "use_cases": sorted(case.ref for case in use_cases),
        }
        record_change(actor=actor, at=at, action="notices.webhook.added", obj=endpoint, before=None, after=after)
    return endpoint, secret


def change_secret(*, endpoint: WebhookEndpoint, actor: User, at: datetime) -> str:
    """Return a new secret; messages carry signatures of both for a day."""
    _only_administrators(actor)
    secret = signing.new_secret()
    with transaction.atomic():
        endpoint.sealed_previous_secret, endpoint.previous_until = endpoint.sealed_secret, at + OLD_SECRET_FOR
        endpoint.sealed_secret = signing.seal(secret)
        endpoint.save(update_fields=["sealed_secret", "sealed_previous_secret", "previous_until"])
        record_change(
            actor=actor,
            at=at,
            action="notices.webhook.secret_changed",
            obj=endpoint,
            before=None,
            after={"previous_until": endpoint.previous_until.isoformat()},
        )
    return secret


def disable(*, endpoint: WebhookEndpoint, actor: User, at: datetime) -> None:
    """Send nothing more to ``endpoint``."""
    _switch(endpoint, actor, at, disabled_at=at, reason=_("Disabled by %(name)s.") % {"name": actor.name})


def enable(*, endpoint: WebhookEndpoint, actor: User, at: datetime) -> None:
    """Send to ``endpoint`` again, from now on; what was given up meanwhile is not sent again."""
    _check_address(endpoint.url)
    _switch(endpoint, actor, at, disabled_at=None, reason="")


def _switch(endpoint: WebhookEndpoint, actor: User, at: datetime, *, disabled_at: datetime | None, reason: str) -> None:
    _only_administrators(actor)
    with transaction.atomic():
        before = {"disabled_at": endpoint.disabled_at.isoformat() if endpoint.disabled_at else None}
        endpoint.disabled_at, endpoint.disabled_reason = disabled_at, reason
        endpoint.failures, endpoint.failing_since = 0, None
        endpoint.save(update_fields=["disabled_at", "disabled_reason", "failures", "failing_since"])
        action = "notices.webhook.disabled" if disabled_at else "notices.webhook.enabled"
        after = {"disabled_at": disabled_at.isoformat() if disabled_at else None}
        record_change(actor=actor, at=at, action=action, obj=endpoint, before=before, after=after)


def _only_administrators(actor: User) -> None:
    if not actor.is_administrator:
        raise NotAllowed(_("Webhooks are set up by administrators."))


def _check_address(url: str) -> None:
    try:
        resolve(check_form(url))
    except AddressRefused as error:
        raise Invalid(str(error), field="url") from None
    except OSError:
        raise Invalid(_("This host name cannot be looked up."), field="url") from None
