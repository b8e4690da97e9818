"""Incidents: the list with its clocks, one incident whole, and what people do about it."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from governance.access import DomainError, may_on, systems_visible_to, use_cases_visible_to
from governance.incidents import (
    add_action,
    close_incident,
    finish_action,
    freeze,
    open_incident,
    send_report,
    unfreeze,
)
from governance.incidents.read import Clock, IncidentFile, incident, incidents_visible_to
from governance.incidents.read import clock as clock_of
from governance.models import AISystem, Change, Incident, IncidentReport, UseCase, User
from governance.register import responsible_on
from governance.register.law_words import in_words
from governance.web.pages import paged, reader, signed_in
from governance.web.register_forms import TODAY, PersonField
from governance.web.tables import Cell, Column, Row, Table, query_without
from governance.web.words import Word
from policies.eu_ai_act.incidents import incident_kinds

CLOCKS = {
    "none": Word(gettext_lazy("no clock of Art 73"), "dash", "closed"),
    "running": Word(gettext_lazy("clock running"), "due", "due"),
    "late": Word(gettext_lazy("report is late"), "breach", "breach"),
    "met": Word(gettext_lazy("reported in time"), "closed", "done"),
    "missed": Word(gettext_lazy("reported late"), "attention", "attention"),
}


class IncidentForm(forms.Form):
    """A new incident."""

    use_case = forms.ModelChoiceField(
        label=gettext_lazy("Use case"),
        queryset=UseCase.objects.none(),
        to_field_name="ref",
        empty_label=gettext_lazy("choose one"),
        error_messages={"required": gettext_lazy("Choose the use case.")},
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("What happened"), widget=forms.Textarea(attrs={"rows": 5}), max_length=8000
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Did it lead to one of these?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Then it is a serious incident (Art 3(49)) and a clock runs. Leave empty if not."),
    )
    system = forms.ModelChoiceField(
        label=gettext_lazy("AI system"),
        queryset=AISystem.objects.none(),
        to_field_name="ref",
        required=False,
        empty_label=gettext_lazy("not known"),
        help_text=gettext_lazy("It can then be held unaltered for the investigation."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Our role"),
        choices=[("deployer", gettext_lazy("Deployer")), ("provider", gettext_lazy("Provider"))],
    )
    aware_on = forms.DateField(
        label=gettext_lazy("When we became aware"),
        widget=TODAY,
        help_text=gettext_lazy("The clock counts from the day after."),
    )
    occurred_on = forms.DateField(label=gettext_lazy("When it happened"), widget=TODAY, required=False)
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=gettext_lazy("Country where it happened"),
        required=False,
        error_messages={"invalid": gettext_lazy("Two letters, for example DE.")},
    )
    provider_unreachable = forms.BooleanField(label=gettext_lazy("The provider cannot be reached"), required=False)
    sector_reporting = forms.BooleanField(
        label=gettext_lazy("Equivalent reporting under sector law applies (Art 73(9), (10))"), required=False
    )
    ai_office = forms.BooleanField(
        label=gettext_lazy("The AI Office supervises the system (Art 75(1))"), required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cases: Any = self.fields["use_case"]
        cases.queryset = use_cases_visible_to(user).order_by("ref")
        cases.label_from_instance = lambda case: f"{case.ref} {case.name}"
        systems: Any = self.fields["system"]
        systems.queryset = systems_visible_to(user).order_by("name")
        systems.label_from_instance = lambda system: f"{system.name} ({system.ref})"
        kinds: Any = self.fields["kinds"]
        clock = _("%(d)s days, %(a)s")
        kinds.choices = [
            (kind.id, f"{in_words(kind.title)} ({clock % {'d': kind.days, 'a': kind.article}})")
            for kind in incident_kinds()
        ]


class ReportForm(forms.Form):
    """Something that was sent."""

    kind = forms.ChoiceField(label=gettext_lazy("What was sent"), choices=IncidentReport.Kind.choices)
    recipient = forms.CharField(label=gettext_lazy("To whom"), max_length=200)
    text = forms.CharField(label=gettext_lazy("What it said"), widget=forms.Textarea(attrs={"rows": 4}))


class ActionForm(forms.Form):
    """A corrective action."""

    text = forms.CharField(label=gettext_lazy("What is done"), widget=forms.Textarea(attrs={"rows": 2}))
    responsible = PersonField(label=gettext_lazy("By whom"))
    due_on = forms.DateField(label=gettext_lazy("Until"), widget=TODAY)


class WordsForm(forms.Form):
    """A sentence an act needs."""

    text = forms.CharField(label=gettext_lazy("Say it in a sentence"), widget=forms.Textarea(attrs={"rows": 2}))


@signed_in
def incidents(request: HttpRequest) -> HttpResponse:
    """The incidents one may see, with the clock of each."""
    rows = incidents_visible_to(reader(request)).prefetch_related("reports")
    state = request.GET.get("state", "")
    if state in {"open", "closed"}:
        rows = rows.filter(closed_at__isnull=state == "open")
    case = request.GET.get("use_case", "")
    if case:
        rows = rows.filter(use_case__ref=case)
    page = paged(rows, request)
    today = timezone.localdate()
    table = _table([(found, clock_of(found, list(found.reports.all()), today=today)) for found in page.object_list])
    n = page.paginator.count
    table.count = ngettext("%(n)s incident", "%(n)s incidents", n) % {"n": n}
    context = {
        "table": table,
        "page": page,
        "state": state,
        "query": query_without(request, "page"),
        "may_open": use_cases_visible_to(reader(request)).exists(),
        "crumbs": [],
    }
    return render(request, "pages/incidents.html", context)


def _table(rows: list[tuple[Incident, Clock]]) -> Table:
    lines = [
        Row(
            cells=[
                Cell(text=found.title, href=reverse("incident", args=[found.ref]), under=found.ref),
                Cell(text=found.use_case.name, href=reverse("use-case", args=[found.use_case.ref])),
                Cell(word=CLOCKS[clock.state]),
                Cell(text=clock.deadline.strict, kind="day") if clock.deadline else Cell(text="—"),
                Cell(text=_("closed") if found.closed_at else _("open")),
            ]
        )
        for found, clock in rows
    ]
    columns = [
        Column(label=_("Incident")),
        Column(label=_("Use case")),
        Column(label=_("Clock")),
        Column(label=_("Latest day")),
        Column(label=_("State")),
    ]
    return Table(id="incidents", caption=_("Incidents"), columns=columns, rows=lines, stack=True)


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open an incident; whoever sees a use case may say that something went wrong."""
    user = reader(request)
    initial = {"use_case": request.GET.get("use_case"), "aware_on": timezone.localdate()}
    form = IncidentForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if not _may(user, given["use_case"]):
            raise PermissionDenied
        try:
            found = open_incident(actor=user, at=timezone.now(), **given)
            return redirect("incident", ref=found.ref)
        except DomainError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
    context = {
        "heading": _("Open an incident"),
        "answer": _("Say what is known now. What is not known yet can follow; the clock does not wait."),
        "form": form,
        "button": _("Open it"),
        "back": reverse("incidents"),
        "crumbs": [(_("Incidents"), reverse("incidents")), (_("New"), "")],
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


def _may(user: User, case: UseCase) -> bool:
    return may_on(user, "rights", case) or may_on(user, "register", case)


@signed_in
def page(request: HttpRequest, ref: str) -> HttpResponse:
    """One incident: clock, recipients in order, reports, actions, and what can be done."""
    return _page(request, _file(request, ref))


def _file(request: HttpRequest, ref: str) -> IncidentFile:
    found = incident(ref, today=timezone.localdate(), within=incidents_visible_to(reader(request)))
    if found is None:
        raise Http404(_("There is no incident %(ref)s that you can see.") % {"ref": ref})
    return found


def _page(request: HttpRequest, file: IncidentFile, *, forms_: dict[str, forms.Form] | None = None) -> HttpResponse:
    found = file.incident
    writes = _may(reader(request), found.use_case) and found.closed_at is None
    given = forms_ or {}
    context = {
        "file": file,
        "incident": found,
        "case": found.use_case,
        "clock_word": CLOCKS[file.clock.state],
        "answer": _answer(file),
        "kinds": [kind for kind in incident_kinds() if kind.id in found.kinds],
        "people": responsible_on(found.use_case, _moment(found)),
        "writes": writes,
        "report_form": given.get("report") or ReportForm(prefix="report"),
        "action_form": given.get("action") or ActionForm(prefix="action"),
        "close_form": given.get("close") or WordsForm(prefix="close"),
        "unfreeze_form": given.get("unfreeze") or WordsForm(prefix="unfreeze"),
        "changes": list(Change.objects.filter(object_type="incident", object_id=found.pk).order_by("-at", "-pk")[:30]),
        "crumbs": [(_("Incidents"), reverse("incidents")), (found.ref, "")],
    }
    return render(request, "pages/incident.html", context, status=422 if forms_ else 200)


def _moment(found: Incident) -> datetime:
    """Who answered when it happened; when that is not known, when we became aware."""
    day = found.occurred_on or found.aware_on
    evening = timezone.make_aware(datetime.combine(day, time(23, 59)))
    return max(evening, found.use_case.registered_at)


def _answer(file: IncidentFile) -> str:
    clock = file.clock
    if file.incident.closed_at:
        return _("Closed. %(outcome)s") % {"outcome": file.incident.outcome}
    if clock.deadline is None:
        return _("No clock of Art 73 runs for it.")
    day = clock.deadline.strict.isoformat()
    if clock.state == "running":
        text = ngettext(
            "A report is due at once, at the latest on %(day)s: %(n)s day left.",
            "A report is due at once, at the latest on %(day)s: %(n)s days left.",
            clock.days_left or 0,
        )
        return text % {"day": day, "n": clock.days_left}
    if clock.state == "late":
        return _("No report was sent by %(day)s, the latest day. Send it now.") % {"day": day}
    tail = _("The final report is still open.") if file.awaits_final else ""
    said = _("A report was sent in time.") if clock.state == "met" else _("A report was sent after the latest day.")
    return f"{said} {tail}".strip()


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, what: str) -> HttpResponse:
    """One act: report, action, freeze, unfreeze, close."""
    file = _file(request, ref)
    user, at, found = reader(request), timezone.now(), file.incident
    if not _may(user, found.use_case):
        raise PermissionDenied
    kinds: dict[str, type[forms.Form]] = {
        "report": ReportForm, "action": ActionForm, "close": WordsForm, "unfreeze": WordsForm,
    }  # fmt: skip
    if what not in {*kinds, "freeze"}:
        raise Http404
    form = kinds[what](request.POST, prefix=what) if what in kinds else None
    if form is not None and not form.is_valid():
        return _page(request, file, forms_={what: form})
    given = form.cleaned_data if form else {}
    try:
        match what:
            case "report":
                send_report(actor=user, at=at, incident=found, **given)
            case "action":
                add_action(actor=user, at=at, incident=found, **given)
            case "close":
                close_incident(actor=user, at=at, incident=found, outcome=given["text"])
            case "unfreeze":
                unfreeze(actor=user, at=at, incident=found, reason=given["text"])
            case _:
                freeze(actor=user, at=at, incident=found)
    except DomainError as error:
        if form is None:
            messages.error(request, error.message)
            return redirect("incident", ref=ref)
        field = str(error.data.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return _page(request, file, forms_={what: form})
    return redirect("incident", ref=ref)


@signed_in
@require_POST
def done(request: HttpRequest, ref: str, action: str) -> HttpResponse:
    """Note that a corrective action is done."""
    file = _file(request, ref)
    if not _may(reader(request), file.incident.use_case):
        raise PermissionDenied
    row = next((each for each in file.actions if str(each.pk) == str(action)), None)
    if row is None:
        raise Http404
    try:
        finish_action(actor=reader(request), at=timezone.now(), action=row, result=request.POST.get("result", ""))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("incident", ref=ref)
