"""Appeals and notices from inside: who answers what until when, and what people are told."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from governance.access import DomainError, may, may_on, use_cases_visible_to
from governance.models import Appeal, Change, UseCase, User
from governance.rights import answer_appeal, assign_reviewer, place_appeal
from governance.rights.read import appeals_visible_to
from governance.web.pages import paged, reader, signed_in
from governance.web.register_forms import PersonField
from governance.web.tables import Cell, Column, Row, Table, query_without
from governance.web.words import Word

STATES = {
    "received": Word(gettext_lazy("received"), "open", "due"),
    "assigned": Word(gettext_lazy("with a reviewer"), "due", "due"),
    "answered": Word(gettext_lazy("answered"), "closed", "done"),
    "late": Word(gettext_lazy("past its day"), "breach", "breach"),
}


class PlaceForm(forms.Form):
    """Which use case and decision an appeal is about."""

    use_case = forms.ModelChoiceField(
        label=gettext_lazy("Use case"),
        queryset=UseCase.objects.none(),
        to_field_name="ref",
        empty_label=gettext_lazy("choose one"),
    )
    decision_id = forms.CharField(label=gettext_lazy("Decision"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cases: Any = self.fields["use_case"]
        cases.queryset = use_cases_visible_to(user).order_by("ref")
        cases.label_from_instance = lambda case: f"{case.ref} {case.name}"


class ReviewerForm(forms.Form):
    """Who answers; somebody who had no part in the decision."""

    reviewer = PersonField(
        label=gettext_lazy("Reviewer"),
        help_text=gettext_lazy("Neither the owner nor anybody who took part in the decision."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["reviewer"]
        people.queryset = people.queryset.filter(user__is_active=True)


class AnswerForm(forms.Form):
    """The answer, in words the person understands."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), choices=Appeal.Outcome.choices)
    explanation = forms.CharField(
        label=gettext_lazy("The role of the system and the main elements of the decision"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=8000,
        help_text=gettext_lazy("Plain words (Art 86). The person reads this."),
    )
    correction = forms.CharField(
        label=gettext_lazy("What was corrected"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )


@signed_in
def appeals(request: HttpRequest) -> HttpResponse:
    """Appeals one may see, the most urgent first."""
    rows = appeals_visible_to(reader(request)).order_by("-state", "due_at", "ref")
    state = request.GET.get("state", "")
    if state == "open":
        rows = rows.exclude(state="answered")
    elif state in Appeal.State.values:
        rows = rows.filter(state=state)
    if request.GET.get("use_case"):
        rows = rows.filter(use_case__ref=request.GET["use_case"])
    page = paged(rows, request)
    now = timezone.now()
    lines = [
        Row(
            cells=[
                Cell(text=row.ref, href=reverse("appeal", args=[row.ref]), under=row.get_kind_display()),
                Cell(text=row.use_case.name if row.use_case else _("not placed yet")),
                Cell(word=STATES["late" if row.state != "answered" and row.due_at < now else row.state]),
                Cell(text=row.due_at, kind="day"),
                Cell(text=row.reviewer.name if row.reviewer else _("nobody yet")),
            ]
        )
        for row in page.object_list
    ]
    labels = (_("Request"), _("Use case"), _("State"), _("Answer by"), _("Reviewer"))
    columns = [Column(label=label) for label in labels]
    n = page.paginator.count
    count = ngettext("%(n)s request", "%(n)s requests", n) % {"n": n}
    table = Table(id="appeals", caption=_("Requests"), columns=columns, rows=lines, stack=True, count=count)
    context = {"table": table, "page": page, "state": state, "query": query_without(request, "page"), "crumbs": []}
    return render(request, "pages/appeals.html", context)


@signed_in
def appeal(request: HttpRequest, ref: str) -> HttpResponse:
    """One request with what may be done now."""
    return _page(request, _found(request, ref))


def _found(request: HttpRequest, ref: str) -> Appeal:
    found = appeals_visible_to(reader(request)).filter(ref=ref).first()
    if found is None:
        raise Http404(_("There is no request %(ref)s that you can see.") % {"ref": ref})
    return found


def _handles(user: User, row: Appeal) -> bool:
    return may(user, "rights") if row.use_case is None else may_on(user, "rights", row.use_case)


def _page(request: HttpRequest, row: Appeal, *, sent: dict[str, forms.Form] | None = None) -> HttpResponse:
    user, given = reader(request), sent or {}
    is_open, handles = row.state != Appeal.State.ANSWERED, _handles(user, row)
    reviews = row.reviewer is not None and row.reviewer.user_id == user.pk
    initial = {"use_case": row.use_case.ref if row.use_case else None, "decision_id": row.decision_id}
    context = {
        "row": row,
        "word": STATES["late" if is_open and row.due_at < timezone.now() else row.state],
        "place": given.get("place") or PlaceForm(user=user, initial=initial) if is_open and handles else None,
        "assign": given.get("assign") or ReviewerForm() if is_open and handles and row.use_case else None,
        "reply": given.get("reply") or AnswerForm() if is_open and reviews else None,
        "reads": handles or reviews,
        "changes": list(Change.objects.filter(object_type="appeal", object_id=row.pk).order_by("-at", "-pk")[:20]),
        "crumbs": [(_("Requests"), reverse("appeals")), (row.ref, "")],
    }
    return render(request, "pages/appeal.html", context, status=422 if sent else 200)


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, what: str) -> HttpResponse:
    """Place it, give it to a reviewer, or answer it."""
    row, user, at = _found(request, ref), reader(request), timezone.now()
    made: dict[str, Any] = {
        "place": lambda: PlaceForm(request.POST, user=user),
        "assign": lambda: ReviewerForm(request.POST),
        "reply": lambda: AnswerForm(request.POST),
    }
    if what not in made:
        raise Http404
    reviews = row.reviewer is not None and row.reviewer.user_id == user.pk
    if not (reviews if what == "reply" else _handles(user, row)):
        raise PermissionDenied
    form: forms.Form = made[what]()
    if not form.is_valid():
        return _page(request, row, sent={what: form})
    try:
        match what:
            case "place":
                place_appeal(actor=user, at=at, appeal=row, **form.cleaned_data)
            case "assign":
                assign_reviewer(actor=user, at=at, appeal=row, **form.cleaned_data)
            case _:
                answer_appeal(actor=user, at=at, appeal=row, **form.cleaned_data)
    except DomainError as error:
        field = str(error.data.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return _page(request, row, sent={what: form})
    return redirect("appeal", ref=ref)
