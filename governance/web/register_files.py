"""The register as a file: what goes out, and what comes in after it was checked and looked at."""

from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance.access import DomainError
from governance.models import RegisterImport, UseCase
from governance.register import files, imports
from governance.register.read import RegisterFilter, register_list
from governance.register.submit import ROLES_UNDER_THE_ACT
from governance.web.pages import paged, reader, require, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import Word

EFFECTS = {
    "new": Word(gettext_lazy("new entry"), "open"),
    "changed": Word(gettext_lazy("changes"), "attention", "due"),
    "same": Word(gettext_lazy("nothing to do"), "dash", "closed"),
    "wrong": Word(gettext_lazy("wrong"), "breach", "breach"),
}
CONTENT = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class FileForm(forms.Form):
    """A file to read."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, XLSX or JSON, at most 5 MB and 10,000 rows. The columns are described below."),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


def _takes() -> dict[str, str]:
    several = _("Several with ; between.")
    return {
        "ref": _("Empty for a new use case; to change one, its reference."),
        "key": _("What integrated systems send. Empty: made from the name."),
        "name": _("What people call it."), "purpose": _("What it is meant to do, for whom, with what effect."),
        "roles": f"{several} {_('Empty: deployer.')} {', '.join(sorted(ROLES_UNDER_THE_ACT))}.",
        "owner": _("A name as the register has it; another name adds a person."),
        "unit": _("A name as the register has it; another name adds a unit."),
        "systems": f"{several} {_('Another name adds a system.')}",
        "suppliers": _("The one supplier of the systems of this row."),
        "sector": _("At most 60 characters."), "affected_people": _("Who is decided about or meets it."),
        "data_used": _("Which data it reads."), "first_use": _("The day, written year-month-day."),
        "countries": several, "languages": several,
        "effect": ", ".join(UseCase.Effect.values), "reversibility": ", ".join(UseCase.Reversibility.values),
        "decisions_per_day": _("A whole number."),
        "lifecycle": _("Goes out only: moved on the page of the use case."),
        "tier": _("Goes out only: comes from the classification."),
        "mode": _("Goes out only: chosen on the page of the use case."),
    }  # fmt: skip


def _columns() -> Table:
    """What each column of a file takes, for whoever makes one."""
    meant = _takes()
    needed, held = {"name", "purpose", "owner", "unit"}, {"roles", "owner", "systems", "suppliers"}
    examples = {
        "ref": "UC-0007", "key": "cv-ranking", "name": _("Ranking of job applications"), "roles": "deployer; provider",
        "owner": "Sofia Novak", "countries": "DE; LV", "languages": "de; lv", "first_use": "2026-11-21",
        "effect": "significant", "reversibility": "costly", "decisions_per_day": "250",
    }  # fmt: skip
    rows = []
    for name in files.COLUMNS:
        text = meant.get(name, "") + (" " + _("For a new use case only.") if name in held else "")
        cells = [
            Cell(text=name, kind="code"),
            Cell(text=_("needed") if name in needed else ""),
            Cell(text=text.strip()),
            Cell(text=examples.get(name, "")),
        ]
        rows.append(Row(cells=cells))
    labels = (_("Column"), _("For a new use case"), _("What it takes"), _("Example"))
    about = _("An empty cell leaves what is on record as it is. The order of columns is free.")
    return Table(
        id="columns", caption=_("Columns"), columns=[Column(label=label) for label in labels], rows=rows, stack=True,
        about=about,
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Read a file and show what it would do."""
    user = require(request, "register")
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            if sent.size > files.LARGEST:
                raise imports.Invalid(_("The file is larger than 5 MB."), field="file")
            batch = imports.take(actor=user, at=timezone.now(), content=sent.read(), name=sent.name)
            return redirect("register-import", batch=batch.pk)
        except DomainError as error:
            form.add_error("file", error.message)
    context = {
        "form": form,
        "table": _columns(),
        "kinds": [(kind, kind.upper()) for kind in CONTENT if kind != "json"],
        "crumbs": [(_("Register"), reverse("register")), (_("Import"), "")],
    }
    return render(request, "pages/import_new.html", context, status=422 if form.errors else 200)


@signed_in
def blank(request: HttpRequest, kind: str) -> HttpResponse:
    """A file with the columns and nothing below them, to fill in."""
    require(request, "register")
    if kind not in CONTENT:
        raise Http404
    return _file(files.write([], kind), kind)


@signed_in
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, batch: UUID) -> HttpResponse:
    """The dry run of a file, and applying it."""
    user = require(request, "register")
    found = RegisterImport.objects.filter(pk=batch, asked_by=user).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            lines = imports.apply(actor=user, at=timezone.now(), batch=found)
            messages.success(request, _("The file is in the register: %(what)s.") % {"what": _summary(lines)})
            return redirect("register")
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("register-import", batch=found.pk)
    lines = imports.dry_run(found) if found.applied_at is None else []
    # What is wrong stands first: in a long file nobody should have to turn pages to find it.
    shown = sorted((line for line in lines if line.effect != "same"), key=lambda line: line.effect != "wrong")
    page = paged(shown, request, per_page=100)
    is_list = found.file_name.lower().endswith(".json")
    context = {
        "batch": found,
        "wrong": sum(line.effect == "wrong" for line in lines),
        "nothing": bool(lines) and not shown,
        "page": page,
        "query": "",
        "table": _lines(page.object_list, _("Entry") if is_list else _("Row")),
        "answer": _summary(lines),
        "crumbs": [
            (_("Register"), reverse("register")), (_("Import"), reverse("register-import-new")), (found.file_name, ""),
        ],
    }  # fmt: skip
    return render(request, "pages/import.html", context)


def _lines(lines: Iterable[imports.Line], place: str) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=line.name or "—", under=line.ref),
                Cell(text=line.number, kind="number"),
                Cell(word=EFFECTS[line.effect]),
                Cell(text="; ".join(line.problems or line.brings) or ", ".join(line.changes)),
            ]
        )
        for line in lines
    ]
    columns = [
        Column(label=_("Use case")),
        Column(label=place, number=True),
        Column(label=_("What it does")),
        Column(label=_("Column, and what would be right")),
    ]
    return Table(id="lines", caption=_("Rows"), columns=columns, rows=rows, stack=True)


def _summary(lines: list[imports.Line]) -> str:
    n = {effect: sum(line.effect == effect for line in lines) for effect in EFFECTS}
    said = (
        ngettext("%(n)s new entry", "%(n)s new entries", n["new"]) % {"n": n["new"]},
        ngettext("%(n)s changed", "%(n)s changed", n["changed"]) % {"n": n["changed"]},
        ngettext("%(n)s as it is already", "%(n)s as they are already", n["same"]) % {"n": n["same"]},
        ngettext("%(n)s wrong row", "%(n)s wrong rows", n["wrong"]) % {"n": n["wrong"]},
    )
    return ", ".join(text for text, effect in zip(said, EFFECTS, strict=True) if n[effect])


@signed_in
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The list one sees, filtered as the address says, as a file."""
    if kind not in CONTENT:
        raise Http404
    names = ("q", "tier", "mode", "lifecycle", "unit")
    wanted = RegisterFilter(**{name: request.GET.get(name, "")[:200].replace("\x00", "") for name in names})
    rows = register_list(reader(request), wanted).prefetch_related("systems__supplier")
    return _file(files.write(rows, kind), kind)


def _file(content: bytes, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=CONTENT[kind])
    answer["Content-Disposition"] = f'attachment; filename="register.{kind}"'
    return answer
