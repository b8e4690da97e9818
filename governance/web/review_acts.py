"""What a person does with a review: take, put back, give away, judge, open evidence, decide, take on an escalation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit.models import ReviewEscalation, ReviewTask
from audit.reviews import acts, reading
from audit.reviews.escalating import acknowledge
from audit.reviews.problems import CONFLICTS
from audit.reviews.submitting import submit
from governance.access import DomainError, Invalid, NotAllowed
from governance.models import Person
from governance.web.pages import reader, signed_in
from governance.web.review_form import DecisionForm, JudgementForm
from governance.web.reviews import evidence_item, task_page, visible_task


def _refused(request: HttpRequest, task: ReviewTask, error: DomainError) -> HttpResponse:
    status = 409 if isinstance(error, CONFLICTS) else 403 if isinstance(error, NotAllowed) else 422
    return task_page(request, visible_task(request, task.pk), problem=error.message, status=status)


@require_POST
@signed_in
def claim(request: HttpRequest, task: UUID) -> HttpResponse:
    """Take a review."""
    found = visible_task(request, task)
    try:
        acts.claim(task=found, actor=reader(request), at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    return redirect("review", task=task)


@require_POST
@signed_in
def release(request: HttpRequest, task: UUID) -> HttpResponse:
    """Put a review back."""
    found = visible_task(request, task)
    try:
        acts.release(task=found, actor=reader(request), at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    messages.success(request, _("%(id)s is back in the queue.") % {"id": found.decision_id})
    return redirect("reviews")


@require_POST
@signed_in
def reassign(request: HttpRequest, task: UUID) -> HttpResponse:
    """Give a review to somebody."""
    found = visible_task(request, task)
    to = Person.objects.filter(ref=request.POST.get("to", "")).select_related("user").first()
    try:
        if to is None:
            raise Invalid(_("Choose somebody from the list."), field="to")
        acts.reassign(task=found, to=to, actor=reader(request), at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    messages.success(request, _("%(id)s was given to %(name)s.") % {"id": found.decision_id, "name": to.name})
    return redirect("review", task=task)


@require_POST
@signed_in
def judge(request: HttpRequest, task: UUID) -> HttpResponse:
    """Keep the reviewer's own judgement; the proposal is shown after it."""
    found = visible_task(request, task)
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return task_page(request, found, judgement=form, status=422)
    try:
        acts.judge(task=found, judgement=form.cleaned_data["judgement"], actor=reader(request), at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    return redirect("review", task=task)


@require_POST
@signed_in
def evidence(request: HttpRequest, task: UUID) -> HttpResponse:
    """Open a piece of evidence; htmx puts it in place, without JavaScript the page comes again."""
    found = visible_task(request, task)
    name = request.POST.get("evidence", "")
    try:
        found = acts.open_evidence(task=found, name=name, actor=reader(request), at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    if getattr(request, "htmx", False):
        context = {"item": evidence_item(found, name), "task": found}
        return render(request, "components/evidence.html", context)
    return redirect("review", task=task)


@require_POST
@signed_in
def decide(request: HttpRequest, task: UUID) -> HttpResponse:
    """Record the reviewer's decision and go on to the next review."""
    found, user = visible_task(request, task), reader(request)
    form = DecisionForm(request.POST, task=found)
    if not form.is_valid():
        return task_page(request, found, form=form, status=422)
    try:
        shown = "rationale" in request.POST if request.POST.get("advised") else None
        result = submit(task=found, opinion=form.opinion(rationale_shown=shown), actor=user, at=timezone.now())
    except Invalid as error:
        form.fault(error.data["field"], error.message)
        return task_page(request, visible_task(request, task), form=form, status=422)
    except DomainError as error:
        return _refused(request, found, error)
    _say(request, result.task, late=result.late)
    following = reading.next_for(user, at=timezone.now(), after=found)
    return redirect("review", task=following.pk) if following else redirect("reviews")


@require_POST
@signed_in
def take_on(request: HttpRequest, task: UUID, escalation: UUID) -> HttpResponse:
    """Take on an escalation that came to the reader."""
    found = visible_task(request, task)
    climb: Any = ReviewEscalation.objects.filter(pk=escalation, task=found).first()
    if climb is None:
        raise Http404
    try:
        with transaction.atomic():
            acknowledge(escalation=climb, actor=reader(request), at=timezone.now())
    except DomainError as error:
        return _refused(request, found, error)
    messages.success(request, _("You took the escalation on. Its time runs once more from now."))
    return redirect("review", task=task)


def _say(request: HttpRequest, task: ReviewTask, *, late: bool) -> None:
    if late:
        text = _("%(id)s: your decision came when the time was over. It is kept, and it has no effect.")
        messages.warning(request, text % {"id": task.decision_id})
        return
    messages.success(request, _("%(id)s: your decision is recorded.") % {"id": task.decision_id})
