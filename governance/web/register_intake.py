"""What comes into the register: proposals to sort and requests for changes; and the views one keeps."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from governance.access import DomainError, may, may_on
from governance.models import ChangeRequest, Proposal, SavedView, User
from governance.register import (
    accept_proposal,
    ask_sender,
    decide_change,
    decline_proposal,
    finish_change,
    request_change,
    talk_of,
)
from governance.register.law_words import in_words
from governance.register.requests import needs_classification
from governance.register.submit import ROLES_UNDER_THE_ACT
from governance.web.pages import paged, reader, require, signed_in, visible_use_case
from governance.web.register_edit import crumbs
from governance.web.register_forms import PersonField, UnitField
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import Word
from policies import eu_ai_act

STATES = {
    "new": Word(gettext_lazy("new"), "open", "due"),
    "asked": Word(gettext_lazy("asked back"), "due", "due"),
    "accepted": Word(gettext_lazy("taken in"), "closed", "done"),
    "declined": Word(gettext_lazy("declined"), "cross", "closed"),
    "open": Word(gettext_lazy("open"), "open", "due"),
    "approved": Word(gettext_lazy("approved"), "closed", "done"),
    "done": Word(gettext_lazy("done"), "closed", "done"),
}
MOST_VIEWS = 30


class AcceptForm(forms.Form):
    """What a registrar adds to take a proposal in."""

    owner = PersonField(label=gettext_lazy("Owner"))
    unit = UnitField(label=gettext_lazy("Unit"))
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Our roles under the AI Act"), widget=forms.CheckboxSelectMultiple, initial=["deployer"]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [
            (role.id, in_words(role.title)) for role in eu_ai_act.CURRENT_LAW.roles if role.id in ROLES_UNDER_THE_ACT
        ]
        self.fields["roles"].choices = roles  # type: ignore[attr-defined]


class QuestionForm(forms.Form):
    """What the sender is asked."""

    question = forms.CharField(
        label=gettext_lazy("What you want to know"), widget=forms.Textarea(attrs={"rows": 2}), max_length=4000
    )


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=4000)


ANSWERS = {"yes": gettext_lazy("Yes"), "no": gettext_lazy("No"), "unsure": gettext_lazy("Not sure")}


class ChangeForm(forms.Form):
    """A request for a change with the three questions of Art 25(1)."""

    kind = forms.ChoiceField(label=gettext_lazy("What changes"), choices=ChangeRequest.Kind.choices)
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say what is to change, and why.")},
    )
    text = forms.CharField(
        label=gettext_lazy("What and why"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=8000,
        error_messages={"required": gettext_lazy("Say what is to change, and why.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in eu_ai_act.flip_questions():
            self.fields[question.id] = forms.ChoiceField(
                label=in_words(question.text),
                help_text=f"{question.article}. {in_words(question.help)}",
                choices=list(ANSWERS.items()),
                widget=forms.RadioSelect,
                error_messages={"required": _("Answer with yes, no or not sure; it decides our role.")},
            )


@signed_in
def proposals(request: HttpRequest) -> HttpResponse:
    """Proposals that wait, and those decided."""
    require(request, "register")
    page = paged(Proposal.objects.select_related("use_case").order_by("-state", "-received_at"), request)
    rows = [
        Row(
            cells=[
                Cell(text=row.name, href=reverse("proposal", args=[row.ref]), under=row.ref),
                Cell(text=row.sender),
                Cell(text=row.received_at, kind="day"),
                Cell(word=_standing(row)),
            ]
        )
        for row in page.object_list
    ]
    columns = [Column(label=label) for label in (_("Proposal"), _("Sender"), _("Arrived"), _("State"))]
    n = page.paginator.count
    count = ngettext("%(n)s proposal", "%(n)s proposals", n) % {"n": n}
    context = {
        "table": Table(id="proposals", caption=_("Proposals"), columns=columns, rows=rows, stack=True, count=count),
        "page": page,
        "query": "",
        "address": request.build_absolute_uri(reverse("propose")),
        "crumbs": [(_("Register"), reverse("register")), (_("Proposals"), "")],
    }
    return render(request, "pages/proposals.html", context)


def _standing(row: Proposal) -> Word:
    return STATES["asked" if row.state == Proposal.State.NEW and row.reason else row.state]


@signed_in
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, ref: str) -> HttpResponse:
    """One proposal: take it in with an owner, ask its sender, or decline it with a reason the sender reads."""
    user = require(request, "register")
    found = Proposal.objects.select_related("use_case", "decided_by").filter(ref=ref).first()
    if found is None:
        raise Http404
    what = request.POST.get("act", "accept") if request.method == "POST" else ""
    made: dict[str, type[forms.Form]] = {"accept": AcceptForm, "ask": QuestionForm, "decline": ReasonForm}
    shown = {name: kind(request.POST if name == what else None) for name, kind in made.items()}
    form = shown.get(what)
    if form is not None and form.is_valid():
        try:
            return _sort(user, found, what, form.cleaned_data)
        except DomainError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
    context = {
        "row": found,
        "word": _standing(found),
        "talk": talk_of(found),
        **shown,
        "crumbs": [
            (_("Register"), reverse("register")), (_("Proposals"), reverse("proposals")), (found.ref, ""),
        ],
    }  # fmt: skip
    return render(request, "pages/proposal.html", context, status=422 if form is not None and form.errors else 200)


def _sort(user: User, found: Proposal, what: str, given: dict[str, Any]) -> HttpResponse:
    at = timezone.now()
    if what == "accept":
        return redirect("classify", ref=accept_proposal(actor=user, at=at, proposal=found, **given).ref)
    if what == "ask":
        ask_sender(actor=user, at=at, proposal=found, **given)
        return redirect("proposal", ref=found.ref)
    decline_proposal(actor=user, at=at, proposal=found, **given)
    return redirect("proposals")


@signed_in
@require_http_methods(["GET", "POST"])
def changes(request: HttpRequest, ref: str) -> HttpResponse:
    """Requests to change a use case; whoever sees it may ask."""
    case = visible_use_case(request, ref)
    form = ChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        flips = {question.id: given.pop(question.id) for question in eu_ai_act.flip_questions()}
        try:
            request_change(actor=reader(request), at=timezone.now(), use_case=case, flips=flips, **given)
            return redirect("use-case-changes", ref=case.ref)
        except DomainError as error:
            form.add_error(str(error.data.get("field", "title")), error.message)
    rows = list(case.change_requests.select_related("asked_by", "decided_by", "use_case").order_by("-asked_at", "-ref"))
    decides = may_on(reader(request), "register", case) or may(reader(request), "vote")
    questions = eu_ai_act.flip_questions()
    context = {
        "case": case,
        "form": form,
        "rows": [
            {
                "row": row,
                "flips": [
                    (in_words(asked.text), ANSWERS[row.flips[asked.id]]) for asked in questions if asked.id in row.flips
                ],
                "word": STATES[row.state],
                "decides": decides and row.state == "open" and row.asked_by_id != reader(request).pk,
                "finishes": decides and row.state == "approved",
                "classify": row.state in {"open", "approved"} and needs_classification(row),
            }
            for row in rows
        ],
        "crumbs": crumbs(case, _("Changes asked for")),
    }
    return render(request, "pages/changes.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def decide(request: HttpRequest, ref: str, change: str, what: str) -> HttpResponse:
    """Approve, decline, or note that it is made."""
    case = visible_use_case(request, ref)
    user = reader(request)
    if not (may_on(user, "register", case) or may(user, "vote")):
        raise PermissionDenied
    row = case.change_requests.select_related("use_case").filter(ref=change).first()
    if row is None or what not in {"approve", "decline", "finish"}:
        raise Http404
    try:
        if what == "finish":
            finish_change(actor=user, at=timezone.now(), request=row)
        else:
            reason = request.POST.get("reason", "")
            decide_change(actor=user, at=timezone.now(), request=row, approve=what == "approve", reason=reason)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("use-case-changes", ref=case.ref)


@signed_in
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is filtered now under a name; the same name replaces."""
    user = reader(request)
    name = " ".join(request.POST.get("name", "").split())[:80]
    query = _own_query(request.POST.get("query", ""))
    if not name:
        messages.error(request, _("Give the view a name."))
    elif SavedView.objects.filter(user=user).exclude(name=name).count() >= MOST_VIEWS:
        messages.error(request, _("You keep %(n)s views; drop one first.") % {"n": MOST_VIEWS})
    else:
        SavedView.objects.update_or_create(user=user, place="register", name=name, defaults={"query": query})
    return redirect(reverse("register") + (f"?{query}" if query else ""))


@signed_in
@require_POST
def drop_view(request: HttpRequest, view: UUID) -> HttpResponse:
    """Drop a view of one's own."""
    SavedView.objects.filter(pk=view, user=reader(request)).delete()
    return redirect("register")


def _own_query(text: str) -> str:
    """Only the parameters the list knows, so that a saved view leads nowhere else."""

    given = QueryDict(text[:500])
    names = ("q", "tier", "mode", "lifecycle", "unit", "sort")
    return urlencode({name: given[name] for name in names if given.get(name)})[:500]
