"""The table New York City's Local Law 144 has an employer publish, as a page and as data."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.fairness.assessment import Assessment
from audit.fairness.live_scoring import live_scoring
from audit.fairness.presets import PRESETS
from audit.fairness.publication import publication
from governance.models import UseCase
from governance.web import words
from governance.web.fairness_figures import group_words
from governance.web.fairness_view import FairnessView, attribute_words, method_of
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window

DATES = ("audit_date", "distribution_date", "auditor", "data_source")


def build(use_case: UseCase, final: Assessment, window: Window) -> FairnessView:
    """The page: counts, rates and impact ratios per category, the unknown, what is left out and why, and the dates."""
    declared = use_case.fairness.get("publication") or {}
    page = FairnessView(
        title=_("Summary of results to publish"),
        question=_("Which figures does Local Law 144 have an employer publish?"),
        method=[
            (_("Date of the most recent bias audit"), declared.get("audit_date") or _("not declared")),
            (_("Distribution date of the tool (first use)"), declared.get("distribution_date") or _("not declared")),
            (_("Independent auditor"), declared.get("auditor") or _("not declared")),
            (_("Source and explanation of the data"), declared.get("data_source") or _("not declared")),
            *method_of(final, window)[:2],
            (_("Impact ratio"), _("rate of the category ÷ highest rate among the categories not left out")),
            (_("Scoring rate"), _("share scoring strictly above the median of the whole sample, from every score")),
            (_("Rule"), PRESETS["ll144"].source),
            (_("Keep published"), _("at least six months after the last use of the tool")),
        ],
    )
    if final.config.preset != "ll144":
        page.empty = _(
            "This use case is not assessed under Local Law 144. Declare the preset ll144 to publish its table."
        )
        return page
    rows = publication(final)
    page.data = {
        "use_case": use_case.ref,
        "system": [str(system.name) for system in use_case.systems.order_by("name")],
        **{name: declared.get(name) for name in DATES},
        "window": [window.start.date().isoformat(), window.last_day.isoformat()],
        "categories": rows,
        "unknown": {each.attribute: each.n for each in final.unknown},
        "simulated": use_case.simulated,
    }
    if not any(row["n"] for row in rows):
        page.empty = _("No decision with a known category was recorded in this window.")
        return page
    missing = [name for name in DATES if not declared.get(name)]
    page.answer = [_answer(rows, final), _(PRESETS["ll144"].note)]
    if missing:
        page.notes = [_("Before this can be published, declare: %(names)s.") % {"names": ", ".join(missing)}]
    page.tables = _tables(rows, _Words(_("Applicants"), _("Selected"), _("Selection rate")))
    _add_scoring(page, use_case, window)
    return page


def _add_scoring(page: FairnessView, use_case: UseCase, window: Window) -> None:
    """Add the scoring rates where the use case declares a score and decisions carry one."""
    found = live_scoring(use_case, window=(window.start, window.end))
    if found is None:
        page.notes = [
            *page.notes,
            _("Scoring rates: not available, no decision of this window carries a declared score."),
        ]
        return
    rows = publication(found.assessment)
    said = words.chart_words()
    page.data["scoring"] = {
        "median": found.median, "scored": found.scored, "without_score": found.missing, "categories": rows,
    }  # fmt: skip
    counted = {
        "n": said.number(found.scored),
        "median": said.number(found.median, 3),
        "missing": said.number(found.missing),
    }
    half = _("The median of %(n)s scores is %(median)s; %(missing)s cases without a score stand outside.") % counted
    page.answer = [*page.answer, half]
    page.tables += _tables(rows, _Words(_("Scored"), _("Above the median"), _("Scoring rate")), "scoring")


@dataclass(frozen=True, slots=True)
class _Words:
    """Headings of the three columns that differ between selection and scoring."""

    n: str
    selected: str
    rate: str


def _tables(rows: list[dict[str, Any]], heads: _Words, kind: str = "published") -> list[Table]:
    return [_table(name, rows, heads, kind) for name in dict.fromkeys(row["attribute"] for row in rows)]


def _answer(rows: list[dict[str, Any]], final: Assessment) -> str:
    rated = [row for row in rows if row["impact_ratio"] is not None]
    if not rated:
        return _("No impact ratio is computable: nobody was selected.")
    low = min(rated, key=lambda row: row["impact_ratio"])
    unknown = sum(each.n for each in final.unknown if each.attribute in final.config.groups)
    return _("The lowest impact ratio is %(ratio)s (%(category)s).") % {
        "ratio": words.chart_words().number(low["impact_ratio"], 3),
        "category": group_words(low["attribute"], low["category"]),
    } + " " + ngettext(
        "%(n)s case of unknown category stands outside the calculation.",
        "%(n)s cases of unknown category stand outside the calculation.",
        unknown,
    ) % {"n": unknown}  # fmt: skip


def _table(attribute: str, rows: list[dict[str, Any]], heads: _Words, kind: str) -> Table:
    said = words.chart_words()
    lines = []
    unknown = 0
    for row in rows:
        if row["attribute"] != attribute:
            continue
        unknown = row["unknown"]
        ratio = _("not computable") if row["impact_ratio"] is None else said.number(row["impact_ratio"], 3)
        if row["excluded"]:
            ratio = _("left out: under 2 % of the cases")
        lines.append(
            Row(
                cells=[
                    Cell(text=group_words(attribute, row["category"])),
                    Cell(text=said.number(row["n"]), kind="number"),
                    Cell(text=said.number(row["selected"]), kind="number"),
                    Cell(text=_("none") if row["rate"] is None else said.number(row["rate"], 3), kind="number"),
                    Cell(text=ratio, kind="number"),
                ]
            )
        )
    columns = [
        Column(label=_("Category")),
        Column(label=heads.n, number=True),
        Column(label=heads.selected, number=True),
        Column(label=heads.rate, number=True),
        Column(label=_("Impact ratio"), number=True),
    ]
    about = ngettext(
        "%(n)s applicant of unknown category is left out of the calculation.",
        "%(n)s applicants of unknown category are left out of the calculation.",
        unknown,
    ) % {"n": said.number(unknown)}
    name = attribute.replace(" x ", "-")
    caption = attribute_words(attribute) if kind == "published" else f"{attribute_words(attribute)}: {heads.rate}"
    return Table(id=f"{kind}-{_slug(name)}", caption=caption, columns=columns, rows=lines, about=about)


def _slug(text: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)
