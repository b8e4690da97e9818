"""The letterhead for the administrator: name and logo as reports carry them, and since when."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.letterhead import MAX_BYTES, letterhead_at, set_letterhead
from governance.models import Letterhead, User
from governance.web.acts import attempt
from governance.web.pages import signed_in
from governance.web.people import administrator
from governance.web.tables import Cell, Column, Row, Table

SHOWN = 20


class LetterheadForm(forms.Form):
    """Name and logo. The verb decodes the picture and says what is wrong with it."""

    name = forms.CharField(
        label=gettext_lazy("Name of the organisation"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("As it stands on reports, before the unit."),
    )
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy(
            "PNG or JPEG, up to 2 MB. It is drawn on white and printed up to 58 mm wide and 18 mm high."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg"}),
        error_messages={"empty": gettext_lazy("The file is empty. Choose a PNG or JPEG file.")},
    )
    remove = forms.BooleanField(label=gettext_lazy("Reports carry no logo from now on"), required=False)


@signed_in
def letterhead(request: HttpRequest) -> HttpResponse:
    """What reports carry now, the form that changes it, and what stood before."""
    user = administrator(request)
    current = letterhead_at(timezone.now())
    form = LetterheadForm(
        request.POST or None, request.FILES or None, initial={"name": current.name if current else ""}
    )
    status = attempt(request, form, lambda: _set(user, form.cleaned_data)) if form.is_bound else 200
    if not status:
        return redirect("letterhead")
    context: dict[str, Any] = {
        "form": form,
        "current": current,
        "table": _table(),
        "crumbs": [(_("Letterhead"), "")],
    }
    return render(request, "pages/letterhead.html", context, status=status)


def _set(user: User, given: dict[str, Any]) -> None:
    file = given["logo"]
    # One byte more than is taken: the verb then says that the file is too large, and no more is read.
    logo = file.read(MAX_BYTES + 1) if file else None
    set_letterhead(actor=user, at=timezone.now(), name=given["name"], logo=logo, remove_logo=given["remove"])


def _table() -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=row.set_at, kind="time", under=row.set_by.name),
                Cell(text=row.name or "–"),
                Cell(text=row.logo_sha256[:16] or "–", kind="code"),
                Cell(text=str(row.entry)[:8], kind="code", href=reverse("ledger-entry", args=[row.entry])),
            ]
        )
        for row in Letterhead.objects.select_related("set_by").defer("logo").order_by("-set_at", "-pk")[:SHOWN]
    ]
    columns = [Column(label=_("Since")), Column(label=_("Name")), Column(label=_("Logo")), Column(label=_("Entry"))]
    return Table(id="letterheads", caption=_("What stood when"), columns=columns, rows=rows, fit=True)
