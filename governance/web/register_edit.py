"""Writing in the register: a new use case, edits, its life, its people, its past."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from governance.access import DomainError, may_on, reads_all, systems_visible_to
from governance.models import AISystem, Person, UseCase, User
from governance.register import (
    assign_person,
    change_lifecycle,
    edit_use_case,
    end_assignment,
    free_key,
    name_person,
    name_unit,
    register_system,
    submit_use_case,
    wizard,
)
from governance.register.law_words import in_words
from governance.register.lifecycle import STEPS
from governance.register.snapshot import use_case_snapshot
from governance.web.pages import reader, require, signed_in, use_case_to, visible_use_case
from governance.web.register_forms import (
    AssignmentForm,
    LifecycleForm,
    NewUseCaseForm,
    UseCaseForm,
    template_choices,
)
from policies.eu_ai_act.templates import UseCaseTemplate

PLAIN = ("name", "purpose", "sector", "affected_people", "data_used", "countries", "languages", "first_use")


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a use case, from a template or from nothing, and go on to its classification."""
    user = require(request, "register")
    template = wizard.template_of(request.GET.get("template", "") or request.POST.get("template", ""))
    form = NewUseCaseForm(request.POST or None, initial=_initial(template, user))
    if request.method == "POST" and form.is_valid():
        try:
            case = _register(user, timezone.now(), form.cleaned_data, template)
            return redirect(reverse("classify", args=[case.ref]) + "?begin=1")
        except DomainError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
    context = {
        "form": form,
        "template": template,
        "templates": template_choices(),
        "crumbs": [(_("Register"), reverse("register")), (_("New use case"), "")],
    }
    return render(request, "pages/use_case_new.html", context, status=422 if form.errors else 200)


def _initial(template: UseCaseTemplate | None, user: User) -> dict[str, Any]:
    person = Person.objects.filter(user=user).select_related("unit").first()
    known = {"owner": person.ref, "unit": person.unit} if person else {}
    if template is None:
        return {"roles": ["deployer"], **known}
    return {
        "name": in_words(template.title),
        "purpose": in_words(template.purpose),
        "sector": in_words(template.sector),
        "affected_people": in_words(template.affected),
        "roles": str(template.answers.get("role", "deployer")).split(","),
        "template": template.id,
        **known,
    }


def _register(user: User, at: datetime, given: dict[str, Any], template: UseCaseTemplate | None) -> UseCase:
    unit = given.get("unit") or name_unit(actor=user, at=at, name=given["new_unit"])
    owner = given.get("owner") or name_person(actor=user, at=at, name=given["new_owner"], unit=unit)
    systems = list(given.get("systems") or ())
    if given["system_name"]:
        systems.append(register_system(actor=user, at=at, name=given["system_name"], supplier=given["supplier"]))
    measures: dict[str, Any] = (
        {
            "effect": template.effect,
            "reversibility": template.reversibility,
            "decisions_per_day": template.decisions_per_day,
        }
        if template
        else {}
    )
    case = submit_use_case(
        actor=user,
        at=at,
        key=free_key(given["name"]),
        owner=owner,
        unit=unit,
        roles=given["roles"],
        systems=systems,
        **{name: given[name] for name in PLAIN},
        **measures,
    )
    if template is not None:
        wizard.begin(actor=user, at=at, use_case=case, template=template)
    return case


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Change the entry; what somebody changed meanwhile is not overwritten."""
    case = use_case_to(request, ref, "register")
    seen = use_case_snapshot(case)
    initial = {name: getattr(case, name) for name in (*PLAIN, "unit")} | {"systems": list(case.systems.all())}
    offered = _systems_for(reader(request), case)
    form = UseCaseForm(request.POST or None, initial=initial, systems=offered)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        systems = given.pop("systems", None)
        stale = request.session.get(f"seen-{case.pk}")
        try:
            edit_use_case(
                actor=reader(request), at=timezone.now(), use_case=case, changes=given,
                systems=list(systems) if systems is not None else None, seen=stale,
            )  # fmt: skip
            request.session.pop(f"seen-{case.pk}", None)
            return redirect("use-case", ref=case.ref)
        except DomainError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
    request.session[f"seen-{case.pk}"] = seen
    context = {"case": case, "form": form, "crumbs": crumbs(case, _("Edit"))}
    return render(request, "pages/use_case_edit.html", context, status=422 if form.errors else 200)


def _systems_for(user: User, case: UseCase) -> Any:
    """Systems one may link: those one may see, and those the use case has."""
    visible = systems_visible_to(user).values("pk")
    return AISystem.objects.filter(Q(pk__in=visible) | Q(use_cases=case)).distinct().order_by("name")


@signed_in
@require_http_methods(["GET", "POST"])
def lifecycle(request: HttpRequest, ref: str) -> HttpResponse:
    """Move the use case to another state of its life."""
    case = use_case_to(request, ref, "register")
    form = LifecycleForm(request.POST or None, steps=STEPS[case.lifecycle])
    if request.method == "POST" and form.is_valid():
        try:
            change_lifecycle(actor=reader(request), at=timezone.now(), use_case=case, **form.cleaned_data)
            return redirect("use-case", ref=case.ref)
        except DomainError as error:
            form.add_error("to", error.message)
    context = {"case": case, "form": form, "ended": not STEPS[case.lifecycle], "crumbs": crumbs(case, _("Lifecycle"))}
    return render(request, "pages/use_case_lifecycle.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, ref: str) -> HttpResponse:
    """Who answers for the use case, now and before; whoever may, changes it."""
    case = visible_use_case(request, ref)
    writes = may_on(reader(request), "register", case)
    form = AssignmentForm(request.POST or None) if writes else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                assign_person(actor=reader(request), at=timezone.now(), use_case=case, **form.cleaned_data)
                return redirect("use-case-people", ref=case.ref)
            except DomainError as error:
                form.add_error("duty", error.message)
    rows = case.assignments.select_related("person", "person__unit").order_by("until", "duty", "since")
    context = {
        "case": case,
        "form": form,
        "sees_access": writes or reads_all(reader(request)),
        "now": [row for row in rows if row.until is None],
        "before": sorted((row for row in rows if row.until), key=lambda row: row.until or row.since, reverse=True),
        "crumbs": crumbs(case, _("People")),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "pages/use_case_people.html", context, status=status)


@signed_in
@require_POST
def end_duty(request: HttpRequest, ref: str, assignment: str) -> HttpResponse:
    """End one duty of one person."""
    case = use_case_to(request, ref, "register")
    row = case.assignments.filter(pk=assignment, until__isnull=True).first()
    if row is None:
        raise Http404
    try:
        end_assignment(actor=reader(request), at=timezone.now(), assignment=row)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("use-case-people", ref=case.ref)


def crumbs(case: UseCase, last: str) -> list[tuple[str, str]]:
    """Where a page below a use case stands."""
    return [(_("Register"), reverse("register")), (case.ref, reverse("use-case", args=[case.ref])), (last, "")]
