"""Oversight in practice: what people did about the decisions, measure by measure, contradicting evidence first."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from audit.assurance import speech
from audit.oversight import OversightCounts
from audit.oversight.measure import CONTRADICTS, Measure, Part
from audit.reports import basis, display
from audit.reports.content import (
    Block,
    Column,
    Figure,
    Grade,
    KeyFigures,
    Note,
    Paragraph,
    Section,
    Statement,
    Table,
    Unit,
)
from audit.reports.context import Context, bounds_of, exact
from audit.reports.reviewing import Reviewing, counts_of, reviewing
from audit.reports.sections import standing
from audit.reports.sections.over_time import override_chart

UNITS: dict[str, Unit] = {"share": "share", "seconds": "seconds", "count": "count", "difference": "points"}
GRADES: dict[str, Grade] = {"A": "A", "B": "B", "C": "C"}
QUERY = "audit.oversight.aggregates.counts_for"
CHANGED = ("m1/modify", "m1/override")
OF_MEASURE: dict[str, str] = {
    "M1": basis.oversight(*CHANGED, of=("m1/confirm", *CHANGED)),
    "M1c": basis.oversight("m1_band"),
    "M2": basis.oversight("sla/in_time", of=("sla/in_time", "sla/late")),
    "M3": basis.oversight("too_fast", of=("timed",)),
    "M3b": basis.oversight("batched", of=("submitted",)),
    "M4": basis.oversight("submitted"),
    "M5": basis.oversight("truth"),
    "M5a": basis.oversight("reliance"),
    "M5b": basis.oversight("truth"),
    "M6": basis.oversight("truth"),
    "M6b": basis.oversight("weight", of=("truth",)),
    "M8": basis.oversight("pair"),
    "M9": basis.oversight("timed", of=("active_ms",)),
    "M10": basis.oversight("breach", of=("required", "breach_unknown")),
    "M10b": basis.events(),
    "M11": basis.oversight("hop/in_time", of=("hop",)),
    "M12": basis.events("ai.oversight.intervention.v1"),
    "M14": basis.oversight("appeal_decision", of=("appeal",)),
    "M15": basis.oversight("reasoned/yes", of=("reasoned/yes", "reasoned/no")),
    "M16": basis.oversight("access/yes", of=("access/yes", "access/no")),
    "M20": basis.oversight("qualified/yes", of=("qualified/yes", "qualified/no")),
}
ALL = basis.oversight("decisions")  # a measure that is not listed stands on all decisions of the window


def build(context: Context) -> Section:
    """Return section 6 of the report plan: the measures of ``audit.oversight`` as of the checkpoint."""
    counts = counts_of(context)
    work = reviewing(context)
    found = work.measures
    blocks: list[Block] = [
        Paragraph(text=_lead(counts, found), role="lead"),
        *_against(found),
        KeyFigures(id="practice", title=_("Volumes"), figures=_volumes(context, counts)),
        _measures(context, [measure for measure in found if measure.value is not None]),
        _unmeasured([measure for measure in found if measure.value is None]),
    ]
    if chart := override_chart(context):
        blocks.append(chart)
    blocks += [standing.pillars_table(found), _splits(context, found), standing.claims_table(found)]
    if counts["simulated"]:
        text = _("%(n)s of these decisions have at least one simulated event, such as a review.")
        share = text % {"n": display.number(counts["simulated"])}
        blocks.append(Note(kind="simulated", text=share))
    text = _("Figures on reviewers are figures on workers: they are shown together or under pseudonyms, never ranked.")
    blocks += [Note(kind="limit", text=text), *left_out(work)]
    return Section(id="practice", title=_("Oversight in practice"), blocks=tuple(blocks))


def left_out(work: Reviewing) -> list[Block]:
    """Say for which months of the window no figure about people's work is given."""
    if not work.left_out:
        return []
    text = _(
        "Figures about the work of people stand on whole calendar months in which at least three people reviewed and "
        "none of them did nearly all; left out of them: %(months)s."
    ) % {"months": ", ".join(display.month(month) for month in work.left_out)}
    return [Note(kind="limit", text=text)]


def said(measure: Measure) -> str:
    """Return a measure's sentence in the active language."""
    return speech.said(measure.message)


def part_name(part: Part) -> str:
    """Return the name of a split's row, *override* or *class grant*, its kind in the active language."""
    return speech.said(part.message)


def _lead(counts: OversightCounts, found: Sequence[Measure]) -> str:
    against = sum(measure.verdict == CONTRADICTS for measure in found)
    return _(
        "%(n)s decisions, of which %(required)s needed a person before execution; %(before)s of these had one. "
        "%(against)s measures speak against the declared oversight."
    ) % {
        "n": display.number(counts["decisions"]),
        "required": display.number(counts["required"]),
        "before": display.number(counts["reviewed_before"]),
        "against": against,
    }


def _against(found: Sequence[Measure]) -> list[Block]:
    return [
        Statement(kind="computed", against=True, text=said(measure), source=f"{measure.id} {_(measure.title)}")
        for measure in found
        if measure.verdict == CONTRADICTS
    ]


