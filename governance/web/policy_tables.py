"""The tables of the policy pages: versions, rules and findings of a replay."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.models import PolicyInForce, UseCase
from governance.web import words
from governance.web.tables import Cell, Column, Row, Table
from policies.models import OversightPolicy
from policies.oversight.backtest import Backtest


def versions_table(case: UseCase, rows: Sequence[OversightPolicy], bound: Mapping[Any, PolicyInForce]) -> Table:
    """Every version, when it bound the use case and who signed it."""
    columns = [
        Column(label=_("Version")),
        Column(label=_("State")),
        Column(label=_("Drafted")),
        Column(label=_("In force from")),
        Column(label=_("Until")),
        Column(label=_("Signed by")),
    ]
    return Table(
        id="versions", caption=_("Versions"), columns=columns, stack=True, rows=[_row(case, row, bound) for row in rows]
    )


def _row(case: UseCase, row: OversightPolicy, bound: Mapping[Any, PolicyInForce]) -> Row:
    binding = bound.get(row.pk)
    state = "draft" if binding is None else "in_force" if binding.in_force_until is None else "superseded"
    return Row(
        cells=[
            Cell(text=row.version, href=reverse("policy-version", args=[case.ref, row.version]), under=row.ref),
            Cell(word=words.word_of(state, words.STATES)),
            Cell(text=row.created_at, kind="day"),
            Cell(text=binding.in_force_from, kind="day") if binding else Cell(text="–"),
            Cell(text=binding.in_force_until, kind="day") if binding and binding.in_force_until else Cell(text="–"),
            Cell(text=binding.sign_off.committee.name, under=binding.sign_off.ref) if binding else Cell(text="–"),
        ]
    )


def rules_table(result: Backtest) -> Table:
    """How many of the replayed decisions each rule matched; a rule that never matched is shown with 0."""
    number = words.chart_words().number
    rows = [
        Row(cells=[Cell(text=name, kind="code"), Cell(text=number(n), kind="number")])
        for name, n in result.by_rule.items()
    ]
    columns = [Column(label=_("Rule")), Column(label=_("Decisions matched"), number=True)]
    return Table(id="replay-rules", caption=_("Rules"), columns=columns, rows=rows, fit=True)


def breaches_table(result: Backtest) -> Table:
    """What the checker would have found in the past under the draft, by kind."""
    number = words.chart_words().number
    rows = [
        Row(
            cells=[
                Cell(text=words.finding_words(code), under=code),
                Cell(text=number(n), kind="number"),
                Cell(text=number(result.unknown.get(code, 0)), kind="number"),
            ]
        )
        for code, n in result.breaches.items()
    ]
    columns = [
        Column(label=_("Finding")),
        Column(label=_("Decisions"), number=True),
        Column(label=_("Not known"), number=True),
    ]
    return Table(id="replay-breaches", caption=_("Findings the past would have had"), columns=columns, rows=rows)
