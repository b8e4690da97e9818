"""A meeting's page: the agenda, who is here, the frozen figures, and what the chair does."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from audit.charts import Words
from governance.access import committees_visible_to, may
from governance.committees import convene
from governance.committees.read import MeetingPage, meeting_page
from governance.committees.seats import leads, person_of
from governance.committees.wording import fairness, grounds, in_ranges, interval, value
from governance.models import AgendaItem, Committee, Meeting, Membership, User
from governance.web import meeting_words, words
from governance.web.acts import attempt
from governance.web.meeting_acts import add_action, add_item, on_meeting
from governance.web.meeting_forms import ActionForm, ConveneForm, ItemForm
from governance.web.pages import reader, signed_in
from governance.web.tables import Cell, Column, Row, Table


@signed_in
def new(request: HttpRequest, ref: str) -> HttpResponse:
    """Convene a meeting of the committee ``ref``."""
    user = reader(request)
    committee = committees_visible_to(user).filter(ref=ref).first()
    if committee is None or not may_convene(user, committee):
        raise Http404(_("There is no committee %(ref)s that you can convene.") % {"ref": ref})
    form = ConveneForm(request.POST or None)
    made: list[Meeting] = []

    def do() -> None:
        made.append(convene(actor=user, at=timezone.now(), committee=committee, **form.cleaned_data))

    status = attempt(request, form, do) if request.method == "POST" else 200
    if made:
        return redirect("meeting", made[0].ref)
    crumbs = [(_("Committee"), reverse("committee")), (committee.name, reverse("committee-page", args=[ref]))]
    context = {"form": form, "committee": committee, "crumbs": [*crumbs, (_("New meeting"), "")]}
    return render(request, "pages/meeting_new.html", context, status=status)


@signed_in
def meeting(request: HttpRequest, ref: str) -> HttpResponse:
    """One meeting."""
    return _page(request, ref)


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """Do one thing to a meeting; a refusal shows the page again and says why."""
    page = _found(request, ref)
    user = reader(request)
    made: dict[str, tuple[type[forms.Form], Any]] = {
        "item": (ItemForm, add_item),
        "action": (ActionForm, add_action),
    }
    if act in made:
        form = made[act][0](request.POST, prefix=act)
        status = attempt(request, form, lambda: made[act][1](page.meeting, user, form))
        return _page(request, ref, {act: form}, status) if status else redirect("meeting", ref)
    verb = on_meeting(page.meeting, user, act, request.POST)
    if verb is None:
        raise Http404
    status = attempt(request, None, verb)
    return _page(request, ref, status=status) if status else redirect("meeting", ref)


@signed_in
def pack(request: HttpRequest, ref: str) -> HttpResponse:
    """The frozen figures, byte for byte as they were hashed; group figures only for who may read them."""
    page = _found(request, ref)
    if page.pack is None or not _reads_groups(reader(request)):
        raise Http404
    answer = HttpResponse(bytes(page.pack.data), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="data-pack-{ref}.json"'
    return answer


def may_convene(user: User, committee: Committee) -> bool:
    """Whether ``user`` may call a meeting and fill its agenda."""
    return may(user, "register") or leads(user, committee, timezone.now())


def figures_table(ref: str, shown: dict[str, Any], name: str = "figures") -> Table:
    """The frozen figures of a use case."""
    said = words.chart_words()
    rows = [
        Row(
            cells=[
                Cell(text=_(figure["label"])),
                Cell(text=value(figure, said), kind="number"),
                Cell(text=interval(figure, said), kind="number"),
                Cell(text=said.number(figure["n"]), kind="number"),
            ]
        )
        for figure in shown["figures"]
    ]
    columns = [
        Column(label=_("Figure")),
        Column(label=_("Value"), number=True),
        Column(label=_("95 % interval"), number=True),
        Column(label="n", number=True),
    ]
    caption = _("%(ref)s, %(name)s") % {"ref": ref, "name": shown["name"]}
    return Table(id=f"{name}-{ref.lower()}", caption=caption, columns=columns, rows=rows, fit=True, stack=True)


def _reads_groups(user: User) -> bool:
    return may(user, "vote") or may(user, "register")


def _found(request: HttpRequest, ref: str) -> MeetingPage:
    page = meeting_page(reader(request), ref, at=timezone.now())
    if page is None:
        raise Http404(_("There is no meeting %(ref)s that you can see.") % {"ref": ref})
    return page


def _page(
    request: HttpRequest, ref: str, tried: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    page, user, now = _found(request, ref), reader(request), timezone.now()
    committee, shown = page.meeting.committee, page.meeting
    chair, convenes = leads(user, committee, now), may_convene(user, committee)
    crumbs = [(_("Committee"), reverse("committee")), (committee.name, reverse("committee-page", args=[committee.ref]))]
    editable = convenes and shown.state == "convened" and page.pack is None
    context = {
        "page": page,
        "meeting": shown,
        "state": meeting_words.MEETINGS[shown.state],
        "answer": meeting_words.meeting_answer(page),
        "window": page.content.get("window"),
        "agenda": _agenda(page),
        "seats": _seats(page, user, chair),
        "conflicts": _conflicts(page),
        "chair": chair,
        "convenes": convenes,
        "reads_groups": _reads_groups(user),
        "forms": _forms(tried or {}, item=editable, action=chair and shown.state == "open"),
        "crumbs": [*crumbs, (shown.ref, "")],
    }
    return render(request, "pages/meeting.html", context, status=status)


def _forms(tried: dict[str, forms.Form], **wanted: bool) -> dict[str, dict[str, Any]]:
    kinds = {"item": ItemForm, "action": ActionForm}
    return {
        name: {"form": tried.get(name) or kinds[name](prefix=name), "open": name in tried}
        for name, shown in wanted.items()
        if shown or name in tried
    }


def _agenda(page: MeetingPage) -> list[dict[str, Any]]:
    """The points, each with the figures that matter in one line; several points on a use case share its line."""
    said, kinds = words.chart_words(), dict(AgendaItem.Kind.choices)
    figures = {ref: _in_short(shown, said) for ref, shown in page.content.get("use_cases", {}).items()}
    return [
        {
            "item": item,
            "word": meeting_words.item_word(item),
            "kind": kinds[item.kind],
            "figures": figures.get(item.use_case.ref, "") if item.use_case else "",
            "votes": page.votes.get(item.pk, 0),
        }
        for item in page.items
    ]


def _in_short(shown: dict[str, Any], said: Words) -> str:
    parts = [
        f"{_(figure['label'])}: {value(figure, said)} ({interval(figure, said)}), n {said.number(figure['n'])}"
        for figure in shown["figures"][:2]
        if figure["value"] is not None
    ]
    findings = sum(each["n"] for each in shown["findings"])
    parts.append(_("open findings: %(n)s") % {"n": said.number(findings)})
    parts.append(_("fairness: %(verdict)s") % {"verdict": fairness(shown["fairness"])})
    return " · ".join(parts)


def _conflicts(page: MeetingPage) -> list[dict[str, str]]:
    """Who does not vote on what, in words."""
    return [
        {
            "name": each.person.name,
            "why": grounds(each.grounds),
            "points": ngettext("point %(numbers)s", "points %(numbers)s", len(each.numbers))
            % {"numbers": in_ranges(each.numbers)},
        }
        for each in page.conflicts
    ]


def _seats(page: MeetingPage, user: User, chair: bool) -> list[dict[str, Any]]:
    own = person_of(user)
    keeps = page.meeting.state == "open" and page.meeting.form == "session"

    def notes(seat: Membership) -> bool:
        mine = own is not None and own.pk in {seat.person_id, seat.deputy_id}
        return keeps and (chair or mine)

    return [
        {
            "seat": seat,
            "stay": page.here.get(seat.pk),
            "past": [stay for stay in page.past if stay.membership_id == seat.pk],
            "notes": notes(seat),
            "deputy": seat.deputy,
        }
        for seat in page.seats
    ]
