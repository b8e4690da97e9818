"""What people are told: workers and their representatives (26(7)), people decided about (26(11)), Art 50."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.models import Disclosure, UseCase, User, next_reference
from governance.rights.read import WORKERS


def publish(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    kind: str,
    text: str,
    language: str = "en",
    audience: Sequence[str] = (),
) -> Disclosure:
    """Publish the next version of a notice. ``audience`` for workers: who was told, of representatives and workers."""
    if kind not in Disclosure.Kind.values:
        raise Invalid(_("Choose who is told."), field="kind")
    if not text.strip():
        raise Invalid(_("Write what they are told, in plain words."), field="text")
    if set(audience) - set(WORKERS):
        raise Invalid(_("Told are representatives, workers, or both."), field="audience")
    with transaction.atomic():
        UseCase.objects.select_for_update().get(pk=use_case.pk)
        earlier = use_case.disclosures.filter(kind=kind, language=language).order_by("-version").first()
        made = Disclosure.objects.create(
            ref=next_reference("NO"),
            use_case=use_case,
            kind=kind,
            version=earlier.version + 1 if earlier else 1,
            text=text.strip(),
            language=language,
            audience=sorted(set(audience)),
            published_at=at,
            published_by=actor,
        )
        record_change(
            actor=actor,
            at=at,
            action="rights.disclosure.published",
            stream="rights",
            obj=made,
            before={"text": earlier.text} if earlier else None,
            after={
                "use_case": use_case.ref,
                "kind": kind,
                "version": made.version,
                "language": language,
                "text": made.text,
                "audience": made.audience,
            },
            simulated=use_case.simulated,
        )
    return made
