"""The letterhead for the administrator: name and logo as reports carry them, and since when."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.access import DomainError
from governance.letterhead import MAX_BYTES, letterhead_at, set_letterhead
from governance.models import Letterhead
from governance.web.pages import reader, signed_in
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
    user = reader(request)
    if not user.is_administrator:
        raise Http404
    current = letterhead_at(timezone.now())
    form = LetterheadForm(
        request.POST or None, request.FILES or None, initial={"name": current.name if current else ""}
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["logo"]
        try:
            set_letterhead(
                actor=user,
                at=timezone.now(),
                name=form.cleaned_data["name"],
                # One byte more than is taken: the verb then says that the file is too large, and no more is read.
                logo=file.read(MAX_BYTES + 1) if file else None,
                remove_logo=form.cleaned_data["remove"],
            )
            return redirect("letterhead")
        except DomainError as error:
            form.add_error(error.data.get("field", "name"), error.message)
    context: dict[str, Any] = {
        "form": form,
        "current": current,
        "table": _table(),
        "crumbs": [(_("Letterhead"), "")],
    }
    return render(request, "pages/letterhead.html", context, status=422 if form.errors else 200)


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
