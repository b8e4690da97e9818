"""Conflicts of interest: declare one's own, end it, and read those of the people one decides with."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from governance.access import NotAllowed, may, systems_visible_to, use_cases_visible_to
from governance.committees import declare_interest, end_interest
from governance.committees.interests import declares_for, interests_visible_to
from governance.committees.seats import person_of
from governance.models import Interest, Person, Supplier, User
from governance.web.acts import attempt
from governance.web.committee_forms import InterestForm
from governance.web.pages import paged, reader, signed_in, uuid_or_404
from governance.web.tables import Cell, Column, Row, Table


@signed_in
def interests(request: HttpRequest) -> HttpResponse:
    """What was declared and holds, what ended, and the form."""
    return _page(request)


@signed_in
@require_POST
def declare(request: HttpRequest) -> HttpResponse:
    """Declare an interest of one's own, or as registrar or in the chair somebody else's."""
    user = reader(request)
    form = _form(user, request.POST)

    def do() -> None:
        given = dict(form.cleaned_data)
        person = given.pop("person", None) or person_of(user)
        if person is None:
            raise NotAllowed(_("Your account belongs to nobody in the register; a registrar can change that."))
        _check(user, person)
        declare_interest(actor=user, at=timezone.now(), person=person, **given)

    status = attempt(request, form, do, _("The interest is on record. It excludes from votes on the matter."))
    return _page(request, form, status) if status else redirect("interests")


@signed_in
@require_POST
def end(request: HttpRequest, interest: str) -> HttpResponse:
    """Say that an interest no longer exists, and why."""
    user = reader(request)
    row = interests_visible_to(user).select_related("person").filter(pk=uuid_or_404(interest)).first()
    if row is None:
        raise Http404

    def do() -> None:
        _check(user, row.person)
        end_interest(actor=user, at=timezone.now(), interest=row, reason=request.POST.get("reason", ""))

    status = attempt(request, None, do, _("The interest has ended."))
    return _page(request, status=status) if status else redirect("interests")


def _page(request: HttpRequest, tried: InterestForm | None = None, status: int = 200) -> HttpResponse:
    user, now = reader(request), timezone.now()
    rows = interests_visible_to(user).select_related("person__unit", "use_case", "supplier")
    held = list(rows.filter(ended_at=None).order_by("person__name", "declared_at", "pk"))
    ended = paged(rows.exclude(ended_at=None).order_by("-ended_at", "pk"), request)
    offered = list(declares_for(user, at=now).filter(left_at=None).values_list("pk", flat=True))
    context = {
        "answer": _answer(held),
        "held": _table("held", _("In force"), held),
        "endable": [row for row in held if row.person_id in set(offered)],
        "page": ended,
        "query": "",
        "ended": _table("ended", _("Ended"), list(ended.object_list)),
        "form": (tried or _form(user, asked=request.GET)) if offered else None,
        "tried": tried is not None or "use_case" in request.GET,
        "crumbs": [(_("Committee"), reverse("committee")), (_("Conflicts of interest"), "")],
    }
    return render(request, "pages/interests.html", context, status=status)


def _check(user: User, person: Person) -> None:
    if not declares_for(user, at=timezone.now()).filter(pk=person.pk).exists():
        raise NotAllowed(_("Everybody declares for themselves; the chair and a registrar for members."))


def _form(user: User, post: Any = None, *, asked: Any = None) -> InterestForm:
    """The form; only who may declare for others is asked for whom."""
    people = declares_for(user, at=timezone.now()).filter(left_at=None).select_related("unit").order_by("name", "ref")
    others = people.exclude(user=user) if not may(user, "register") else people
    suppliers = Supplier.objects.filter(systems__in=systems_visible_to(user)).distinct()
    return InterestForm(
        post,
        use_cases=use_cases_visible_to(user),
        suppliers=suppliers,
        people=people if others.exists() else None,
        prefix="interest",
        initial={"use_case": asked.get("use_case", "")} if asked is not None else None,
    )


def _answer(held: list[Interest]) -> str:
    if not held:
        return _("No conflict of interest is declared among the people you decide with.")
    people = len({row.person_id for row in held})
    text = ngettext("%(n)s interest is declared", "%(n)s interests are declared", len(held)) % {"n": len(held)}
    return text + " " + ngettext("by %(n)s person.", "by %(n)s people.", people) % {"n": people}


def _table(name: str, caption: str, rows: list[Interest]) -> Table:
    shown = [
        Row(
            cells=[
                Cell(text=row.person.name, under=row.person.function),
                _about(row),
                Cell(text=row.reason),
                Cell(text=row.declared_at, kind="day"),
                Cell(text=row.ended_at, kind="day") if row.ended_at else Cell(text=_("open")),
            ]
        )
        for row in rows
    ]
    columns = [
        Column(label=_("Person")),
        Column(label=_("In")),
        Column(label=_("What the interest is")),
        Column(label=_("Declared")),
        Column(label=_("Until")),
    ]
    return Table(id=name, caption=caption, columns=columns, rows=shown, stack=True)


def _about(row: Interest) -> Cell:
    if row.use_case is not None:
        return Cell(text=row.use_case.name, href=reverse("use-case", args=[row.use_case.ref]), under=row.use_case.ref)
    return Cell(text=row.supplier.name if row.supplier else "–", under=_("supplier"))
