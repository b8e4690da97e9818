"""One point of an agenda: what is decided, what it rests on, the vote, and what came of it."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from governance import committees
from governance.committees.pack import read_pack
from governance.committees.read import meetings_visible_to
from governance.committees.seats import leads, person_of
from governance.committees.voting import Standing, standing
from governance.committees.wording import case_facts, ground, grounds, resolved, tally, voter
from governance.models import AgendaItem, ItemVote, Person, User
from governance.web import meeting_words
from governance.web.acts import attempt
from governance.web.charter import amendment_table
from governance.web.meeting_acts import vote
from governance.web.meeting_edit_form import EditItemForm
from governance.web.meeting_forms import CloseVoteForm, NoteForm, OpenVoteForm, ReasonForm, VoteForm
from governance.web.meetings import figures_table
from governance.web.pages import reader, signed_in
from governance.web.vote_table import votes_table


@signed_in
def item(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """One point."""
    return _page(request, _found(request, ref, number))


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, number: int, act: str) -> HttpResponse:
    """Vote, or what the chair does about a point; a refusal shows the page again and says why."""
    found, user = _found(request, ref, number), reader(request)
    form: Any = _form(act, found, request.POST, user)
    if form is None:
        raise Http404
    common: dict[str, Any] = {"actor": user, "at": timezone.now(), "item": found}

    def do() -> Any:
        given = form.cleaned_data
        if act == "open-vote":
            return committees.open_vote(**common, motion=given["motion"], option=given.get("option", ""))
        if act == "close-vote":
            return committees.close_vote(**common, text=given["text"])
        if act == "edit":
            return committees.edit_item(**common, reason=given["reason"], **form.changed())
        if act == "discuss":
            return committees.discuss(**common, note=given["note"])
        if act == "defer":
            return committees.defer(**common, reason=given["reason"])
        return vote(found, user, form)

    open_before = found.votes.filter(voided_at=None).count() if act == "edit" else 0
    status = attempt(request, form, do, _edited(open_before) if act == "edit" else "")
    if status:
        return _page(request, _found(request, ref, number), {act: form}, status)
    return redirect("meeting-item", ref, number)


def _edited(votes: int) -> str:
    if not votes:
        return _("The point is changed.")
    text = ngettext(
        "The point is changed; %(n)s vote on the old text is void. Put it to the vote again.",
        "The point is changed; %(n)s votes on the old text are void. Put it to the vote again.",
        votes,
    )
    return text % {"n": votes}


def _form(act: str, found: AgendaItem, post: Any, user: User) -> forms.Form | None:
    if act == "open-vote":
        return OpenVoteForm(post, item=found, prefix=act)
    if act == "edit":
        return EditItemForm(post, item=found, prefix=act)
    if act == "vote":
        return VoteForm(post, prompts=found.prompts, prefix=act)
    if act == "note-vote":
        seats = [seat for seat, _person in standing(found, at=timezone.now()).filled]
        return VoteForm(post, prompts=found.prompts, seats=seats, prefix=act)
    kinds: dict[str, type[forms.Form]] = {"close-vote": CloseVoteForm, "discuss": NoteForm, "defer": ReasonForm}
    return kinds[act](post, prefix=act) if act in kinds else None


def _found(request: HttpRequest, ref: str, number: int) -> AgendaItem:
    rows = AgendaItem.objects.filter(meeting__in=meetings_visible_to(reader(request)))
    named = ("meeting__committee", "meeting__pack", "use_case", "policy", "resolution__sign_off")
    found = rows.select_related(*named).filter(meeting__ref=ref, number=number).first()
    if found is None:
        raise Http404(_("There is no such point on an agenda that you can see."))
    return found


def _page(
    request: HttpRequest, found: AgendaItem, tried: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    user, now = reader(request), timezone.now()
    meeting = found.meeting
    every = list(found.votes.select_related("person", "membership__person").order_by("cast_at"))
    votes = [vote for vote in every if vote.voided_at is None]
    now_standing, own = standing(found, at=now), person_of(user)
    pack = _pack_of(found)
    ballot = _ballot(found, now_standing, votes, own, tried or {})
    chair = _chair(found, user, now_standing, votes, tried or {})
    shown = {*({"vote"} if ballot else ()), *(each["act"] for each in chair)}
    context: dict[str, Any] = {
        "refused": [str(text) for name, form in (tried or {}).items() if name not in shown for text in _said(form)],
        "item": found,
        "meeting": meeting,
        "word": meeting_words.item_word(found),
        "kind": found.get_kind_display(),
        "options": _options(found),
        "excluded": _excluded(found, now_standing),
        "facts": case_facts(pack) if pack else [],
        "figures": figures_table(found.use_case.ref, pack, "item") if pack and found.use_case else None,
        "voted": [vote.person.name for vote in votes],
        "voided": sorted({vote.person.name for vote in every if vote.voided_at is not None}),
        "amendment": amendment_table(found.effect) if found.kind == AgendaItem.Kind.CHARTER else None,
        "votes": votes_table(votes, id="votes", who=voter) if found.state != "voting" and votes else None,
        "resolution": _resolution(found, votes),
        "mine": next((vote for vote in votes if own is not None and vote.person_id == own.pk), None),
        "ballot": ballot,
        "conflict": grounds(now_standing.excluded.get(str(own.pk), [])) if own is not None else "",
        "able": len(now_standing.able),
        "chair": chair,
        "crumbs": [
            (_("Committee"), reverse("committee")),
            (meeting.committee.name, reverse("committee-page", args=[meeting.committee.ref])),
            (meeting.ref, reverse("meeting", args=[meeting.ref])),
            (str(found.number), ""),
        ],
    }
    return render(request, "pages/meeting_item.html", context, status=status)


def _excluded(found: AgendaItem, now_standing: Standing) -> list[dict[str, str]]:
    """Who does not vote and why: as recorded when the vote was opened, before that as it stands now."""
    if found.state != AgendaItem.State.OPEN:
        return [{"name": each["name"], "why": grounds(each["grounds"])} for each in found.excluded]
    seats = [(str(person.pk), person.name) for _seat, person in now_standing.filled]
    known = now_standing.excluded
    return [{"name": name, "why": grounds(known[key])} for key, name in seats if key in known]


def _said(form: forms.Form) -> list[str]:
    """Why a form was refused that the page no longer shows: somebody else was faster, or the moment passed."""
    return [str(text) for errors in form.errors.values() for text in errors]


def _pack_of(found: AgendaItem) -> dict[str, Any] | None:
    """The frozen figures of the point's use case, None where nothing is frozen yet."""
    if not hasattr(found.meeting, "pack") or found.use_case is None:
        return None
    shown: dict[str, Any] | None = read_pack(found.meeting.pack)["use_cases"].get(found.use_case.ref)
    return shown


