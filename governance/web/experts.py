"""Experts from outside: who is engaged, by whom, for what and until when."""

from datetime import datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance.access import may, reads_all
from governance.competence import engage
from governance.models import Engagement, User
from governance.register import name_person
from governance.web.acts import attempt, end_of
from governance.web.committee_forms import EngageForm
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import STATES, Word

AHEAD = Word(gettext_lazy("to come"), "open")
NOW = Word(gettext_lazy("engaged now"), "closed", "done")


@signed_in
@require_http_methods(["GET", "POST"])
def experts(request: HttpRequest) -> HttpResponse:
    """Engagements, the latest first; a registrar engages."""
    user = reader(request)
    if not reads_all(user):
        raise PermissionDenied
    writes = may(user, "register")
    if request.method == "POST" and not writes:
        raise PermissionDenied
    form = EngageForm(request.POST or None) if writes else None
    status = 200
    if request.method == "POST" and form is not None:
        bound = form
        status = attempt(request, form, lambda: _engage(user, bound.cleaned_data), _("The expert is engaged."))
        if not status:
            return redirect("experts")
    now = timezone.now()
    rows = Engagement.objects.select_related("person__unit", "sponsor").order_by("-until", "person__name", "pk")
    page = paged(rows, request)
    context = {
        "answer": _answer(Engagement.objects.filter(since__lte=now, until__gt=now).values("person").distinct().count()),
        "page": page,
        "query": "",
        "table": _table(list(page.object_list), now),
        "form": form,
        "crumbs": [(_("Committee"), reverse("committee")), (_("Experts from outside"), "")],
    }
    return render(request, "pages/experts.html", context, status=status)


def _engage(user: User, given: dict[str, Any]) -> None:
    """A new name enters the register with its engagement, or not at all."""
    now = timezone.now()
    begins = timezone.make_aware(datetime.combine(given["since"], time(0)))
    since = now if given["since"] == timezone.localdate(now) else begins
    with transaction.atomic():
        person = given["person"] or name_person(
            actor=user, at=now, name=given["name"], function=str(_("Expert from outside")), unit=given["unit"]
        )
        engage(
            actor=user,
            at=now,
            person=person,
            employer=given["employer"],
            purpose=given["purpose"],
            sponsor=given["sponsor"],
            since=since,
            until=end_of(given["until"]),
        )


def _answer(n: int) -> str:
    if not n:
        return _("Nobody from outside is engaged now.")
    return ngettext(
        "%(n)s expert from outside is engaged now. On the day it ends, so does what they hold and may do.",
        "%(n)s experts from outside are engaged now. On the day it ends, so does what they hold and may do.",
        n,
    ) % {"n": n}


def _table(rows: list[Engagement], now: datetime) -> Table:
    shown = [
        Row(
            cells=[
                Cell(text=row.person.name, under=row.employer),
                Cell(text=row.purpose),
                Cell(text=row.sponsor.name),
                Cell(text=row.since, kind="day"),
                Cell(text=row.until, kind="time"),
                Cell(word=AHEAD if row.since > now else NOW if row.until > now else STATES["expired"]),
            ]
        )
        for row in rows
    ]
    columns = [
        Column(label=_("Expert")),
        Column(label=_("What for")),
        Column(label=_("Answers for them")),
        Column(label=_("From")),
        Column(label=_("Until")),
        Column(label=_("State")),
    ]
    return Table(id="experts", caption=_("Engagements"), columns=columns, rows=shown, stack=True)
