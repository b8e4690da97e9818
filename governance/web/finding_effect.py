"""Before and after: the figures of a disparity up to its alarm, and since the system fix took effect."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.charts import IntervalRow
from audit.events.groups import log_reading
from audit.fairness.aggregates import paired_counts_for
from audit.fairness.assessment import assess
from audit.fairness.comparison import Comparison
from audit.fairness.declared import NotDeclared, config_of
from audit.fairness.errors import FairnessError
from audit.findings.permissions import may_see_figures
from audit.findings.playbook import DISPARITY
from audit.findings.standing import Standing
from audit.models import Finding
from governance.models import UseCase, User
from governance.web import words
from governance.web.fairness_figures import group_words
from governance.web.fairness_view import count_cell, interval_figure, number_cell
from governance.web.figures import PageFigure
from governance.web.tables import Cell, Column, Row, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the page prints; ``figure`` None where the reader may not see group figures (``allowed`` False)."""

    allowed: bool
    text: str = ""
    figure: PageFigure | None = None
    table: Table | None = None


def effect_of(finding: Finding, stands: Standing, reader: User) -> Effect | None:
    """The selection rate of the group against its reference before the alarm and after the fix; None for others."""
    if finding.code != DISPARITY or "attribute" not in finding.explanation:
        return None
    if not may_see_figures(reader, finding.use_case):
        return Effect(allowed=False)
    log_reading(use_case=finding.use_case, actor=reader, purpose=f"finding {finding.ref}", at=timezone.now())
    alarm = date.fromisoformat(finding.explanation["alarm"])
    spans: list[tuple[str, tuple[date | None, date | None]]] = [
        (_("up to the alarm"), (date(1, 1, 2), alarm + timedelta(days=1)))
    ]
    if stands.system_fix is not None:
        since = datetime.fromisoformat(stands.system_fix["effective"]).astimezone(UTC).date()
        spans.append((_("since the system fix"), (since, None)))
    else:
        spans.append((_("since the alarm"), (alarm + timedelta(days=1), None)))
    found = [(label, _compared(finding.use_case, finding.explanation, span)) for label, span in spans]
    return Effect(
        allowed=True,
        text=_text(found, stands),
        figure=_figure(finding, found),
        table=_table(finding, found),
    )


def _compared(
    use_case: UseCase, said: dict[str, Any], window: tuple[date | None, date | None]
) -> tuple[Comparison | None, float | None, int]:
    """The comparison of a window, the threshold, and the floor."""
    try:
        config = config_of(use_case.fairness)
        assessment = assess(paired_counts_for(use_case, window=window).stage(said["stage"]), config)
    except (NotDeclared, FairnessError):
        return None, None, 10
    found = [
        each
        for each in assessment.comparisons
        if (each.attribute, each.metric, each.group) == (said["attribute"], said["metric"], said["group"])
    ]
    return (found[0] if found else None), config.threshold, config.floor.shown


Found = list[tuple[str, tuple[Comparison | None, float | None, int]]]


def _text(found: Found, stands: Standing) -> str:
    (_before, (first, _t, _k)), (_after, (second, _t2, _k2)) = found
    if first is None or second is None or first.ratio.value is None or second.ratio.value is None:
        return _("There are not enough cases yet to compare before and after.")
    said = words.chart_words()
    data = {
        "before": said.value(first.ratio.value, "ratio"),
        "low": said.value(second.ratio.low or 0, "ratio"),
        "high": _("open") if second.ratio.high is None else said.value(second.ratio.high, "ratio"),
        "after": said.value(second.ratio.value, "ratio"),
    }
    if stands.system_fix is None:
        return _("Ratio %(before)s up to the alarm, %(after)s (%(low)s–%(high)s) since; no system fix yet.") % data
    return _("Ratio %(before)s up to the alarm, %(after)s (%(low)s–%(high)s) since the system fix.") % data


def _figure(finding: Finding, found: Found) -> PageFigure:
    rows = []
    for label, (each, _threshold, shown) in found:
        known = each is not None and each.ratio.value is not None
        few = each is None or each.n < shown
        rows.append(
            IntervalRow(
                label=label,
                n=None if few or each is None else each.n,
                n_text=f"n {_('under %(n)s') % {'n': shown}}" if few else "",
                value=each.ratio.value if known and each else None,
                low=each.ratio.low if known and each else None,
                high=each.ratio.high if known and each else None,
                state=(each.verdict or "none") if each else "insufficient_data",
            )
        )
    title = _("Selection rate of %(group)s over that of %(reference)s") % {
        "group": group_words(finding.explanation["attribute"], finding.explanation["group"]),
        "reference": group_words(finding.explanation["attribute"], finding.explanation["reference"]),
    }
    threshold = found[0][1][1]
    return interval_figure(rows, name="effect-chart", title=title, unit="ratio", reference=1.0, threshold=threshold)


def _table(finding: Finding, found: Found) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=label),
                count_cell(None if each is None or each.n == 0 else each.n, shown),
                count_cell(None if each is None or each.reference_n == 0 else each.reference_n, shown),
                number_cell(each.difference if each else None, "points"),
                number_cell(each.ratio if each else None, "ratio"),
                Cell(word=words.word_of((each.verdict if each else None) or "insufficient_data", words.STATES)),
            ]
        )
        for label, (each, _threshold, shown) in found
    ]
    columns = [
        Column(label=_("When")),
        Column(label=_("n, group"), number=True),
        Column(label=_("n, reference"), number=True),
        Column(label=_("Difference"), number=True),
        Column(label=_("Ratio"), number=True),
        Column(label=_("verdict")),
    ]
    return Table(id="effect", caption=_("Before and after"), columns=columns, rows=rows)
