"""Who may see and do what on one use case; permissions are given and withdrawn here."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance.access import ROLES, may_on, reads_all
from governance.models import Person, UseCase, User
from governance.register.grants import ON_UNIT, ON_USE_CASE, grant_access, may_grant, may_withdraw
from governance.register.reach import Held, held_on, roles_reaching
from governance.web.access_parts import PERMISSIONS, acts_text, held_table, row_or_404, withdraw_page
from governance.web.acts import attempt, end_of
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.register_edit import crumbs
from governance.web.register_forms import TODAY, PersonField
from governance.web.tables import Cell, Column, Row, Table


class GrantForm(forms.Form):
    """Who may do what, until when and what for."""

    person = PersonField(label=gettext_lazy("Person"), help_text=gettext_lazy("Somebody with an account."))
    code = forms.ChoiceField(label=gettext_lazy("May"))
    until = forms.DateField(
        label=gettext_lazy("Until the end of"),
        widget=TODAY,
        required=False,
        help_text=gettext_lazy("Empty: until it is withdrawn."),
    )
    reason = forms.CharField(
        label=gettext_lazy("What it is needed for"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [(code, PERMISSIONS[code]) for code in codes]  # type: ignore[attr-defined]
        people = Person.objects.filter(left_at__isnull=True, user__is_active=True).order_by("name")
        self.fields["person"].queryset = people.select_related("user")  # type: ignore[attr-defined]


@signed_in
@require_http_methods(["GET", "POST"])
def use_case(request: HttpRequest, ref: str) -> HttpResponse:
    """Who may see and do what on one use case; whoever may, gives more."""
    user, case, at = reader(request), visible_use_case(request, ref), timezone.now()
    if not (reads_all(user) or may_on(user, "register", case)):
        raise PermissionDenied
    codes = [code for code in (*ON_USE_CASE, ON_UNIT) if may_grant(user, case, code)]
    form = GrantForm(request.POST or None, codes=codes) if codes else None
    status = 200
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        status = attempt(request, form, lambda: _give(user, case, form))
        if not status:
            return redirect("use-case-access", ref=case.ref)
    held = held_on(case, at=at)
    roles = roles_reaching()
    context = {
        "case": case,
        "form": form,
        "answer": _answer(case, held, sum(role.count for role in roles)),
        "roles": _roles_table(roles),
        "held": _held_table(user, case, held),
        "crumbs": crumbs(case, _("Who may see and do what")),
    }
    return render(request, "pages/use_case_access.html", context, status=status)


def _give(user: User, case: UseCase, form: forms.Form) -> None:
    given = dict(form.cleaned_data)
    person, day = given.pop("person"), given.pop("until")
    until = end_of(day) if day else None
    grant_access(actor=user, at=timezone.now(), use_case=case, user=person.user, until=until, **given)


def _answer(case: UseCase, held: list[Held], by_role: int) -> str:
    accounts = len({each.grant.user_id for each in held if each.grant is not None and not each.ended})
    first = ngettext(
        "%(n)s account sees it by a role that reads everything",
        "%(n)s accounts see it by a role that reads everything",
        by_role,
    ) % {"n": by_role}
    second = ngettext("%(n)s by a permission of its own", "%(n)s by a permission of their own", accounts) % {
        "n": accounts
    }
    return _("%(owner)s owns it; %(roles)s, %(held)s.") % {"owner": case.owner.name, "roles": first, "held": second}


def _roles_table(roles: list[Any]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=ROLES[role.code].label),
                Cell(text=acts_text(ROLES[role.code].acts)),
                Cell(text=", ".join(role.holders) + (" …" if role.count > len(role.holders) else "") or "—"),
                Cell(text=role.count, kind="number"),
            ]
        )
        for role in roles
    ]
    columns = [
        Column(label=_("Role")),
        Column(label=_("May")),
        Column(label=_("Held by")),
        Column(label=_("Accounts"), number=True),
    ]
    return Table(id="by-role", caption=_("By a role"), columns=columns, rows=rows, stack=True)


def _held_table(user: User, case: UseCase, held: list[Held]) -> Table:
    lines = []
    for each in held:
        under = _("group") if each.grant is None else ""
        where = "" if each.scope == "use_case" else _("on the unit %(unit)s") % {"unit": case.unit.name}
        named = Cell(text=each.name, under=", ".join(part for part in (under, where) if part))
        lines.append((named, each, _withdraw_href(user, case, each)))
    return held_table("by-name", _("By name"), _("Account"), lines)


def _withdraw_href(user: User, case: UseCase, held: Held) -> str:
    grant = held.grant
    if grant is None or grant.only_by_duty or not may_withdraw(user, grant):
        return ""
    return reverse("use-case-access-end", args=[case.ref, held.scope.replace("_", "-"), grant.pk])


@signed_in
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, ref: str, scope: str, grant: int) -> HttpResponse:
    """Withdraw a permission from the use case's page."""
    case = visible_use_case(request, ref)
    target = {"use-case": case.pk, "unit": case.unit_id}.get(scope)
    row = row_or_404(scope, grant, content_object=target)
    if not may_withdraw(reader(request), row):
        raise PermissionDenied
    return withdraw_page(request, row, reverse("use-case-access", args=[case.ref]), crumbs(case, _("Withdraw")))
