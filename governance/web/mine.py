"""Mine, now: the votes, meetings and actions that wait for the reader, and the calendar they can subscribe to."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.committees import complete, delegate
from governance.committees.calendar import calendar_of, feed_of, make_feed, revoke_feed
from governance.committees.read import meetings_of, open_actions_of, votes_waiting_for
from governance.committees.seats import person_of
from governance.models import Action, CalendarFeed, User
from governance.web import meeting_words
from governance.web.acts import attempt
from governance.web.meeting_forms import DelegateForm, DoneForm
from governance.web.pages import reader, signed_in
from governance.web.words import Word


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """What waits for the reader."""
    return _page(request)


@signed_in
@require_POST
def act(request: HttpRequest, action: UUID, act: str) -> HttpResponse:
    """Finish an action or hand it on."""
    user = reader(request)
    row = Action.objects.filter(pk=action).select_related("owner").first()
    if row is None or row.owner.user_id != user.pk or act not in {"done", "delegate"}:
        raise Http404
    form = DoneForm(request.POST) if act == "done" else DelegateForm(request.POST)

    def do() -> None:
        common: dict[str, Any] = {"actor": user, "at": timezone.now(), "action": row, **form.cleaned_data}
        complete(**common) if act == "done" else delegate(**common)

    status = attempt(request, form, do)
    return _page(request, {str(row.pk): (act, form)}, status) if status else redirect("my-work")


@signed_in
@require_POST
def calendar(request: HttpRequest, act: str) -> HttpResponse:
    """Make a new secret address, shown once, or end the one there is."""
    user = reader(request)
    if act == "make":
        secrets: list[str] = []
        status = attempt(request, None, lambda: secrets.append(make_feed(actor=user, at=timezone.now())))
        if status:
            return _page(request, status=status)
        address = request.build_absolute_uri(reverse("calendar-feed", args=[secrets[0]]))
        return _page(request, address=address)
    if act != "revoke":
        raise Http404
    if revoke_feed(actor=user, at=timezone.now()):
        messages.success(request, _("The address no longer works."))
    return redirect("my-work")


@require_GET
@never_cache
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind a secret address; a wrong or ended one is nowhere."""
    at = timezone.now()
    user = feed_of(secret, at=at)
    person = person_of(user) if user else None
    if person is None:
        raise Http404
    site = request.build_absolute_uri("/").rstrip("/")
    return HttpResponse(calendar_of(person, at=at, site=site), content_type="text/calendar; charset=utf-8")


def tasks_of(user: User) -> list[dict[str, Any]]:
    """What waits for ``user``, as lines for the first page: votes, then actions."""
    person = person_of(user)
    if person is None:
        return []
    at = timezone.now()
    votes = [
        {
            "text": _("Your vote: %(title)s") % {"title": item.title},
            "href": reverse("meeting-item", args=[item.meeting.ref, item.number]),
            "word": meeting_words.ITEMS["voting"],
            "under": item.meeting.committee.name,
        }
        for item in votes_waiting_for(person, at=at).select_related(None).select_related("meeting__committee")[:5]
    ]
    actions = [
        {
            "text": action.text,
            "href": reverse("my-work"),
            "word": _due_word(action, at),
            "under": action.ref,
        }
        for action in open_actions_of([person]).select_related(None)[:5]
    ]
    return [*votes, *actions]


def _page(
    request: HttpRequest, tried: dict[str, Any] | None = None, status: int = 200, address: str = ""
) -> HttpResponse:
    user, at = reader(request), timezone.now()
    person = person_of(user)
    votes = list(votes_waiting_for(person, at=at)) if person else []
    actions = list(open_actions_of([person])) if person else []
    meetings = [each for each in meetings_of(person, at=at) if each.state != "closed"] if person else []
    n = len(votes) + len(actions)
    answer = (
        ngettext("%(n)s thing waits for you.", "%(n)s things wait for you.", n) if n else _("Nothing waits for you.")
    )
    context = {
        "answer": answer % {"n": n} if n else answer,
        "votes": votes,
        "actions": [_shown(action, at, (tried or {}).get(str(action.pk))) for action in actions],
        "meetings": [{"row": each, "word": meeting_words.MEETINGS[each.state]} for each in meetings],
        "feed": CalendarFeed.objects.filter(user=user, revoked_at=None).first(),
        "address": address,
        "person": person,
        "crumbs": [(_("Committee"), reverse("committee")), (_("Mine, now"), "")],
    }
    answer_page = render(request, "pages/mine.html", context, status=status)
    if address:
        answer_page["Cache-Control"] = "no-store"
    return answer_page


def _shown(action: Action, at: Any, tried: tuple[str, Any] | None) -> dict[str, Any]:
    done = tried[1] if tried and tried[0] == "done" else DoneForm(auto_id=f"done-{action.ref}-%s")
    handed = tried[1] if tried and tried[0] == "delegate" else DelegateForm(auto_id=f"hand-{action.ref}-%s")
    return {"row": action, "word": _due_word(action, at), "done": done, "handed": handed, "open": bool(tried)}


def _due_word(action: Action, at: Any) -> Any:
    if action.due_at <= at:
        return Word(_("overdue"), "breach", "breach")
    return Word(_("due"), "due", "due")
