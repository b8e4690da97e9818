"""The letterhead: the organisation's name and logo as reports carry them, and who set them when.

Rows are added, never changed: a report computed as of a time carries the letterhead of that time, whatever came after.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, NotAllowed, record_change
from governance.models import Letterhead, User

MAX_BYTES = 2_000_000  # of an uploaded logo

__all__ = ["MAX_BYTES", "letterhead_at", "set_letterhead"]


def letterhead_at(at: datetime) -> Letterhead | None:
    """Return the letterhead in force at ``at``; None before the first."""
    return Letterhead.objects.filter(set_at__lte=at).order_by("-set_at", "-pk").first()


def set_letterhead(
    *, actor: User, at: datetime, name: str, logo: bytes | None = None, remove_logo: bool = False
) -> Letterhead:
    """Set name and logo and return the new row; without ``logo`` the one in force stays, unless it is removed.

    Raises :class:`NotAllowed` for who is no administrator and :class:`Invalid` for bytes that are no logo; then
    nothing is stored.
    """
    if not actor.is_administrator:
        raise NotAllowed(_("The letterhead is set by administrators."))
    made = Letterhead(name=" ".join(name.split())[:200], set_at=at, set_by=actor)
    if logo is not None:
        _draw(made, logo)
    with transaction.atomic():
        before = letterhead_at(at)
        if logo is None and before is not None and not remove_logo:
            made.logo, made.width, made.height = bytes(before.logo), before.width, before.height
            made.logo_sha256 = before.logo_sha256
        if _facts(made) == (_facts(before) if before else _facts(Letterhead())):
            raise Invalid(_("Nothing would change: give another name, or choose a logo."), field="name")
        change = record_change(
            actor=actor,
            at=at,
            action="organisation.letterhead",
            obj=made,
            before=_facts(before) if before else None,
            after=_facts(made),
        )
        made.entry = change.entry
        made.save(force_insert=True)
    return made


def _draw(row: Letterhead, logo: bytes) -> None:
    # Loaded here: only who sets a logo should hold the library.
    from governance.letterhead.picture import NotALogo, logo_of

    try:
        if len(logo) > MAX_BYTES:
            raise NotALogo("size")
        drawn = logo_of(logo)
    except NotALogo as error:
        raise Invalid(_said(error.reason), field="logo", reason=error.reason) from None
    row.logo, row.width, row.height, row.logo_sha256 = drawn.png, drawn.width, drawn.height, drawn.sha256


def _facts(row: Letterhead) -> dict[str, Any]:
    return {"name": row.name, "logo_sha256": row.logo_sha256 or None, "width": row.width, "height": row.height}


def _said(reason: str) -> str:
    """Say what is wrong with a logo, and what would be right."""
    return {
        "size": _("The file is larger than 2 MB. A PNG or JPEG of about 1000 pixels width is enough."),
        "format": _("This file is neither PNG nor JPEG. Save the logo as PNG or JPEG and choose that file."),
        "pixels": _("The picture has more than 16 million pixels. Save it about 1000 pixels wide."),
        "broken": _("The file begins like a picture but cannot be read to its end. Save it again as PNG or JPEG."),
        "narrow": _(
            "The picture is too small or too narrow to be read in print. It needs at least 24 pixels on its shorter "
            "side, and a form not much wider than 13 to 1."
        ),
    }[reason]
