"""Did the human step narrow or widen the gaps? The same cases before and after people looked."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.fairness.assessment import Assessment
from audit.fairness.human_step import Pairs, StepChange
from audit.fairness.wording import METRIC_NAMES, p_text
from audit.statistics import wilson
from governance.web.fairness_figures import group_words
from governance.web.fairness_view import (
    FairnessView,
    attribute_words,
    count_cell,
    interval_figure,
    interval_row,
    method_of,
    number_cell,
)
from governance.web.tables import Cell, Column, Row, Table
from governance.web.windows import Window
from governance.web.words import Word


def directions() -> dict[str, Word]:
    """The words of a change, in the active language."""
    return {
        "narrowed": Word(_("gap narrowed"), "closed", ""),
        "widened": Word(_("gap widened"), "attention", "attention"),
        "not_shown": Word(_("no change shown"), "dash", ""),
        "insufficient_data": Word(_("insufficient data"), "insufficient_data", "insufficient_data"),
    }


def build(steps: list[StepChange], final: Assessment, window: Window, metric: str) -> FairnessView:
    """The page of one rate: proposal and final decision side by side, and what lies between them."""
    shown = [step for step in steps if step.metric == metric]
    name = _(METRIC_NAMES[metric])
    page = FairnessView(
        title=_("What the human step changed"),
        question=_("Did people make the differences between groups smaller or larger?"),
        method=[
            *method_of(final, window),
            (_("Cases"), _("those whose value is known at both stages, each compared with itself")),
            (_("Intervals"), _("change within a group: Newcombe for pairs; change of the gap: difference of both")),
            (_("Correction"), _("Holm, over %(n)s changes of a gap") % {"n": _tested(steps)}),
        ],
        data={"metric": metric, "steps": [step.to_json() for step in shown]},
    )
    if not shown:
        page.empty = _("No group has enough cases at both stages to compare them.")
        return page
    page.answer = [_answer(shown, name)]
    rows = [interval_row(step.attribute, step.group, step.gap_change, state=_state(step)) for step in shown]
    title = _("Change of the distance from the reference, final less proposal: %(metric)s") % {"metric": name}
    figure = interval_figure(rows, name="step-chart", title=title, unit="points")
    page.figures = [{"title": title, "figure": figure}]
    page.read_with = _(
        "Right of zero the group stands better against its reference after the human step, left of it worse. The line "
        "is the 95 % interval."
    )
    page.tables = [_table(shown, name)]
    return page


def _tested(steps: list[StepChange]) -> int:
    return sum(step.gap_p_value is not None for step in steps)


def _state(step: StepChange) -> str:
    return "insufficient_data" if step.direction == "insufficient_data" else "none"


def _answer(steps: list[StepChange], metric: str) -> str:
    narrowed = [step for step in steps if step.direction == "narrowed"]
    widened = [step for step in steps if step.direction == "widened"]
    few = sum(step.direction == "insufficient_data" for step in steps)
    parts = [
        _(
            "In the %(metric)s, the human step narrowed the gap of %(narrowed)s and widened that of %(widened)s, of "
            "%(all)s."
        )
        % {
            "metric": metric,
            "narrowed": ngettext("%(n)s group", "%(n)s groups", len(narrowed)) % {"n": len(narrowed)},
            "widened": ngettext("%(n)s group", "%(n)s groups", len(widened)) % {"n": len(widened)},
            "all": ngettext("%(n)s group", "%(n)s groups", len(steps)) % {"n": len(steps)},
        }
    ]
    for step in widened[:1]:
        data = {"group": group_words(step.attribute, step.group), "reference": _reference(step)}
        parts.append(_("Most in need of a look: %(group)s against %(reference)s.") % data)
    if few:
        parts.append(
            ngettext("For %(n)s the data are insufficient.", "For %(n)s the data are insufficient.", few) % {"n": few}
        )
    return " ".join(parts)


def _reference(step: StepChange) -> str:
    return group_words(step.attribute, step.reference)


def _table(steps: list[StepChange], metric: str) -> Table:
    spoken = directions()
    rows = [
        Row(
            group=attribute_words(step.attribute),
            cells=[
                Cell(
                    text=group_words(step.attribute, step.group),
                    under=_("against %(reference)s") % {"reference": _reference(step)},
                ),
                count_cell(step.pairs.n, 1),
                _rate(step.pairs, "proposal"),
                _rate(step.pairs, "final"),
                number_cell(step.change, "points"),
                number_cell(step.gap_change, "points"),
                Cell(text=p_text(step.gap_p_adjusted), kind="number"),
                Cell(word=spoken[step.direction]),
            ],
        )
        for step in steps
    ]
    columns = [
        Column(label=_("Group")),
        Column(label=_("n"), number=True),
        Column(label=_("As proposed"), number=True),
        Column(label=_("As it took effect"), number=True),
        Column(label=_("Change in the group"), number=True),
        Column(label=_("Change of the gap"), number=True),
        Column(label=_("p, corrected"), number=True),
        Column(label=_("What that says")),
    ]
    about = _("Rates and changes of the same cases, with 95 % intervals beneath. pp: percentage points.")
    caption = _("Proposal and final decision: %(metric)s") % {"metric": metric}
    return Table(id="steps", caption=caption, columns=columns, rows=rows, about=about)


def _rate(pairs: Pairs, stage: str) -> Cell:
    events = pairs.both + (pairs.only_proposal if stage == "proposal" else pairs.only_final)
    return number_cell(wilson(events, pairs.n), "share")
