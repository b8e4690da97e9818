"""Committees: who sits, what they decided, and how each voted."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.access import committees_visible_to, use_cases_visible_to
from governance.committees.wording import EVIDENCE, ground, quorum
from governance.models import AgendaItem, Committee, Membership, SignOff, Vote
from governance.web import meeting_words
from governance.web.meetings import may_convene
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.vote_table import votes_table


@signed_in
def committees(request: HttpRequest) -> HttpResponse:
    """The committees one may see; with one only, its page at once."""
    found = list(committees_visible_to(reader(request)).order_by("ref"))
    if len(found) == 1:
        return redirect("committee-page", found[0].ref)
    return render(request, "pages/committees.html", {"committees": found})


@signed_in
def committee(request: HttpRequest, ref: str) -> HttpResponse:
    """One committee: members and sign-offs."""
    found = committees_visible_to(reader(request)).filter(ref=ref).first()
    if found is None:
        raise Http404(_("There is no committee %(ref)s that you can see.") % {"ref": ref})
    user, now = reader(request), timezone.now()
    seats = list(found.memberships.select_related("person__unit", "deputy").order_by("-chair", "term_from", "pk"))
    votes = Vote.objects.select_related("membership__person").order_by("membership__term_from", "pk")
    sign_offs = (
        found.sign_offs.filter(use_case__in=use_cases_visible_to(reader(request)))
        .select_related("use_case", "policy")
        .prefetch_related(Prefetch("votes", queryset=votes))
        .order_by("-signed_at", "-ref")
    )
    page = paged(sign_offs, request, per_page=10)
    context = {
        "committee": found,
        "terms": _terms(found),
        "members": _members_table(seats),
        "meetings": _meetings_table(found),
        "convenes": may_convene(user, found),
        "page": page,
        "sign_offs": [_shown(sign_off) for sign_off in page.object_list],
        "query": "",
        "answer": _answer(found, seats, page.paginator.count, now),
        "crumbs": [(_("Committee"), reverse("committee")), (found.ref, "")],
    }
    return render(request, "pages/committee.html", context)


def _answer(committee: Committee, seats: list[Membership], signed: int, now: datetime) -> str:
    serving = sum(seat.term_until is None or seat.term_until > now for seat in seats)
    first = ngettext("%(n)s member sits", "%(n)s members sit", serving) % {"n": serving}
    second = _("needed for a vote: %(quorum)s") % {"quorum": quorum(committee)}
    third = ngettext("%(n)s sign-off is on record", "%(n)s sign-offs are on record", signed) % {"n": signed}
    return f"{first}; {second}; {third}."


def _members_table(seats: list[Membership]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=seat.person.name, under=seat.person.function),
                Cell(text=_("chair, %(function)s") % {"function": seat.function} if seat.chair else seat.function),
                Cell(text=seat.deputy.name if seat.deputy else "–"),
                Cell(text=seat.term_from, kind="day"),
                Cell(text=seat.term_until, kind="day") if seat.term_until else Cell(text=_("open")),
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


def _terms(committee: Committee) -> list[tuple[str, str]]:
    """What the charter asks for, in words."""
    rules = [
        _("%(kind)s: %(rule)s")
        % {"kind": _kind(kind), "rule": ground(str(wanted.get("rule", "majority"))) + _veto(wanted)}
        for kind, wanted in committee.rules.items()
    ]
    scope = [*committee.units.values_list("name", flat=True), *committee.use_cases.values_list("ref", flat=True)]
    terms = [
        (_("Quorum"), quorum(committee)),
        (_("Decides on"), ", ".join([*scope, *committee.tiers]) or _("every use case")),
        (_("Rules"), "; ".join(rules) or ground("majority")),
        (_("Discussed in every meeting"), "; ".join(str(each["text"]) for each in committee.checkpoints)),
        (_("Asked before each vote"), "; ".join(committee.prompts)),
        (_("Evidence before an approval"), "; ".join(_evidence(each) for each in committee.evidence)),
        (_("Approvals end after"), _("%(n)s days") % {"n": committee.approval_days} if committee.approval_days else ""),
    ]
    return [(label, text) for label, text in terms if text]


def _kind(kind: str) -> str:
    return _("otherwise") if kind == "default" else str(AgendaItem.Kind(kind).label)


def _veto(wanted: dict[str, Any]) -> str:
    return _(", veto of %(functions)s") % {"functions": ", ".join(wanted["veto"])} if wanted.get("veto") else ""


def _evidence(wanted: dict[str, Any]) -> str:
    kind = str(EVIDENCE.get(wanted["kind"], wanted["kind"]))
    if not wanted.get("max_age_days"):
        return kind
    return _("%(kind)s, at most %(n)s days old") % {"kind": kind, "n": wanted["max_age_days"]}


def _meetings_table(committee: Committee) -> Table:
    """The coming meetings and the last twenty."""
    rows = committee.meetings.annotate(points=Count("items")).order_by("-starts_at", "-ref")[:20]
    columns = [
        Column(label=_("Meeting")),
        Column(label=_("State")),
        Column(label=_("When")),
        Column(label=_("Points"), number=True),
    ]
    shown = [
        Row(
            cells=[
                Cell(text=row.title, href=reverse("meeting", args=[row.ref]), under=row.ref, simulated=row.simulated),
                Cell(word=meeting_words.MEETINGS[row.state]),
                Cell(text=row.starts_at, kind="time"),
                Cell(text=row.points, kind="number"),
            ]
        )
        for row in rows
    ]
    return Table(id="meetings", caption=_("Coming and past"), columns=columns, rows=shown, stack=True)


def _shown(sign_off: SignOff) -> dict[str, Any]:
    votes = list(sign_off.votes.all())
    counted = {choice: sum(vote.choice == choice for vote in votes) for choice in ("yes", "no", "abstain", "recuse")}
    tally = _("%(yes)s yes, %(no)s no, %(abstain)s abstained, %(recuse)s recused") % counted
    table = votes_table(votes, id=f"votes-{sign_off.ref}", who=lambda vote: vote.membership.person.name, count=tally)
    return {"row": sign_off, "votes": table, "tally": tally}