def _volumes(context: Context, counts: OversightCounts) -> tuple[Figure, ...]:
    named = (
        ("decisions", _("Decisions, without drills and withdrawn ones"), "A"),
        ("executed", _("Executed"), "B"),
        ("required", _("Executed, and the policy asks for a person first"), "A"),
        ("reviewed_before", _("A person decided before execution"), "B"),
        ("reviewed_after", _("A person decided only after execution"), "B"),
        ("never_reviewed", _("No person decided"), "B"),
        ("submitted", _("Reviews submitted"), "B"),
    )
    return tuple(
        context.count(
            f"practice.{name}", label, counts[name], query=QUERY, basis=basis.oversight(name), evidence_grade=grade,
            simulated=context.simulated_reviews and name != "decisions",
        )
        for name, label, grade in named
    )  # fmt: skip


def figure_of(context: Context, measure: Measure) -> Figure:
    """Return a measure as a figure; one that was not measured says so."""
    missing, work = exact(measure.missing_share), reviewing(context)
    # Without a window that holds these counts and no others there is no way behind the figure.
    apart = measure.facts.people and (work.apart or bool(measure.withheld))
    return context.figure(
        f"practice.{measure.id}",
        f"{measure.id} {_(measure.title)}",
        UNITS.get(measure.unit, "ratio"),
        value=exact(measure.value),
        n=None if measure.withheld else measure.n,
        interval=None if measure.interval is None or measure.value is None else bounds_of(measure.interval),
        state=measure.verdict,
        query=QUERY,
        basis="" if apart else OF_MEASURE.get(measure.id, ALL),
        window=work.window if measure.facts.people and work.window else context.window,
        method_version=measure.method_version,
        evidence_grade=GRADES.get(measure.evidence_grade, "unknown"),
        filter=_("data missing for %(share)s") % {"share": display.share(missing)} if missing else "",
        simulated=context.simulated_reviews,
        reason=_why(measure),
    )


def _why(measure: Measure) -> str:
    """Return why a measure has no value; empty where it has one."""
    if measure.value is not None:
        return ""
    return said(measure) if measure.withheld else _("not measured in this window")


def _reading(context: Context, measure: Measure) -> Figure:
    word = display.state_word(measure.verdict)
    return context.figure(f"practice.{measure.id}.reading", measure.id, "text", text=word, state=measure.verdict)


def _measures(context: Context, found: Sequence[Measure]) -> Table:
    rows = tuple(
        (
            f"{measure.id} {_(measure.title)}",
            figure_of(context, measure),
            display.number(measure.n),
            _reading(context, measure),
            said(measure),
        )
        for measure in found
    )  # fmt: skip
    columns = (
        Column(key="measure", label=_("Measure"), weight=2),
        Column(key="value", label=_("Value"), align="right"),
        Column(key="n", label="n", align="right"),
        Column(key="reading", label=_("Reading")),
        Column(key="sentence", label=_("In words"), weight=4),
    )
    note = _("Thresholds of a reading are ours, editable, and none is a number of the law.")
    return Table(id="measures", title=_("Measures of oversight"), columns=columns, rows=rows, note=note)


def _unmeasured(found: Sequence[Measure]) -> Table:
    rows = tuple(
        (
            f"{measure.id} {_(measure.title)}",
            said(measure)
            if measure.withheld
            else _("about %(n)s cases are needed") % {"n": display.number(measure.needed_n)}
            if measure.needed_n
            else _("no case in this window can be counted"),
        )
        for measure in found
    )
    columns = (Column(key="measure", label=_("Measure"), weight=2), Column(key="why", label=_("Why"), weight=2))
    return Table(
        id="unmeasured", title=_("Measures that are not available"), columns=columns, rows=rows,
        empty=_("Every measure could be computed."),
    )  # fmt: skip


def _splits(context: Context, found: Sequence[Measure]) -> Table:
    measure, work = next(measure for measure in found if measure.id == "M1"), reviewing(context)
    rows = tuple(
        (
            part_name(part),
            context.estimate(
                f"practice.M1.{part.label}", part_name(part), "share", part.interval, query=QUERY,
                basis=_of_part(part, work),
                window=work.window or context.window,
                method_version=measure.method_version, evidence_grade=GRADES.get(measure.evidence_grade, "unknown"),
                simulated=context.simulated_reviews,
            )
            if part.interval.n >= 10
            else _("fewer than 10"),
            display.number(part.interval.n),
        )
        for part in measure.parts
    )  # fmt: skip
    columns = (
        Column(key="part", label=_("Part")),
        Column(key="rate", label=_("Share"), align="right"),
        Column(key="n", label="n", align="right"),
    )
    return Table(
        id="override-splits", title=_("How people decided: kinds of decision, then override rate by part"),
        columns=columns, rows=rows, empty=_("No decision of a person is recorded in this window."),
    )  # fmt: skip


def _of_part(part: Part, work: Reviewing) -> str:
    """Return what a row of the override splits counts: one kind of decision, or the changed ones of a slice.

    Empty where the window holds more than what is shown, as when a month of the slice is held back.
    """
    if work.apart:
        return ""
    if "dimension" not in part.data:
        return basis.oversight(f"m1/{part.label}", of=("m1",))
    dimension, value = f"m1_{part.data['dimension']}", str(part.data["value"])
    if sum(n for words, n in work.counts.under(dimension) if words[0] == value) != part.interval.n:
        return ""
    whole = basis.cell(dimension, value)
    return basis.oversight(f"{whole}/modify", f"{whole}/override", of=(whole,))
