"""Reports that come again: the list, the form that adds one, and the end of one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit.models import ReportSchedule
from audit.reports.kinds import KINDS
from audit.reports.schedule import end, schedule
from audit.reports.scope import scope_named
from governance.access import DomainError, committees_visible_to, may, reads_all, use_cases_visible_to
from governance.models import User
from governance.web.pages import reader, signed_in
from governance.web.reports import about_choices


class ScheduleForm(forms.Form):
    """What comes again, about what, and how often."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of report"), choices=[(kind.code, kind.title) for kind in KINDS.values()]
    )
    use_case = forms.ChoiceField(
        label=gettext_lazy("About"), error_messages={"required": gettext_lazy("Choose what the report is about.")}
    )
    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=ReportSchedule.Every.choices)
    committee = forms.ChoiceField(
        label=gettext_lazy("Committee"),
        required=False,
        help_text=gettext_lazy("Only for reports before its meetings; they are made a week before."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use_case"].choices = about_choices(user)  # type: ignore[attr-defined]
        listed = [(row.ref, row.name) for row in committees_visible_to(user).order_by("name")]
        self.fields["committee"].choices = [("", "–"), *listed]  # type: ignore[attr-defined]


@signed_in
def schedules(request: HttpRequest) -> HttpResponse:
    """The schedules on what one may see, and the form for another."""
    user = reader(request)
    may_set_up = may(user, "report")
    if not (may_set_up or reads_all(user)):
        raise Http404
    if request.method == "POST" and not may_set_up:
        raise PermissionDenied
    form = ScheduleForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        committee = committees_visible_to(user).filter(ref=given["committee"]).first() if given["committee"] else None
        try:
            schedule(
                scope=scope_named(given["use_case"]), kind=given["kind"], every=given["every"], committee=committee,
                actor=user, at=timezone.now(), language=(get_language() or "en")[:2],
            )  # fmt: skip
            return redirect("report-schedules")
        except DomainError as error:
            field = str(error.data.get("field", "use_case"))
            form.add_error(field if field in form.fields else "use_case", error.message)
    rows = ReportSchedule.objects.filter(ended_at=None).select_related("use_case", "unit", "committee", "created_by")
    seen = set(use_cases_visible_to(user).values_list("pk", flat=True))
    context = {
        "form": form,
        "may_set_up": may_set_up,
        "rows": [
            {"row": row, "title": KINDS[row.kind].title}
            for row in rows.order_by("ref")
            if row.use_case_id is None or row.use_case_id in seen
        ],
        "crumbs": [(_("Reports"), reverse("reports")), (_("Reports that come again"), "")],
    }
    return render(request, "pages/report_schedules.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def end_one(request: HttpRequest, ref: str) -> HttpResponse:
    """End a schedule."""
    row = ReportSchedule.objects.filter(ref=ref).select_related("use_case", "unit").first()
    if row is None or not may(reader(request), "report"):
        raise Http404
    try:
        end(schedule=row, actor=reader(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("report-schedules")
