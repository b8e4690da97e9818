"""What the pages about permissions share: their words, a permission as a row, the page that withdraws one."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.access import DomainError
from governance.models import UnitUserGrant, UseCaseUserGrant
from governance.register.grants import ON_UNIT, Grant, withdraw_access
from governance.register.reach import Held
from governance.web.pages import reader
from governance.web.tables import Cell, Column, Row, Table

ACTS = {
    "register": gettext_lazy("register and edit use cases"),
    "classify": gettext_lazy("classify"),
    "report": gettext_lazy("issue reports"),
    "vote": gettext_lazy("vote in committees"),
    "review": gettext_lazy("review decisions they are granted"),
    "handle": gettext_lazy("handle findings"),
    "waive": gettext_lazy("waive findings"),
    "rights": gettext_lazy("handle incidents, notices and requests of people"),
    "sign": gettext_lazy("sign assessments"),
    "keys": gettext_lazy("issue API keys for what they see"),
}
PERMISSIONS = {
    "view_usecase": gettext_lazy("see it"),
    "review_usecase": gettext_lazy("see it and review its decisions"),
    "stop_usecase": gettext_lazy("see it and stop it"),
    "report_usecase": gettext_lazy("see it and issue reports on it"),
    "view_groups_usecase": gettext_lazy("see it and read its group data, in aggregate"),
    ON_UNIT: gettext_lazy("see every use case of the unit"),
}
GRANTS: dict[str, Any] = {"use-case": UseCaseUserGrant, "unit": UnitUserGrant}


class WithdrawForm(forms.Form):
    """Why a permission ends."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


def acts_text(acts: Any) -> str:
    """What a role lets do, in words."""
    return "; ".join(str(ACTS.get(act, act)) for act in sorted(acts)) or _("reads only")


def held_table(name: str, caption: Any, first: Any, lines: list[tuple[Cell, Held, str]]) -> Table:
    """A table of permissions; each line has what names it, the permission and where it can be withdrawn."""
    labels = (first, _("May"), _("Rests on"), _("Until"), _("Withdraw"))
    rows = [Row(cells=[named, *_cells(held, href)]) for named, held, href in lines]
    return Table(id=name, caption=caption, columns=[Column(label=label) for label in labels], rows=rows, stack=True)


def _cells(held: Held, href: str) -> list[Cell]:
    grant = held.grant
    until = Cell(text="—")
    if grant is not None and grant.until:
        until = Cell(text=grant.until, kind="time", under=_("ended") if held.ended else "")
    return [
        Cell(text=PERMISSIONS.get(held.code, held.code)),
        Cell(text=rests_on(held), under=_given(grant)),
        until,
        Cell(text=_("Withdraw"), href=href) if href else Cell(text="—"),
    ]


def rests_on(held: Held) -> str:
    """What a permission stands on, in words."""
    if held.grant is None:
        return _("membership of the group")
    parts = [_("a duty")] if held.grant.by_duty else []
    return "; ".join([*parts, held.grant.reason] if held.grant.reason else parts) or "—"


def _given(grant: Grant | None) -> str:
    if grant is None or grant.given_at is None:
        return ""
    name = grant.given_by.name if grant.given_by else _("somebody whose account is gone")
    return _("given by %(name)s on %(day)s") % {"name": name, "day": timezone.localdate(grant.given_at).isoformat()}


def row_or_404(scope: str, pk: int, **also: Any) -> Any:
    """The permission of that kind and number, or 404."""
    rows = GRANTS[scope].objects.filter(pk=pk, **also) if scope in GRANTS else None
    row = rows.select_related("permission", "user", "content_object").first() if rows is not None else None
    if row is None:
        raise Http404
    return row


def withdraw_page(request: HttpRequest, row: Any, back: str, trail: list[tuple[str, str]]) -> HttpResponse:
    """Ask why, then withdraw."""
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_access(actor=reader(request), at=timezone.now(), grant=row, reason=form.cleaned_data["reason"])
            return redirect(back)
        except DomainError as error:
            form.add_error("reason", error.message)
    what = {
        "name": row.user.name,
        "may": PERMISSIONS.get(row.permission.codename, row.permission.codename),
        "where": row.content_object.name,
    }
    context = {
        "heading": _("Withdraw a permission"),
        "answer": _("%(name)s may: %(may)s (%(where)s). This ends with the next request.") % what,
        "form": form,
        "button": _("Withdraw"),
        "back": back,
        "crumbs": trail,
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)
