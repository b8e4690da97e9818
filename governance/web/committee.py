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

from governance.access import committees_visible_to, may, reads_all, use_cases_visible_to
from governance.committees.appoint import charter_of
from governance.committees.terms import terms
from governance.committees.wording import quorum
from governance.models import Committee, Membership, SignOff, Vote
from governance.web import meeting_words
from governance.web.meetings import may_convene
from governance.web.members import members_table
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.vote_table import votes_table


@signed_in
def committees(request: HttpRequest) -> HttpResponse:
    """The committees one may see; with one only, its page at once."""
    found = list(committees_visible_to(reader(request)).order_by("ref"))
    if len(found) == 1:
        return redirect("committee-page", found[0].ref)
    return render(request, "pages/committees.html", {"committees": found, "appoints": may(reader(request), "register")})


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
        "terms": terms(charter_of(found)),
        "members": members_table([seat for seat in seats if seat.term_until is None or seat.term_until > now], now),
        "meetings": _meetings_table(found),
        "convenes": may_convene(user, found),
        "appoints": may(user, "register"),
        "reads_all": reads_all(user),
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
