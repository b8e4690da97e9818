"""Asking for a report and watching it being made."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from audit.ledger.uuid7 import uuid7
from audit.reports.context import NothingToReport
from audit.reports.issue import ask, days, preview
from audit.reports.kinds import KINDS
from audit.reports.scope import PORTFOLIO, scope_named
from governance.access import DomainError, reads_all, use_cases_visible_to
from governance.jobs import KeyInUse
from governance.models import Job, Unit, User
from governance.web.pages import reader, signed_in
from governance.web.report_blocks import shown_sections
from governance.web.windows import A_YEAR, WindowForm


class ReportForm(WindowForm):
    """What kind of report, about what, which days it covers, both included, and for whom."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of report"),
        choices=[(kind.code, kind.title) for kind in KINDS.values()],
        error_messages={"invalid_choice": gettext_lazy("Choose one of the kinds in the list.")},
    )
    use_case = forms.ChoiceField(
        label=gettext_lazy("About"),
        error_messages={
            "required": gettext_lazy("Choose what the report is about."),
            "invalid_choice": gettext_lazy("Choose one of the entries in the list."),
        },
    )
    recipients = forms.CharField(
        label=gettext_lazy("Recipients"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line; they are printed on the first page."),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
    field_order = ("kind", "use_case", "since", "until", "recipients")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["use_case"]
        field.choices = about_choices(user)  # type: ignore[attr-defined]
        field.help_text = _("Everything in the report is computed from these use cases' entries in the ledger.")
        self.fields["kind"].required = False
        self.fields["since"].required = self.fields["until"].required = True
        self.fields["since"].help_text = _("The first day that counts, in UTC.")
        self.fields["until"].help_text = _("The last day that counts.")


def about_choices(user: User) -> list[tuple[str, str]]:
    """Return what ``user`` may report on: use cases, and for who reads all of them units and everything."""
    cases = [(case.ref, f"{case.ref} {case.name}") for case in use_cases_visible_to(user).order_by("ref")]
    if not reads_all(user):
        return [("", _("choose one")), *cases]
    units = Unit.objects.filter(use_cases__isnull=False).distinct().order_by("name")
    many = [(f"unit:{unit.pk}", _("All of %(unit)s") % {"unit": unit.name}) for unit in units]
    return [("", _("choose one")), *cases, *many, (PORTFOLIO, _("All use cases"))]


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """The form that asks for a report; the answer is the page of the job, or a draft to look at first."""
    user = reader(request)
    today = timezone.now().date()
    initial = {
        "use_case": request.GET.get("use_case"),
        "kind": request.GET.get("kind", "oversight"),
        "since": today - A_YEAR,
        "until": today,
        "key": str(uuid7()),
    }
    form = ReportForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if "draft" in request.POST:
                return _draft(request, user, given)
            return redirect("report-job", job=_ask(user, given).pk)
        except NothingToReport as error:
            form.add_error("use_case", str(error))
        except DomainError as error:
            form.add_error("kind" if error.data.get("field") == "kind" else "use_case", error.message)
    context = {"form": form, "crumbs": [(_("Reports"), reverse("reports")), (_("New report"), "")]}
    return render(request, "pages/report_new.html", context, status=422 if form.errors else 200)


def _draft(request: HttpRequest, user: User, given: dict[str, Any]) -> HttpResponse:
    """The report as it would be now: computed, stored nowhere."""
    report = preview(
        scope=scope_named(given["use_case"]),
        kind=given["kind"] or "oversight",
        window=days(given["since"], given["until"]),
        actor=user,
        at=timezone.now(),
        language=(get_language() or "en")[:2],
    )
    crumbs = [(_("Reports"), reverse("reports")), (_("New report"), reverse("report-new")), (_("Draft"), "")]
    context = {"meta": report.meta, "sections": shown_sections(report, linked=False), "crumbs": crumbs}
    answer = render(request, "pages/report_draft.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _ask(user: User, given: dict[str, Any]) -> Job:
    """Put the work into the queue; sending the form twice asks once, for the form carries the key."""
    asked: dict[str, Any] = {
        "scope": scope_named(given["use_case"]),
        "kind": given["kind"] or "oversight",
        "recipients": [line.strip() for line in given["recipients"].splitlines() if line.strip()][:20],
        "first": given["since"],
        "last": given["until"] + timedelta(days=1),
        "actor": user,
        "language": (get_language() or "en")[:2],
    }
    try:
        return ask(**asked, key=given["key"], at=timezone.now())
    except KeyInUse:  # the same form was sent back changed: that is another report
        return ask(**asked, key=str(uuid7()), at=timezone.now())


@signed_in
def job(request: HttpRequest, job: UUID) -> HttpResponse:
    """How far a report is. htmx asks for the fragment; without JavaScript the page reloads itself."""
    found = Job.objects.filter(pk=job, kind="report", asked_by=reader(request)).first()
    if found is None:
        raise Http404
    context = {"job": _shown(found), "crumbs": [(_("Reports"), reverse("reports")), (_("Being made"), "")]}
    fragment = getattr(request, "htmx", False)
    answer = render(request, "components/job.html" if fragment else "pages/report_job.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _shown(found: Job) -> dict[str, Any]:
    finished = found.state in {Job.State.DONE, Job.State.FAILED}
    result = found.result or {}
    reference = result.get("ref")
    error = ""
    if found.state == Job.State.FAILED:
        detail = (found.error or {}).get("detail", "")
        error = _("The report could not be made: %(detail)s") % {"detail": detail or _("the reason is not available")}
    return {
        "href": reverse("report-job", args=[found.pk]),
        "state": found.state,
        "finished": finished,
        "text": found.progress_text,
        "progress": found.progress,
        "percent": round(found.progress * 100),
        "report_href": reverse("report", args=[reference]) if reference else "",
        "error": error,
        "asked_at": found.asked_at,
    }
