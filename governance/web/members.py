"""Who sits on a committee: seats with their terms and deputies, and how they change; a new committee."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from governance import committees
from governance.access import may
from governance.committees.seats import leads, serving
from governance.models import Committee, Membership, User
from governance.web.acts import Offer, attempt, end_of, offers
from governance.web.charter import crumbs, visible_committee
from governance.web.committee_forms import CommitteeForm, DeputyForm, EndSeatForm, MemberForm, SeatForm, TermForm
from governance.web.pages import reader, require, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import STATES, Word

SOON = timedelta(days=60)


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Appoint a committee with its chair; a registrar does this."""
    user = require(request, "register")
    form = CommitteeForm(request.POST or None)
    made: list[Committee] = []

    def do() -> None:
        given, at = form.cleaned_data, timezone.now()
        with transaction.atomic():
            made.append(
                committees.appoint_committee(
                    actor=user, at=at, name=given["name"], charter=given["charter"], quorum=given["quorum"]
                )
            )
            committees.add_member(
                actor=user, at=at, committee=made[0], person=given["chair"], function=given["function"], chair=True
            )

    status = attempt(request, form, do) if request.method == "POST" else 200
    if request.method == "POST" and not status:
        return redirect("committee-members", made[0].ref)
    context = {
        "heading": _("Appoint a committee"),
        "answer": _("It decides together, by recorded votes, on figures frozen for the meeting. Seats follow next."),
        "form": form,
        "button": _("Appoint it"),
        "back": reverse("committee"),
        "crumbs": [(_("Committee"), reverse("committee")), (_("New committee"), "")],
    }
    return render(request, "pages/plain_form.html", context, status=status)


@signed_in
def members(request: HttpRequest, ref: str) -> HttpResponse:
    """The seats of a committee, held now and before."""
    return _page(request, visible_committee(request, ref))


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """Change one seat; a refusal shows the page again and says why."""
    committee, user = visible_committee(request, ref), reader(request)
    verbs = _verbs(committee, user, timezone.now())
    if act not in {"add", *SEAT_FORMS}:
        raise Http404
    if act not in verbs:
        raise PermissionDenied
    form = _form(act, committee, request.POST)
    status = attempt(request, form, lambda: verbs[act](form), _("The seat is as you said."))
    return _page(request, committee, {act: form}, status) if status else redirect("committee-members", ref)


SEAT_FORMS: dict[str, type[SeatForm]] = {"deputy": DeputyForm, "term": TermForm, "end": EndSeatForm}


def members_table(seats: Sequence[Membership], now: datetime) -> Table:
    """Seats with function, deputy and term."""
    rows = [
        Row(
            cells=[
                Cell(text=seat.person.name, under=seat.person.function),
                Cell(text=_("chair, %(function)s") % {"function": seat.function} if seat.chair else seat.function),
                Cell(text=seat.deputy.name if seat.deputy else "–"),
                Cell(text=seat.term_from, kind="day"),
                Cell(text=seat.term_until, kind="day", under=_("ends soon") if _soon(seat, now) else "")
                if seat.term_until
                else Cell(text=_("open")),
            ]
        )
        for seat in seats
    ]
    columns = [
        Column(label=_("Member")),
        Column(label=_("Speaks for")),
        Column(label=_("Deputy")),
        Column(label=_("From")),
        Column(label=_("Until")),
    ]
    return Table(id="members", caption=_("Members"), columns=columns, rows=rows, stack=True)


def _soon(seat: Membership, now: datetime) -> bool:
    return seat.term_until is not None and now < seat.term_until <= now + SOON


def _page(
    request: HttpRequest, committee: Committee, tried: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    user, now = reader(request), timezone.now()
    seats = list(committee.memberships.select_related("person__unit", "deputy").order_by("-chair", "term_from", "pk"))
    held = [seat for seat in seats if seat.term_until is None or seat.term_until > now]
    before = [seat for seat in seats if seat not in held]
    context = {
        "committee": committee,
        "answer": _answer(held, committee, now),
        "held": members_table(held, now),
        "before": _before_table(before),
        "acts": _acts(committee, user, now, tried or {}),
        "crumbs": crumbs(committee, _("Members")),
    }
    return render(request, "pages/committee_members.html", context, status=status)


def _answer(held: list[Membership], committee: Committee, now: datetime) -> str:
    n, soon = len(held), sum(_soon(seat, now) for seat in held)
    missing = [
        each for each in committee.quorum_functions if each.casefold() not in {s.function.casefold() for s in held}
    ]
    text = ngettext("%(n)s member sits", "%(n)s members sit", n) % {"n": n} + "."
    if soon:
        text += " " + ngettext("%(n)s term ends within 60 days.", "%(n)s terms end within 60 days.", soon) % {"n": soon}
    if missing:
        text += " " + _("Nobody sits for: %(functions)s; without them there is no quorum.") % {
            "functions": ", ".join(missing)
        }
    return text


def _before_table(before: list[Membership]) -> Table:
    ended: Word = STATES["expired"]
    rows = [
        Row(
            cells=[
                Cell(text=seat.person.name, under=seat.person.function),
                Cell(text=seat.function),
                Cell(text=seat.term_from, kind="day"),
                Cell(text=seat.term_until, kind="day"),
                Cell(word=ended),
            ]
        )
        for seat in sorted(before, key=lambda seat: str(seat.term_until), reverse=True)
    ]
    columns = [
        Column(label=_("Member")),
        Column(label=_("Spoke for")),
        Column(label=_("From")),
        Column(label=_("Until")),
        Column(label=_("State")),
    ]
    return Table(id="before", caption=_("Seats that ended"), columns=columns, rows=rows, stack=True)


def _verbs(committee: Committee, user: User, now: datetime) -> dict[str, Callable[[Any], Any]]:
    """What the reader may do to seats: a registrar everything, the chair names deputies."""
    common: dict[str, Any] = {"actor": user, "at": now}

    def until(form: Any) -> datetime | None:
        return end_of(form.cleaned_data["until"]) if form.cleaned_data["until"] else None

    def add(form: Any) -> Any:
        return committees.add_member(**common, committee=committee, **{**form.cleaned_data, "until": until(form)})

    found: dict[str, Callable[[Any], Any]] = {
        "add": add,
        "deputy": lambda form: committees.name_deputy(
            **common, membership=form.membership(), deputy=form.cleaned_data["deputy"]
        ),
        "term": lambda form: committees.set_term(**common, membership=form.membership(), until=until(form)),
        "end": lambda form: committees.end_membership(
            **common, membership=form.membership(), reason=form.cleaned_data["reason"]
        ),
    }
    if may(user, "register"):
        return found
    return {"deputy": found["deputy"]} if leads(user, committee, now) else {}


def _form(act: str, committee: Committee, post: Any = None) -> forms.Form:
    if act == "add":
        return MemberForm(post, prefix=act)
    return SEAT_FORMS[act](post, prefix=act, seats=list(serving(committee, timezone.now())))


def _acts(committee: Committee, user: User, now: datetime, tried: dict[str, forms.Form]) -> list[Offer]:
    words = {
        "add": (_("Give somebody a seat"), _("Give the seat")),
        "deputy": (_("Name a deputy"), _("Name them")),
        "term": (_("Set the end of a term"), _("Set it")),
        "end": (_("End a seat now"), _("End the seat")),
    }
    allowed = _verbs(committee, user, now)
    return offers(
        words,
        lambda act: (tried.get(act) or _form(act, committee)) if act in allowed else None,
        lambda act: reverse("committee-members-act", args=[committee.ref, act]),
        tried,
    )
