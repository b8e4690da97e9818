"""Supply chain: systems, what is inside them, who supplies them, and which changes were substantial."""

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from governance.models import AISystem, SystemVersion


def build(context: Context) -> Section:
    """Return section 17 of the report plan (AI Act Art 25, 26(1), 53(1)(b))."""
    systems = list(context.use_case.systems.select_related("supplier").order_by("ref"))
    title = _("Supply chain")
    if not systems:
        gap = Statement(kind="gap", text=_("No AI system is recorded for this use case."), reference="Art 26(1)")
        return Section(id="supply", title=title, blocks=(gap,))
    versions = list(
        SystemVersion.objects.filter(system__in=systems, recorded_at__lte=context.at)
        .select_related("system")
        .prefetch_related("model_versions__model__supplier")
        .order_by("system__ref", "in_use_from", "recorded_at", "pk")
    )
    lead = _("AI systems that serve this use case: %(n)s, from suppliers: %(suppliers)s.") % {
        "n": len(systems), "suppliers": len({system.supplier_id for system in systems if system.supplier_id}),
    }  # fmt: skip
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), *_gaps(systems, versions), _table(systems)]
    blocks += [_versions(versions), _models(versions)]
    return Section(id="supply", title=title, blocks=tuple(blocks))


def _gaps(systems: list[AISystem], versions: list[SystemVersion]) -> list[Block]:
    said = [_("No supplier is recorded for %(name)s.") % {"name": s.name} for s in systems if not s.supplier_id]
    said += [
        _("Nobody has judged whether %(name)s %(version)s is a substantial modification.") % {
            "name": row.system.name, "version": row.version,
        }
        for row in versions
        if row.substantial is None
    ]  # fmt: skip
    return [Statement(kind="gap", text=text, reference="Art 25(1)") for text in said]


def _table(systems: list[AISystem]) -> Table:
    rows = tuple(
        (
            s.ref,
            s.name,
            s.version or "–",
            s.supplier.name if s.supplier else _("not stated"),
            (s.supplier.country if s.supplier else "") or "–",
            s.eu_database_id or "–",
        )
        for s in systems
    )
    columns = (
        Column(key="ref", label=_("System")),
        Column(key="name", label=_("Name"), weight=2),
        Column(key="version", label=_("Version")),
        Column(key="supplier", label=_("Supplier"), weight=2),
        Column(key="country", label=_("Country")),
        Column(key="eu", label=_("EU database")),
    )
    return Table(id="systems", title=_("AI systems"), columns=columns, rows=rows)


def _versions(versions: list[SystemVersion]) -> Table:
    words = {True: _("substantial"), False: _("not substantial"), None: _("not judged")}
    rows = tuple(
        (
            f"{row.system.ref} {row.version}",
            display.day(row.in_use_from) if row.in_use_from else "–",
            display.day(row.in_use_until) if row.in_use_until else _("in use"),
            words[row.substantial],
            row.note or "–",
        )
        for row in versions
    )
    columns = (
        Column(key="version", label=_("Version")),
        Column(key="from", label=_("In use from")),
        Column(key="until", label=_("Until")),
        Column(key="substantial", label=_("Modification")),
        Column(key="note", label=_("What changed"), weight=3),
    )
    empty = _("No versions are recorded.")
    return Table(id="versions", title=_("Versions in use"), columns=columns, rows=rows, empty=empty)


def _models(versions: list[SystemVersion]) -> Table:
    found = {
        (each.model.ref, each.version): (
            each.model.name,
            each.version,
            each.model.supplier.name if each.model.supplier else _("not stated"),
            _("general-purpose model") if each.model.general_purpose else _("other model"),
        )
        for row in versions
        for each in row.model_versions.all()
    }
    columns = (
        Column(key="name", label=_("Model"), weight=2),
        Column(key="version", label=_("Version")),
        Column(key="supplier", label=_("Supplier"), weight=2),
        Column(key="kind", label=_("Kind")),
    )
    rows = tuple(found[key] for key in sorted(found))
    empty = _("No model inside these systems is recorded.")
    return Table(id="models", title=_("Models inside"), columns=columns, rows=rows, empty=empty)
