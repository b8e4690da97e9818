"""What people outside have sent and nobody has taken up yet, as lines of Today for those who can."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.access import may
from governance.models import Appeal, Proposal, User
from governance.rights.read import appeals_visible_to
from governance.web.words import Word, chart_words


def arrived_tasks(user: User) -> list[dict[str, Any]]:
    """Proposals that wait for a registrar, and requests of people that wait for a reviewer: a line for each kind."""
    tasks = []
    if may(user, "register"):
        # While something is asked, it is the sender's turn.
        n = Proposal.objects.filter(state=Proposal.State.NEW, reason="").count()
        text = ngettext("%(n)s proposal waits for a registrar", "%(n)s proposals wait for a registrar", n)
        tasks += _line(text, reverse("proposals"), n)
    if may(user, "rights"):
        n = appeals_visible_to(user).filter(state=Appeal.State.RECEIVED).count()
        text = ngettext(
            "%(n)s request of a person waits for a reviewer", "%(n)s requests of people wait for a reviewer", n
        )
        tasks += _line(text, reverse("appeals") + "?state=received", n)
    return tasks


def _line(text: str, href: str, n: int) -> list[dict[str, Any]]:
    if not n:
        return []
    return [
        {"text": text % {"n": chart_words().number(n)}, "href": href, "word": Word(_("new"), "open", "due"), "n": n}
    ]
