"""The same data as CSV: equal values, no formulas, the same bytes each time."""

import csv
import io
import zipfile
from decimal import Decimal

import pytest

from audit.reports import content
from audit.reports.content import Figure, KeyFigures, OversightReport, Section
from audit.reports.tables import csv_tables, csv_zip, safe
from tests.audit.reports.sample import meta, sample


def test_figures_csv_holds_every_figure_whole() -> None:
    report = sample()
    rows = list(csv.DictReader(io.StringIO(csv_tables(report)["figures.csv"].decode())))
    figures = list(content.figures(report))
    assert len(rows) == len({figure.id for figure in figures})
    for row in rows:
        figure = next(f for f in figures if f.id == row["id"])
        assert (Decimal(row["value"]) if row["value"] and figure.unit != "text" else None) == figure.value
        assert row["reason"] == figure.reason
        assert row["checkpoint"] == ("" if figure.checkpoint is None else str(figure.checkpoint))


@pytest.mark.parametrize("text", ["=cmd|'/c calc'!A1", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_begins_a_formula(text: str) -> None:
    assert safe(text) == "'" + text
    figure = Figure(id=text, label=text, unit="text", text=text)
    report = OversightReport(
        meta=meta(), sections=(Section(id="s", title="S", blocks=(KeyFigures(id="k", title=text, figures=(figure,)),)),)
    )
    for data in csv_tables(report).values():
        cells = [cell for row in csv.reader(io.StringIO(data.decode(), newline="")) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


def test_negative_numbers_stay_numbers() -> None:
    assert safe("-0.031") == "-0.031"


def test_the_zip_is_the_same_each_time_and_has_a_file_per_table() -> None:
    assert csv_zip(sample()) == csv_zip(sample())
    with zipfile.ZipFile(io.BytesIO(csv_zip(sample()))) as archive:
        assert len(archive.namelist()) == 1 + 5
        assert "04-fairness-groups.csv" in archive.namelist()