def _options(found: AgendaItem) -> list[dict[str, Any]]:
    return [{**each, "chosen": each["key"] == found.option} for each in found.options]


def _ballot(
    found: AgendaItem, standing_now: Standing, votes: list[ItemVote], own: Person | None, tried: dict[str, forms.Form]
) -> forms.Form | None:
    """The reader's own ballot, where they have one to cast."""
    if found.state != "voting" or own is None:
        return None
    mine = any(person.pk == own.pk for _seat, person in standing_now.filled)
    if not mine or any(vote.person_id == own.pk for vote in votes):
        return None
    return tried.get("vote") or VoteForm(prompts=found.prompts, prefix="vote", initial={"digest": found.digest})


def _chair(
    found: AgendaItem, user: User, standing_now: Standing, votes: list[ItemVote], tried: dict[str, forms.Form]
) -> list[dict[str, Any]]:
    """What the chair can do now: name, words, form."""
    meeting = found.meeting
    if meeting.state not in {"convened", "open"} or not leads(user, meeting.committee, timezone.now()):
        return []
    wanted: list[tuple[str, str, str]] = []
    if found.state == "open" and meeting.state == "open":
        if found.kind != "discuss":
            wanted.append(("open-vote", _("Put it to the vote"), _("Open the vote")))
        wanted.append(("discuss", _("Note what was said"), _("Keep the note")))
        if not found.mandatory:
            wanted.append(("defer", _("Leave it for another day"), _("Leave it")))
    if found.state == "voting":
        done = {vote.membership_id for vote in votes}
        waiting = [seat for seat, _person in standing_now.filled if seat.pk not in done]
        if waiting and meeting.form == "session":
            wanted.append(("note-vote", _("Note a member's vote"), _("Note the vote")))
        wanted.append(("close-vote", _("Close the vote"), _("Count and close")))
    if found.state in {"open", "voting"}:
        wanted.append(("edit", _("Change this point"), _("Change it")))
    return [
        {
            "act": act,
            "label": label,
            "button": button,
            "form": tried.get(act) or _blank(act, found, standing_now, votes),
            "open": act in tried,
            "note": _voids(found, votes) if act == "edit" else "",
        }
        for act, label, button in wanted
    ]


def _voids(found: AgendaItem, votes: list[ItemVote]) -> str:
    """What changing a point does to the votes on it."""
    if found.state != "voting":
        return ""
    if not votes:
        return _("The vote is open. It binds to the text as it stands: change it, and the vote has to be opened again.")
    text = ngettext(
        "The vote is open. It binds to the text as it stands: change it, and %(n)s vote is void.",
        "The vote is open. It binds to the text as it stands: change it, and %(n)s votes are void.",
        len(votes),
    )
    return text % {"n": len(votes)}


def _blank(act: str, found: AgendaItem, standing_now: Standing, votes: list[ItemVote]) -> forms.Form:
    if act == "edit":
        return EditItemForm(item=found, prefix=act)
    if act == "open-vote":
        return OpenVoteForm(item=found, prefix=act)
    if act == "note-vote":
        done = {vote.membership_id for vote in votes}
        seats = [seat for seat, _person in standing_now.filled if seat.pk not in done]
        return VoteForm(prompts=found.prompts, seats=seats, prefix=act, initial={"digest": found.digest})
    kinds: dict[str, type[forms.Form]] = {"close-vote": CloseVoteForm, "discuss": NoteForm, "defer": ReasonForm}
    return kinds[act](prefix=act)


def _resolution(found: AgendaItem, votes: list[ItemVote]) -> dict[str, Any] | None:
    row = getattr(found, "resolution", None)
    if row is None:
        return None
    dissent = [vote for vote in votes if vote.choice == "no"] if row.outcome != "rejected" else []
    return {
        "row": row,
        "sentence": resolved(row),
        "tally": tally(row.tally),
        "ground": ground(row.ground),
        "dissent": dissent,
        "actions": list(row.actions.select_related("owner").order_by("ref")),
    }
