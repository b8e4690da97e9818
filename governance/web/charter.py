"""The charter of a committee: the wording in force, the ones before, and how to propose another."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.access import committees_visible_to, use_cases_visible_to
from governance.committees import propose_amendment
from governance.committees.appoint import charter_of
from governance.committees.charter import Version, versions
from governance.committees.terms import amended, terms
from governance.models import AgendaItem, Committee, UseCase
from governance.web.acts import attempt
from governance.web.charter_form import AmendmentForm
from governance.web.meetings import may_convene
from governance.web.pages import reader, signed_in
from governance.web.tables import Cell, Column, Row, Table


def visible_committee(request: HttpRequest, ref: str) -> Committee:
    """Return the committee ``ref``; 404 where there is none or the reader may not see it, the same answer for both."""
    found = committees_visible_to(reader(request)).filter(ref=ref).first()
    if found is None:
        raise Http404(_("There is no committee %(ref)s that you can see.") % {"ref": ref})
    return found


def crumbs(committee: Committee, last: str) -> list[tuple[str, str]]:
    """Where a page below a committee stands."""
    page = reverse("committee-page", args=[committee.ref])
    return [(_("Committee"), reverse("committee")), (committee.name, page), (last, "")]


@signed_in
def charter(request: HttpRequest, ref: str) -> HttpResponse:
    """The charter in force, or with ``?version=`` an earlier wording, and every wording there was."""
    committee = visible_committee(request, ref)
    known = versions(committee)
    wanted = request.GET.get("version", "")
    shown = next((each for each in known if str(each.number) == wanted), None)
    if wanted and shown is None:
        raise Http404(_("This charter never had such a wording."))
    content = shown.content if shown is not None else charter_of(committee)
    context = {
        "committee": committee,
        "content": content,
        "terms": terms(content),
        "version": shown or (known[-1] if known else None),
        "old": shown is not None and shown.until is not None,
        "versions": _versions_table(known, reverse("charter", args=[ref])),
        "proposed": _proposed(committee),
        "convenes": may_convene(reader(request), committee),
        "crumbs": crumbs(committee, _("Charter")),
    }
    return render(request, "pages/charter.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, ref: str) -> HttpResponse:
    """Propose an amendment: a point on the agenda of a meeting that is convened."""
    committee, user = visible_committee(request, ref), reader(request)
    if not may_convene(user, committee):
        raise PermissionDenied
    content = charter_of(committee)
    visible = use_cases_visible_to(user).values("pk")
    offered = UseCase.objects.filter(Q(pk__in=visible) | Q(ref__in=content["use_cases"])).order_by("ref")
    meetings = committee.meetings.filter(state="convened", pack=None).order_by("starts_at", "ref")
    form = AmendmentForm(request.POST or None, content=content, meetings=meetings, use_cases=offered)
    made: list[AgendaItem] = []

    def do() -> None:
        given = form.cleaned_data
        made.append(
            propose_amendment(
                actor=user, at=timezone.now(), meeting=given["meeting"], changes=form.changes(), reason=given["reason"]
            )
        )

    status = attempt(request, form, do) if request.method == "POST" else 200
    if made:
        return redirect("meeting-item", made[0].meeting.ref, made[0].number)
    context = {
        "committee": committee,
        "form": form,
        "ready": meetings.exists(),
        "crumbs": crumbs(committee, _("Amendment of the charter")),
    }
    return render(request, "pages/charter_amend.html", context, status=status)


def amendment_table(effect: dict[str, Any]) -> Table:
    """What an amendment changes, term by term."""
    rows = [Row(cells=[Cell(text=text) for text in line]) for line in amended(effect)]
    columns = [Column(label=_("Term")), Column(label=_("Now")), Column(label=_("Proposed"))]
    return Table(id="amendment", caption=_("What would change"), columns=columns, rows=rows, stack=True)


def _versions_table(known: list[Version], page: str) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=_("Version %(n)s") % {"n": each.number}, href=f"{page}?version={each.number}"),
                Cell(text=each.since, kind="time"),
                Cell(text=each.until, kind="time") if each.until else Cell(text=_("in force")),
                Cell(text=each.reason or _("As appointed"), under=each.by),
            ]
        )
        for each in reversed(known)
    ]
    columns = [Column(label=_("Wording")), Column(label=_("From")), Column(label=_("Until")), Column(label=_("Why"))]
    return Table(id="versions", caption=_("Every wording"), columns=columns, rows=rows, stack=True)


def _proposed(committee: Committee) -> list[AgendaItem]:
    """Amendments that wait for their vote."""
    rows = AgendaItem.objects.filter(meeting__committee=committee, kind=AgendaItem.Kind.CHARTER)
    rows = rows.filter(state__in=["open", "voting"], meeting__state__in=["convened", "open"])
    return list(rows.select_related("meeting").order_by("meeting__starts_at", "number"))
