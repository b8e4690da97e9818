"""Who could stop this system on 3 March at 14:00? And who is trained for what."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from governance.access import may, reads_all, use_cases_visible_to
from governance.competence import grant, withdraw
from governance.competence.read import Holder, who_could
from governance.models import AuthorityGrant, Qualification
from governance.web.acts import attempt, end_of
from governance.web.meeting_forms import AuthorityForm, GrantForm
from governance.web.pages import paged, reader, signed_in, uuid_or_404, visible_use_case
from governance.web.tables import Cell, Column, Row, Table


@signed_in
def authority(request: HttpRequest) -> HttpResponse:
    """The question and its answer; below it who holds which qualification."""
    return _page(request)


@signed_in
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Grant authority; a registrar does this."""
    user = reader(request)
    if not may(user, "register"):
        raise PermissionDenied
    form = GrantForm(request.POST, prefix="grant")

    def do() -> None:
        given: dict[str, Any] = dict(form.cleaned_data)
        until: date | None = given.pop("valid_until")
        grant(actor=user, at=timezone.now(), valid_until=end_of(until) if until else None, **given)

    status = attempt(request, form, do, _("The authority is given."))
    return _page(request, form, status) if status else redirect("authority")


@signed_in
@require_POST
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw authority now."""
    user = reader(request)
    if not may(user, "register"):
        raise PermissionDenied
    row = AuthorityGrant.objects.filter(pk=uuid_or_404(key)).first()
    if row is not None:
        reason = request.POST.get("reason", "")
        attempt(request, None, lambda: withdraw(actor=user, at=timezone.now(), grant=row, reason=reason))
    return redirect("authority")


def _page(request: HttpRequest, tried: GrantForm | None = None, status: int = 200) -> HttpResponse:
    user, now = reader(request), timezone.now()
    visible = use_cases_visible_to(user).order_by("ref")
    noon = timezone.localtime(now).replace(hour=12, minute=0, second=0, microsecond=0)  # a page is the same all day
    asked = request.GET if "use_case" in request.GET else None
    if asked is not None:
        visible_use_case(request, asked["use_case"])
    initial = {"use_case": visible.values_list("ref", flat=True).first(), "act": "stop", "at": noon}
    form = AuthorityForm(asked, initial=initial)
    form.fields["use_case"].queryset = visible  # type: ignore[attr-defined]
    form.fields["use_case"].label_from_instance = lambda case: f"{case.ref} {case.name}"  # type: ignore[attr-defined]
    held, answer = None, ""
    if asked is not None and form.is_valid():
        given = form.cleaned_data
        found = who_could(given["act"], given["use_case"], at=given["at"])
        held, answer = _holders(found), _answer(found, form)
    page = paged(_grants(user, now), request)
    context = {
        "form": form,
        "answer": answer,
        "held": held,
        "page": page,
        "query": "",
        "grants": _grants_table(list(page.object_list)),
        "qualifications": _qualifications(now) if reads_all(user) or may(user, "reviewers") else None,
        "grant_form": (tried or GrantForm(prefix="grant")) if may(user, "register") else None,
        "tried": tried is not None,
        "withdrawable": [row for row in page.object_list if may(user, "register")],
        "crumbs": [(_("Committee"), reverse("committee")), (_("Authority"), "")],
    }
    return render(request, "pages/authority.html", context, status=status)


def _answer(found: list[Holder], form: AuthorityForm) -> str:
    given = form.cleaned_data
    said = {
        "act": str(dict(AuthorityGrant.Act.choices)[given["act"]]),
        "case": given["use_case"].name,
        "at": timezone.localtime(given["at"]).strftime("%Y-%m-%d %H:%M %Z"),
    }
    if not found:
        return _("Nobody held the authority to %(act)s for %(case)s on %(at)s.") % said
    names = ", ".join(holder.person.name for holder in found)
    text = ngettext(
        "%(names)s held the authority to %(act)s for %(case)s on %(at)s.",
        "%(n)s people held the authority to %(act)s for %(case)s on %(at)s: %(names)s.",
        len(found),
    )
    return text % {**said, "n": len(found), "names": names}


def _holders(found: list[Holder]) -> Table:
    rows = [
        Row(cells=[*_who(holder.grant), Cell(text=holder.grant.reason or "–"), *_term(holder.grant)])
        for holder in found
    ]
    columns = [Column(label=_("Person")), Column(label=_("By")), Column(label=_("Reason"))]
    return Table(id="holders", caption=_("By which grant"), columns=[*columns, *_term_columns()], rows=rows, stack=True)


def _grants(user: Any, now: datetime) -> Any:
    rows = AuthorityGrant.objects.exclude(valid_until__lte=now).select_related("person__unit", "use_case", "unit")
    visible = use_cases_visible_to(user)
    # Who sees no use case learns nothing of who holds authority over all of them.
    everywhere = rows.filter(use_case=None) if visible.exists() else rows.none()
    return (rows.filter(use_case__in=visible) | everywhere).order_by("person__name", "act", "pk")


def _grants_table(grants: list[AuthorityGrant]) -> Table:
    rows = [Row(cells=[*_who(row), Cell(text=row.get_act_display()), *_term(row)]) for row in grants]
    columns = [Column(label=_("Person")), Column(label=_("For")), Column(label=_("May")), *_term_columns()]
    return Table(id="grants", caption=_("Authority in force or to come"), columns=columns, rows=rows, stack=True)


def _who(row: AuthorityGrant) -> list[Cell]:
    scope = row.use_case.name if row.use_case else str(row.unit) if row.unit else _("every use case")
    return [Cell(text=row.person.name, under=row.person.function), Cell(text=scope, under=row.ref)]


def _term(row: AuthorityGrant) -> list[Cell]:
    until = Cell(text=row.valid_until, kind="time") if row.valid_until else Cell(text=_("open"))
    return [Cell(text=row.valid_from, kind="time"), until]


def _term_columns() -> list[Column]:
    return [Column(label=_("From")), Column(label=_("Until"))]


def _qualifications(now: datetime) -> Table:
    soon = datetime.combine(now.date() + timedelta(days=60), time(0), UTC)
    held = Qualification.objects.exclude(valid_until__lte=now).select_related("person")
    rows = [
        Row(
            cells=[
                Cell(text=row.person.name, under=row.person.function),
                Cell(text=row.code, kind="code"),
                Cell(text=row.valid_from, kind="day"),
                Cell(
                    text=row.valid_until,
                    kind="day",
                    under=_("ends soon") if row.valid_until < soon else "",
                )
                if row.valid_until
                else Cell(text=_("open")),
            ]
        )
        for row in held.order_by("person__name", "code", "pk")[:100]
    ]
    columns = [Column(label=_("Person")), Column(label=_("Qualification or training")), *_term_columns()]
    return Table(id="qualifications", caption=_("Held now"), columns=columns, rows=rows, stack=True)
