"""Performance and drift: how often the AI and the people were right, and whether what the AI proposes has shifted."""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from audit.fairness import aggregates as fairness
from audit.fairness.declared import NotDeclared
from audit.fairness.rates import confusion_of
from audit.reports import basis, display
from audit.reports.content import Block, Chart, ChartPoint, Figure, KeyFigures, Note, Paragraph, Section, Statement
from audit.reports.context import Context, exact
from audit.reports.reviewing import Reviewing, reviewing
from audit.reports.sections.over_time import months_of
from audit.reports.sections.practice import QUERY, left_out
from audit.statistics import wilson

LEAST = 30  # cases in each half before a shift is told
PSI_WATCH, PSI_LARGE = 0.1, 0.25


def build(context: Context) -> Section:
    """Return section 9 of the report plan (AI Act Art 13(3)(b), 15, 26(4), 72)."""
    work = reviewing(context)
    figures = (*_accuracy(context, work), _shift(context))
    known = figures[0].n or 0
    lead = _("The true outcome is known for %(n)s decisions that a person decided on.") % {"n": display.number(known)}
    blocks: list[Block] = [Paragraph(text=lead, role="lead")]
    text = _("No declared accuracy is recorded that these figures could be held against.")
    blocks.append(Statement(kind="gap", text=text, reference="Art 15(3)"))
    blocks.append(KeyFigures(id="performance", title=_("Right and wrong, and shift"), figures=figures))
    blocks += _chart(context)
    text = _(
        "Truth is known for some decisions only, and not for a random sample of them: these shares hold for those "
        "decisions. Error rates by group stand in the fairness section."
    )
    blocks += [Note(kind="limit", text=text), *left_out(work)]
    return Section(id="performance", title=_("Performance and drift"), blocks=tuple(blocks))


def _accuracy(context: Context, work: Reviewing) -> tuple[Figure, ...]:
    """Return how often proposal and final decision were right, from cells (AI right, person right, changed)."""
    cells = dict(work.counts.under("truth"))
    total = sum(cells.values())
    places = (
        ("performance.ai", _("AI proposals that were right"), 0),
        ("performance.final", _("Decisions of people that were right"), 1),
    )
    made = []
    for id_, label, place in places:
        right = sum(n for words, n in cells.items() if words[place] == "1")
        paths = sorted({"/".join(("truth", *words)) for words in cells if words[place] == "1"})
        stands = "" if work.apart or not total else basis.oversight(*paths, of=("truth",))
        given: dict[str, Any] = {"query": QUERY, "basis": stands, "evidence_grade": "B"}
        given |= {"simulated": context.simulated_reviews, "window": work.window or context.window}
        if total:
            made.append(context.estimate(id_, label, "share", wilson(right, total), **given))
        else:
            reason = _(work.withheld) if work.withheld else _("the outcome of no decision is known")
            made.append(context.figure(id_, label, "share", n=0, reason=reason, **given))
    return tuple(made)


def _proposals(context: Context) -> list[tuple[date, int, int]]:
    """Return (day, favourable, all) of the AI's proposals, oldest first; raises ``NotDeclared``."""

    def read() -> list[tuple[date, int, int]]:
        found = []
        for stretch in fairness.history(context.use_case, window=context.bounds, as_of=context.as_of):
            stage = stretch.counts.stage("proposal")
            confusion = confusion_of(stage.schema, stage.total())
            if stretch.day is not None:
                found.append((stretch.day, confusion.selected, confusion.n))
        return found

    found: list[tuple[date, int, int]] = context.once("proposals by day", read)
    return found


def _shift(context: Context) -> Figure:
    """Return the population stability index of the proposals between the two halves of the window."""
    id_, label = "performance.psi", _("Shift of the AI's proposals between the halves of the window (PSI)")
    given = {"query": "audit.fairness.aggregates.history stage=proposal", "evidence_grade": "B"}
    try:
        days = _proposals(context)
    except NotDeclared:
        return context.figure(id_, label, "ratio", reason=_("the use case declares no favourable outcome"), **given)
    middle = context.window.start + (context.window.end - context.window.start) / 2
    halves = [[day for day in days if (day[0] < middle.date()) is first] for first in (True, False)]
    tallies = [(sum(day[1] for day in half), sum(day[2] for day in half)) for half in halves]
    if min(n for _, n in tallies) < LEAST:
        reason = _("fewer than %(n)s proposals in one half of the window") % {"n": LEAST}
        return context.figure(id_, label, "ratio", reason=reason, n=sum(n for _, n in tallies), **given)
    value = psi(*tallies)
    return context.figure(
        id_, label, "ratio", value=exact(round(value, 6)), n=sum(n for _, n in tallies),
        basis=basis.fairness("proposal", []), threshold=Decimal(str(PSI_LARGE)),
        state="attention" if value >= PSI_LARGE else "insufficient_data" if value >= PSI_WATCH else "pass", **given,
    )  # fmt: skip


def psi(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Return the population stability index of two tallies (favourable, all); half a case is added to each cell."""
    total = 0.0
    for place in (0, 1):
        shares = []
        for favourable, n in (before, after):
            cell = favourable if place == 0 else n - favourable
            shares.append((cell + 0.5) / (n + 1))
        total += (shares[1] - shares[0]) * math.log(shares[1] / shares[0])
    return total


def _chart(context: Context) -> Sequence[Chart]:
    months = months_of(context)
    try:
        days = _proposals(context)
    except NotDeclared:
        return ()
    points = []
    for start, end in months:
        inside = [day for day in days if start.date() <= day[0] < end.date()]
        share = wilson(sum(day[1] for day in inside), sum(day[2] for day in inside))
        if share.value is None or share.n < 10:
            points.append(ChartPoint(at=start, n=share.n))
            continue
        low, high = exact(share.low), exact(share.high)
        points.append(ChartPoint(at=start, n=share.n, value=exact(share.value), low=low, high=high))
    known = [point for point in points if point.value is not None]
    if not 2 <= len(months) <= 24 or len(known) < 2:
        return ()
    least, most = (pick(known, key=lambda point: point.value or Decimal(0)) for pick in (min, max))
    said = {
        "low": display.share(least.value or Decimal(0)), "low_day": display.day(least.at),
        "high": display.share(most.value or Decimal(0)), "high_day": display.day(most.at),
    }  # fmt: skip
    finding = _("Between %(low)s and %(high)s of the AI's proposals were favourable, month by month.") % said
    alt = _(
        "Line chart of the share of favourable proposals of the AI, month by month: lowest in the month from "
        "%(low_day)s, at %(low)s, highest in the month from %(high_day)s, at %(high)s."
    )
    return (
        Chart(
            id="proposals", title=_("Share of favourable proposals, per month, with 95 % interval"), finding=finding,
            alt=alt % said, kind="time_series", unit="share", points=tuple(points),
        ),
    )  # fmt: skip
