"""The trail: who changed what, as the ledger holds it, with filters."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.events import evidence
from audit.ledger.log import LedgerEntry
from governance.access import changes_visible_to
from governance.models import Change
from governance.web import words
from governance.web.act_words import act_words
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table, query_without

ROOMS = (
    ("", gettext_lazy("any")),
    ("register", gettext_lazy("Register")),
    ("committee", gettext_lazy("Committee")),
    ("retention", gettext_lazy("Keeping and removing")),
    ("access", gettext_lazy("Access")),
)


class TrailFilter(forms.Form):
    """Filters of the trail; they live in the URL."""

    q = forms.CharField(label=gettext_lazy("Reference or act"), required=False, max_length=100)
    who = forms.CharField(label=gettext_lazy("Who"), required=False, max_length=100)
    room = forms.ChoiceField(label=gettext_lazy("Room"), required=False, choices=ROOMS)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=gettext_lazy("To, included"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@signed_in
def trail(request: HttpRequest) -> HttpResponse:
    """Changes one may see, newest first; what is shown is read from the ledger, rows only find it."""
    form = TrailFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = _filtered(changes_visible_to(reader(request)), wanted)
    page = paged(rows.order_by("-at", "-pk"), request)
    entries = {found.entry: found for found in evidence.read([row.entry for row in page.object_list])}
    n = page.paginator.count
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "table": _table(list(page.object_list), entries, n),
        "query": query_without(request, "page"),
        "filtered": any(wanted.values()),
        "crumbs": [(_("Ledger"), reverse("ledger")), (_("Trail"), "")],
    }
    return render(request, "pages/trail.html", context)


def _filtered(rows: QuerySet[Change], wanted: dict[str, Any]) -> QuerySet[Change]:
    if wanted.get("q"):
        rows = rows.filter(Q(object_ref__iexact=wanted["q"]) | Q(action__icontains=wanted["q"]))
    if wanted.get("who"):
        rows = rows.filter(actor_name__icontains=wanted["who"])
    if wanted.get("room"):
        rows = rows.filter(action__startswith=f"{wanted['room']}.")
    if wanted.get("since"):
        rows = rows.filter(at__date__gte=wanted["since"])
    if wanted.get("until"):
        rows = rows.filter(at__date__lte=wanted["until"])
    return rows


def _table(changes: list[Change], entries: dict[UUID, LedgerEntry], n: int) -> Table:
    columns = [
        Column(label=_("When")),
        Column(label=_("Who")),
        Column(label=_("What")),
        Column(label=_("On")),
        Column(label=_("Fields")),
        Column(label=_("Proof")),
    ]
    return Table(
        id="trail", caption=_("Changes, newest first"), columns=columns, stack=True,
        rows=[_row(change, entries.get(change.entry)) for change in changes],
        count=ngettext("%(n)s change", "%(n)s changes", n) % {"n": n},
    )  # fmt: skip


def _row(change: Change, entry: LedgerEntry | None) -> Row:
    proof = Cell(text=_("waiting for its seal"))
    if entry is not None:
        number = words.chart_words().number(entry.index)
        proof = Cell(text=_("entry %(n)s") % {"n": number}, href=reverse("ledger-entry", args=[change.entry]))
    said = _said(entry)
    if said is None:
        gone = entry is not None
        text = _("removed; the entry says when and why") if gone else _("recorded a moment ago")
        return Row(cells=[Cell(text=change.at, kind="time"), Cell(), Cell(), Cell(), Cell(text=text), proof])
    altered = _differs(change, said)
    return Row(
        cells=[
            Cell(text=change.at, kind="time"),
            Cell(text=said["actor"].get("name") or _("the clock")),
            Cell(text=act_words(said["action"]), under=said["action"]),
            Cell(text=said["object"]["ref"], kind="code", under=said["object"]["type"]),
            Cell(text=_fields(said), under=_("The register's own row says something else.") if altered else ""),
            proof,
        ]
    )


def _said(entry: LedgerEntry | None) -> dict[str, Any] | None:
    """What the ledger holds of a change; None while it waits for its place, or when its payload was removed."""
    if entry is None or entry.payload is None:
        return None
    said: dict[str, Any] = json.loads(entry.payload)
    return {**said, "actor": said.get("actor") or {}}


def _differs(change: Change, said: dict[str, Any]) -> bool:
    return (change.action, change.before, change.after) != (said["action"], said["before"], said["after"])


def _fields(said: dict[str, Any]) -> str:
    """The names of the fields that changed; their values stand with the entry."""
    before, after = said["before"] or {}, said["after"] or {}
    return ", ".join(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
