"""What every page needs: theme, places, and the latest checkpoint in the footer."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from governance.models import User
from governance.notices import unread
from governance.web.checkpoints import latest_checkpoint

THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """Theme from a cookie, so that the first paint is right without JavaScript."""
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "auto",
        "themes": [("auto", _("as the device")), ("light", _("light")), ("dark", _("dark"))],
        "places": _places(request.path),
        "page_checkpoint": SimpleLazyObject(latest_checkpoint),
        "unread_notices": SimpleLazyObject(lambda: _unread(request)),
    }


def _unread(request: HttpRequest) -> int:
    return unread(request.user) if isinstance(request.user, User) else 0


def _places(path: str) -> list[dict[str, Any]]:
    """The places, named by the work; the one whose address the page is under is marked."""
    named = [
        (_("Today"), reverse("today")),
        (_("Register"), reverse("register")),
        (_("Reviews"), reverse("reviews")),
        (_("Oversight"), reverse("oversight")),
        (_("Fairness"), reverse("fairness")),
        (_("Findings"), reverse("findings")),
        (_("Committee"), reverse("committee")),
        (_("Reports"), reverse("reports")),
    ]
    return [
        {
            "label": label,
            "href": href,
            "here": path == href or (href != "/" and path.startswith(href)),
            "exact": path == href,
        }
        for label, href in named
    ]
