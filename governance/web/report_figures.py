"""One figure of an issued report: what it was computed from, decision by decision, with the proofs."""

from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.models import IssuedReport
from audit.reports import display
from audit.reports.behind import Thing
from audit.reports.content import from_json
from audit.reports.trace import Behind, NoSuchFigure, Trace, to_json, trace
from governance.web.pages import signed_in
from governance.web.report_acts import visible_report
from governance.web.tables import Cell, Column, Row, Table

ROOMS = {
    "oversight": lambda: _("decisions, and what each adds to the counts of oversight"),
    "fairness": lambda: _("all decisions that were assessed, without the groups: group data is read in aggregate only"),
    "findings": lambda: _("findings"),
    "events": lambda: _("recorded events"),
    "register": lambda: _("changes of the register"),
    "removals": lambda: _("acts that removed contents"),
}


def _found(request: HttpRequest, ref: str, number: str) -> tuple[IssuedReport, Trace]:
    row = visible_report(request, ref)
    try:
        return row, trace(from_json(bytes(row.data)), number, after=request.GET.get("after", ""))
    except (NoSuchFigure, ValueError):
        raise Http404(_("The report has no figure %(number)s.") % {"number": number}) from None


@signed_in
def figure(request: HttpRequest, ref: str, number: str) -> HttpResponse:
    """The figure, its query and aggregate, and a page of the decisions behind it."""
    row, found = _found(request, ref, number)
    more = f"?after={quote(found.after)}" if found.after else ""
    context: dict[str, Any] = {
        "row": row,
        "found": found,
        "value": display.figure_value(found.figure),
        "detail": display.figure_detail(found.figure),
        "what": ROOMS[found.basis.room]() if found.basis else "",
        "aggregate": _aggregate(found),
        "table": _table(found),
        "more": more,
        "altered": sum(each.standing == "altered" for each in found.behind),
        "crumbs": [
            (_("Reports"), reverse("reports")),
            (row.ref, reverse("report", args=[row.ref])),
            (_("Figure %(number)s") % {"number": number}, ""),
        ],
    }
    return render(request, "pages/report_figure.html", context)


@signed_in
def data(request: HttpRequest, ref: str, number: str) -> JsonResponse:
    """The same as data, with a tlog-proof for every entry."""
    return JsonResponse(to_json(_found(request, ref, number)[1]))


def _aggregate(found: Trace) -> Table:
    rows = [
        Row(cells=[Cell(text=name, kind="code"), Cell(text=display.number(count), kind="number")])
        for name, count in found.aggregate.items()
    ]
    columns = [Column(label=_("Cell")), Column(label=_("Count"), number=True)]
    return Table(
        id="aggregate", caption=_("The stored counts, as of the checkpoint"), columns=columns, rows=rows, fit=True
    )


def _table(found: Trace) -> Table:
    columns = [Column(label=_("What")), Column(label=_("Adds")), Column(label=_("Stands")), Column(label=_("Entries"))]
    rows = [_row(found, each) for each in found.behind]
    return Table(id="behind", caption=_("What the figure counts"), columns=columns, rows=rows, stack=True)


def _row(found: Trace, each: Behind) -> Row:
    standing = {
        "intact": _("follows from its entries"),
        "altered": _("differs from its entries"),
        "erased": _("contents erased, cannot be told"),
        None: "–",
    }[each.standing]
    part = {True: _("counted"), False: _("in the base only"), None: ""}[each.thing.counted]
    return Row(
        cells=[
            Cell(text=each.thing.name, kind="code", href=_href(found, each.thing)),
            Cell(text=", ".join(f"{name} ×{n}" for name, n in each.thing.adds.items()), kind="code", under=part),
            Cell(text=standing),
            Cell(
                text=_("entry %(n)s") % {"n": display.number(each.entries[0].index)} if each.entries else "–",
                href=reverse("ledger-entry", args=[each.ids[0]]) if each.ids else "",
                under=_("and %(n)s more") % {"n": len(each.ids) - 1} if len(each.ids) > 1 else "",
            ),
        ]
    )


def _href(found: Trace, thing: Thing) -> str:
    if thing.decision_id and found.use_case is not None:
        return reverse("decision", args=[found.use_case.ref, thing.decision_id])
    return ""
