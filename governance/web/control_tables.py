"""The tables of the control page: interventions, what drills showed, sampling keys."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.control.drills import DrillResult, drill_result
from audit.models import Intervention, SamplingKey
from governance.models import UseCase
from governance.web import words
from governance.web.tables import Cell, Column, Row, Table
from governance.web.tags import moment


def history(rows: list[Intervention]) -> Table:
    """What was limited, paused or stopped, and when it was lifted."""
    lines = [
        Row(
            cells=[
                Cell(text=row.intervention_id, under=_("drill") if row.drill else ""),
                Cell(word=words.word_of(row.kind, words.STATES), under=_scope_text(row)),
                Cell(text=row.issued_at, kind="time") if row.issued_at else Cell(text=words.UNKNOWN),
                Cell(text=row.effective_at, kind="time") if row.effective_at else Cell(text=_("no system reported")),
                Cell(text=row.resumed_at, kind="time") if row.resumed_at else Cell(text=_("not lifted")),
            ]
        )
        for row in rows
    ]
    columns = [
        Column(label=_("Intervention")),
        Column(label=_("What")),
        Column(label=_("Issued")),
        Column(label=_("In effect")),
        Column(label=_("Lifted")),
    ]
    return Table(id="interventions", caption=_("Interventions"), columns=columns, rows=lines, stack=True)


def _scope_text(row: Intervention) -> str:
    parts = [*row.scope.get("classes", ()), *row.scope.get("versions", ())]
    limits = [f"{name} ≤ {value}" for name, value in row.limits.items()]
    return ", ".join([*parts, *limits])


def drill_results(drills: list[Intervention]) -> Table | None:
    """What the last drills showed; what no system reported says so."""
    if not drills:
        return None
    rows = [_result(drill_result(row)) for row in drills[:10]]
    columns = [
        Column(label=_("Drill")),
        Column(label=_("In effect after"), number=True),
        Column(label=_("Last execution after"), number=True),
        Column(label=_("In flight"), number=True),
        Column(label=_("Leaked"), number=True),
        Column(label=_("Instances halted"), number=True),
    ]
    about = _(
        "In flight: executed between the stop and its effect. Leaked: executed after it took effect. "
        "A few clean drills bound the chance of a failure only loosely: after 4 it may still be 53 %."
    )
    return Table(id="drills", caption=_("Stop drills"), columns=columns, rows=rows, stack=True, about=about)


def _result(result: DrillResult) -> Row:
    number = words.chart_words().number
    unknown = Cell(text=_("not reported"))
    reach = f"{result.halted} / {result.targeted}" if result.targeted is not None else ""
    return Row(
        cells=[
            Cell(text=result.intervention.intervention_id, under=moment(result.intervention.issued_at)),
            Cell(text=_span(result.effective_after), kind="number") if result.effective_after else unknown,
            Cell(text=_span(result.time_to_stop), kind="number") if result.time_to_stop else unknown,
            Cell(text=number(result.in_flight), kind="number"),
            Cell(text=number(result.leaked), kind="number") if result.leaked is not None else unknown,
            Cell(text=reach, kind="number") if reach else unknown,
        ]
    )


def _span(length: timedelta | None) -> str:
    return _("%(s)s s") % {"s": f"{length.total_seconds():.0f}"} if length is not None else ""


def sampling_keys(case: UseCase) -> Table | None:
    """The keys of the sampling periods: committed before, revealed after."""
    keys = list(SamplingKey.objects.filter(use_case=case).order_by("-since")[:12])
    if not keys:
        return None
    rows = [
        Row(
            cells=[
                Cell(text=key.since, kind="day"),
                Cell(text=key.until - timedelta(microseconds=1), kind="day"),
                Cell(text=key.commitment, kind="code", href=reverse("ledger-entry", args=[key.committed_entry])),
                Cell(
                    text=bytes(key.key).hex(),
                    kind="code",
                    href=reverse("ledger-entry", args=[key.revealed_entry]) if key.revealed_entry else "",
                )
                if key.revealed_at
                else Cell(text=_("after the period")),
            ]
        )
        for key in keys
    ]
    columns = [
        Column(label=_("From")),
        Column(label=_("Until")),
        Column(label=_("Committed")),
        Column(label=_("Revealed key")),
    ]
    about = _("custodes sample KEY RATE recomputes which decisions were drawn.")
    return Table(id="sampling", caption=_("Sampling keys"), columns=columns, rows=rows, stack=True, about=about)
