"""Systems, models and suppliers: one page for everything that uses a vendor's model."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance.access import DomainError, may, systems_visible_to, use_cases_visible_to
from governance.models import AISystem, ModelVersion, UseCase
from governance.register import (
    add_system_version,
    describe_supplier,
    describe_system,
    register_model,
    register_system,
)
from governance.register.read_systems import supplier_page, system_page
from governance.web import words
from governance.web.pages import paged, reader, require, signed_in
from governance.web.register_forms import TODAY
from governance.web.tables import Cell, Column, Row, Table, query_without


class SystemForm(forms.Form):
    """What the register says about a system."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    supplier = forms.CharField(
        label=gettext_lazy("Supplier"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: built by ourselves, or not known."),
    )
    version = forms.CharField(label=gettext_lazy("Version in use"), max_length=80, required=False)
    eu_database_id = forms.CharField(label=gettext_lazy("Number in the EU database"), max_length=80, required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False
    )


class VersionForm(forms.Form):
    """A new version of a system and the models inside."""

    version = forms.CharField(
        label=gettext_lazy("Version"), max_length=80, help_text=gettext_lazy("As the system reports it in its events.")
    )
    in_use_from = forms.DateField(label=gettext_lazy("In use from"), widget=TODAY, required=False)
    models = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Models inside"),
        queryset=ModelVersion.objects.select_related("model").order_by("model__name", "version"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    new_model = forms.CharField(label=gettext_lazy("A model that is not listed"), max_length=200, required=False)
    new_model_version = forms.CharField(label=gettext_lazy("Its version"), max_length=80, required=False)
    new_model_supplier = forms.CharField(label=gettext_lazy("Who supplies the model"), max_length=200, required=False)
    general_purpose = forms.BooleanField(
        label=gettext_lazy("It is a general-purpose model (Art 3(63))"), required=False
    )
    substantial = forms.TypedChoiceField(
        label=gettext_lazy("Is it a substantial modification (Art 3(23))?"),
        choices=[("", gettext_lazy("nobody has looked")), ("no", gettext_lazy("no")), ("yes", gettext_lazy("yes"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("What changed"), widget=forms.Textarea(attrs={"rows": 2}), max_length=4000, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["models"]
        field.label_from_instance = lambda row: f"{row.model.name} {row.version}"
        if not field.queryset.exists():
            del self.fields["models"]


class SupplierForm(forms.Form):
    """Address and contact of a supplier, for the registration data."""

    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=gettext_lazy("Country"),
        required=False,
        error_messages={"invalid": gettext_lazy("Two letters, for example DE.")},
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False)
    contact = forms.CharField(label=gettext_lazy("Contact"), max_length=200, required=False)


@signed_in
def systems(request: HttpRequest) -> HttpResponse:
    """AI systems one may see, with supplier and how many use cases rest on each."""
    rows = systems_visible_to(reader(request)).select_related("supplier").order_by("name", "ref")
    q = request.GET.get("q", "").strip()[:200]
    if q:
        rows = rows.filter(name__icontains=q) | rows.filter(supplier__name__icontains=q) | rows.filter(ref__iexact=q)
    page = paged(rows.distinct(), request)
    cases = use_cases_visible_to(reader(request)).filter(systems__in=page.object_list)
    used: dict[Any, int] = {}
    for system_id in cases.values_list("systems", flat=True):
        used[system_id] = used.get(system_id, 0) + 1
    lines = [
        Row(
            cells=[
                Cell(text=row.name, href=reverse("system", args=[row.ref]), under=row.ref),
                _supplier_cell(row),
                Cell(text=row.version or _("unknown")),
                Cell(text=used.get(row.pk, 0), kind="number"),
            ]
        )
        for row in page.object_list
    ]
    columns = [
        Column(label=_("System")),
        Column(label=_("Supplier")),
        Column(label=_("Version")),
        Column(label=_("Use cases"), number=True),
    ]
    n = page.paginator.count
    count = ngettext("%(n)s system", "%(n)s systems", n) % {"n": n}
    context = {
        "table": Table(id="systems", caption=_("AI systems"), columns=columns, rows=lines, stack=True, count=count),
        "page": page,
        "q": q,
        "query": query_without(request, "page"),
        "may_register": may(reader(request), "register"),
        "crumbs": [(_("Register"), reverse("register")), (_("Systems"), "")],
    }
    return render(request, "pages/systems.html", context)


def _supplier_cell(row: AISystem) -> Cell:
    if row.supplier is None:
        return Cell(text=_("unknown"))
    return Cell(text=row.supplier.name, href=reverse("supplier", args=[row.supplier.pk]))


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a system."""
    user = require(request, "register")
    form = SystemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        number = given.pop("eu_database_id")
        try:
            made = register_system(actor=user, at=timezone.now(), **given)
            if number:
                describe_system(actor=user, at=timezone.now(), system=made, changes={"eu_database_id": number})
            return redirect("system", ref=made.ref)
        except DomainError as error:
            form.add_error(str(error.data.get("field", "name")), error.message)
    context = {
        "heading": _("Register an AI system"),
        "form": form,
        "button": _("Register it"),
        "back": reverse("systems"),
        "crumbs": [(_("Register"), reverse("register")), (_("Systems"), reverse("systems")), (_("New"), "")],
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def system(request: HttpRequest, ref: str) -> HttpResponse:
    """One system: versions, models inside, use cases; whoever registers may record a version."""
    found = system_page(reader(request), ref)
    if found is None:
        raise Http404(_("There is no system %(ref)s that you can see.") % {"ref": ref})
    writes = may(reader(request), "register")
    form = VersionForm(request.POST or None) if writes else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                _record_version(request, found, form.cleaned_data)
                return redirect("system", ref=ref)
            except DomainError as error:
                field = str(error.data.get("field", ""))
                form.add_error(field if field in form.fields else None, error.message)
    cases = use_cases_visible_to(reader(request)).filter(systems=found).select_related("owner").order_by("ref")
    context = {
        "system": found,
        "versions": found.versions.all(),
        "table": cases_table(list(cases)),
        "form": form,
        "crumbs": [(_("Register"), reverse("register")), (_("Systems"), reverse("systems")), (found.ref, "")],
    }
    return render(request, "pages/system.html", context, status=422 if form is not None and form.errors else 200)


def _record_version(request: HttpRequest, found: AISystem, given: dict[str, Any]) -> None:
    user, at = reader(request), timezone.now()
    inside = list(given.get("models") or ())
    if given["new_model"]:
        made = register_model(
            actor=user,
            at=at,
            name=given["new_model"],
            supplier=given["new_model_supplier"],
            general_purpose=given["general_purpose"],
            versions=[given["new_model_version"] or "1"],
        )
        inside.append(made.versions.get())
    add_system_version(
        actor=user,
        at=at,
        system=found,
        version=given["version"],
        model_versions=inside,
        in_use_from=given["in_use_from"],
        substantial=given["substantial"],
        note=given["note"],
    )


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Change what the register says about a system."""
    user = require(request, "register")
    found = systems_visible_to(user).select_related("supplier").filter(ref=ref).first()
    if found is None:
        raise Http404
    fields = ("name", "description", "eu_database_id")
    initial = {name: getattr(found, name) for name in fields} | {
        "supplier": found.supplier.name if found.supplier else ""
    }
    form = SystemForm(request.POST or None, initial=initial)
    del form.fields["version"]
    if request.method == "POST" and form.is_valid():
        try:
            describe_system(actor=user, at=timezone.now(), system=found, changes=form.cleaned_data)
            return redirect("system", ref=ref)
        except DomainError as error:
            form.add_error(str(error.data.get("field", "name")), error.message)
    context = {
        "heading": found.name,
        "form": form,
        "button": _("Save"),
        "back": reverse("system", args=[ref]),
        "crumbs": [(_("Register"), reverse("register")), (_("Systems"), reverse("systems")), (found.ref, "")],
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def supplier(request: HttpRequest, supplier: UUID) -> HttpResponse:
    """Everything that uses this vendor's systems or models."""
    found = supplier_page(reader(request), supplier)
    if found is None:
        raise Http404(_("There is no such supplier that you can see."))
    row, writes = found.supplier, may(reader(request), "register")
    initial = {"country": row.country, "address": row.address, "contact": row.contact}
    form = SupplierForm(request.POST or None, initial=initial) if writes else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            describe_supplier(actor=reader(request), at=timezone.now(), supplier=row, changes=form.cleaned_data)
            return redirect("supplier", supplier=row.pk)
    n, live = len(found.use_cases), sum(case.lifecycle in {"live", "pilot"} for case in found.use_cases)
    answer = ngettext("%(n)s use case rests on it", "%(n)s use cases rest on it", n) % {"n": n}
    context = {
        "found": found,
        "supplier": row,
        "answer": _("%(cases)s, %(live)s of them live or in pilot.") % {"cases": answer, "live": live},
        "table": cases_table(found.use_cases),
        "form": form,
        "crumbs": [(_("Register"), reverse("register")), (_("Systems"), reverse("systems")), (row.name, "")],
    }
    return render(request, "pages/supplier.html", context, status=422 if form is not None and form.errors else 200)


def cases_table(cases: list[UseCase]) -> Table | None:
    """Use cases in short, for a page about something they rest on."""
    if not cases:
        return None
    rows = [
        Row(
            cells=[
                Cell(text=case.name, href=reverse("use-case", args=[case.ref]), under=case.ref),
                Cell(word=words.word_of(case.tier, words.TIERS)),
                Cell(word=words.word_of(case.lifecycle, words.STATES)),
                Cell(text=case.owner.name),
            ]
        )
        for case in cases
    ]
    columns = [Column(label=label) for label in (_("Use case"), _("Tier"), _("Lifecycle"), _("Owner"))]
    return Table(id="uses", caption=_("Use cases"), columns=columns, rows=rows, stack=True)
