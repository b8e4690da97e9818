"""Doors for people without an account: propose a use of AI, ask about a decision, read the answer with a code."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from governance.access import DomainError
from governance.models import Appeal, Proposal
from governance.register import answer_question, proposal_of, propose, talk_of
from governance.rights import appeal_of, receive_appeal

# One limit for the whole installation, counted in the database: every worker sees the same number.
WINDOW, MOST = timedelta(minutes=10), 30
TRIES = 40  # codes looked up in a session


class Trap(forms.Form):
    """A field people do not see; what fills it in is not a person."""

    website = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_website(self) -> str:
        """Refuse a form that filled the hidden field."""
        if self.cleaned_data.get("website"):
            raise forms.ValidationError(_("Leave this field empty."))
        return ""


class ProposalForm(Trap):
    """What anybody may propose."""

    name = forms.CharField(
        label=gettext_lazy("What is it called?"),
        max_length=200,
        help_text=gettext_lazy("For example “Ranking of job applications”."),
        error_messages={
            "required": gettext_lazy("Give the use of AI a name, for example “Ranking of job applications”.")
        },
    )
    purpose = forms.CharField(
        label=gettext_lazy("What is it meant to do, for whom, with what effect?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        error_messages={"required": gettext_lazy("Say what it is meant to do, for whom and with what effect.")},
    )
    system = forms.CharField(label=gettext_lazy("Which system or model?"), max_length=200, required=False)
    supplier = forms.CharField(label=gettext_lazy("Who supplies it?"), max_length=200, required=False)
    affected_people = forms.CharField(label=gettext_lazy("Who is affected?"), max_length=300, required=False)
    unit = forms.CharField(label=gettext_lazy("Which unit would use it?"), max_length=200, required=False)
    sender = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say who you are, so that somebody can ask.")},
    )
    contact = forms.CharField(label=gettext_lazy("How to reach you"), max_length=200, required=False)


class AppealForm(Trap):
    """What a person asks about a decision."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What do you ask for?"),
        choices=Appeal.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you ask for.")},
    )
    about = forms.CharField(
        label=gettext_lazy("Which service or decision is it about?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("As your letter or the notice names it."),
    )
    decision_id = forms.CharField(
        label=gettext_lazy("The number of the decision, if you have one"), max_length=200, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("In your own words"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=8000,
        help_text=gettext_lazy("What was decided, and what you want to know or to have looked at again."),
        error_messages={"required": gettext_lazy("Say in your own words what this is about.")},
    )
    sender = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("You may leave it empty. A decision about you can only be found with a number then."),
    )
    contact = forms.CharField(label=gettext_lazy("How to reach you"), max_length=200, required=False)


class CodeForm(forms.Form):
    """The code somebody holds."""

    code = forms.CharField(
        label=gettext_lazy("Your code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Sixteen letters and digits in four groups, as the page showed it when you sent it."),
        error_messages={"required": gettext_lazy("Write the code you got when you sent it.")},
    )


class ReplyForm(forms.Form):
    """What a sender answers to the question of a registrar."""

    code = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reply = forms.CharField(
        label=gettext_lazy("Your answer"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        error_messages={"required": gettext_lazy("Write your answer.")},
    )


@never_cache
@require_http_methods(["GET", "POST"])
def propose_page(request: HttpRequest) -> HttpResponse:
    """Propose a use of AI; a registrar looks at it."""
    form = ProposalForm(request.POST or None)
    if request.method == "POST":
        if _busy(Proposal):
            return _too_many(request)
        if form.is_valid():
            given = {name: value for name, value in form.cleaned_data.items() if name != "website"}
            try:
                proposal, code = propose(at=timezone.now(), **given)
                return _received(request, proposal.ref, code)
            except DomainError as error:
                form.add_error(str(error.data.get("field", "name")), error.message)
    context = {
        "heading": _("Propose a use of AI"),
        "answer": _("Somebody looks at it before anything is used. You get a code to read the answer."),
        "form": form,
        "button": _("Send it"),
        "mark_optional": True,
        "elsewhere": (reverse("answer"), _("Read an answer with your code")),
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def ask_page(request: HttpRequest) -> HttpResponse:
    """Appeal, ask for an explanation, or raise a concern."""
    form = AppealForm(request.POST or None, initial={"about": request.GET.get("about", "")[:200]})
    if request.method == "POST":
        if _busy(Appeal):
            return _too_many(request)
        if form.is_valid():
            given = {name: value for name, value in form.cleaned_data.items() if name != "website"}
            try:
                appeal, code = receive_appeal(at=timezone.now(), language=(get_language() or "en")[:2], **given)
                return _received(request, appeal.ref, code, due=appeal.due_at)
            except DomainError as error:
                form.add_error(str(error.data.get("field", "text")), error.message)
    context = {
        "heading": _("Ask about a decision"),
        "answer": _(
            "A person who had no part in the decision looks at it and answers. You need no account; you get a code."
        ),
        "form": form,
        "button": _("Send it"),
        "below": _("Only those who handle your request read what you write. It costs nothing."),
        "mark_optional": True,
        "elsewhere": (reverse("answer"), _("Read an answer with your code")),
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def answer_page(request: HttpRequest) -> HttpResponse:
    """Read where something stands with the code one holds; a wrong code and no code look the same."""
    form = CodeForm(request.POST or None)
    found: Appeal | Proposal | None = None
    reply: ReplyForm | None = None
    if request.method == "POST" and form.is_valid():
        tried = int(request.session.get("codes_tried", 0))
        if tried >= TRIES:
            return _too_many(request)
        request.session["codes_tried"] = tried + 1
        code = form.cleaned_data["code"]
        found = appeal_of(code) or proposal_of(code)
        if found is None:
            form.add_error("code", _("Nothing was found for this code. Check it sign by sign."))
        elif isinstance(found, Proposal):
            found, reply = _asked(request, found, code)
    context: dict[str, Any] = {
        "form": form,
        "appeal": found if isinstance(found, Appeal) else None,
        "late": isinstance(found, Appeal) and found.state != Appeal.State.ANSWERED and found.due_at < timezone.now(),
        "proposal": found if isinstance(found, Proposal) else None,
        "reply": reply,
        "talk": talk_of(found) if isinstance(found, Proposal) else [],
    }
    wrong = form.errors or (reply is not None and reply.errors)
    return render(request, "pages/answer.html", context, status=422 if wrong else 200)


def _asked(request: HttpRequest, found: Proposal, code: str) -> tuple[Proposal, ReplyForm | None]:
    """The proposal after what was sent, and the form for an answer while a question is open."""
    if found.state != Proposal.State.NEW or not found.reason:
        return found, None
    if "reply" not in request.POST:
        return found, ReplyForm(initial={"code": code})
    form = ReplyForm(request.POST)
    if form.is_valid():
        try:
            return answer_question(at=timezone.now(), proposal=found, text=form.cleaned_data["reply"]), None
        except DomainError as error:
            form.add_error("reply", error.message)
    return found, form


def _received(request: HttpRequest, ref: str, code: str, *, due: Any = None) -> HttpResponse:
    address = request.build_absolute_uri(reverse("answer"))
    return render(request, "pages/received.html", {"ref": ref, "code": code, "due": due, "address": address})


def _busy(model: type[Appeal] | type[Proposal]) -> bool:
    return model.objects.filter(received_at__gt=timezone.now() - WINDOW).count() >= MOST


def _too_many(request: HttpRequest) -> HttpResponse:
    answer = render(request, "pages/too_many.html", status=429)
    answer["Retry-After"] = str(int(WINDOW.total_seconds()))
    return answer
