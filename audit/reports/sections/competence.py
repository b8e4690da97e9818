"""Literacy and competence: who is trained for what until when, and who may do what."""

from collections import Counter
from datetime import UTC, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.reports import basis, display
from audit.reports.content import Block, Column, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.reports.sections.design import reviewers_under
from governance.models import AuthorityGrant, Engagement, Qualification, TrainingModule

SOON = timedelta(days=90)
QUALIFIED = basis.register("qualification")


def build(context: Context) -> Section:
    """Return section 16 of the report plan (AI Act Art 4, 26(2)); people are counted, never named."""
    held = _held(context)
    valid = sum(row["valid"] for row in held.values())
    lead = _("%(n)s valid qualifications are held by people who may review; %(soon)s lapse within 90 days.") % {
        "n": valid, "soon": sum(row["soon"] for row in held.values()),
    }  # fmt: skip
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), *_lacking(held)]
    blocks += [_codes(context, held), _authority(context), *_outside(context)]
    return Section(id="competence", title=_("Literacy and competence"), blocks=tuple(blocks))


def _held(context: Context) -> dict[str, Counter[str]]:
    """Count per qualification who holds it, whose lapses soon, and whose has lapsed, on the day of the report."""
    policies = context.policies()
    people = {person.pk for row in policies for person in reviewers_under(context, row)}
    found: dict[str, Counter[str]] = {}
    rows = Qualification.objects.filter(person__in=people, valid_from__lte=context.at).order_by("code", "pk")
    for row in rows:
        counts = found.setdefault(row.code, Counter())
        until = row.valid_until
        if until is not None and until <= context.at:
            counts["lapsed"] += 1
            continue
        counts["valid"] += 1
        counts["soon"] += until is not None and until <= context.at + SOON
    return found


def _lacking(held: dict[str, Counter[str]]) -> list[Block]:
    if not held:
        text = _("Nobody who may review holds a recorded qualification.")
        return [Statement(kind="gap", text=text, reference="Art 26(2)")]
    empty = [code for code, counts in held.items() if not counts["valid"]]
    return [
        Statement(kind="computed", against=True, text=_("Every %(code)s has lapsed.") % {"code": code})
        for code in empty
    ]


def _codes(context: Context, held: dict[str, Counter[str]]) -> Table:
    names = dict(TrainingModule.objects.values_list("code", "name"))
    rows = tuple(
        (
            names.get(code, code),
            context.count(
                f"competence.{code}", names.get(code, code), counts["valid"], query="governance.models.Qualification",
                basis=QUALIFIED, evidence_grade="C",
            ),
            display.number(counts["soon"]),
            display.number(counts["lapsed"]),
        )
        for code, counts in sorted(held.items())
    )  # fmt: skip
    columns = (
        Column(key="code", label=_("Qualification"), weight=2),
        Column(key="valid", label=_("Valid"), align="right"),
        Column(key="soon", label=_("Lapse within 90 days"), align="right"),
        Column(key="lapsed", label=_("Lapsed"), align="right"),
    )
    empty = _("No qualification is recorded.")
    title = _("Qualifications of the people who may review")
    return Table(id="qualifications", title=title, columns=columns, rows=rows, empty=empty)


def _authority(context: Context) -> Table:
    case = context.use_case
    scope = Q(use_case=case) | Q(unit=case.unit) | Q(use_case=None, unit=None)
    rows = AuthorityGrant.objects.filter(scope, valid_from__lt=context.window.end)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=context.window.start)).select_related("person")
    listed = tuple(
        (
            row.get_act_display(),
            row.person.pseudonym or row.person.function or row.ref,
            row.ref,
            display.day(row.valid_from.astimezone(UTC).date()),
            display.day(row.valid_until.astimezone(UTC).date()) if row.valid_until else _("no end"),
        )
        for row in rows.order_by("act", "valid_from", "ref")
    )
    columns = (
        Column(key="act", label=_("May")),
        Column(key="who", label=_("Who, by pseudonym or function"), weight=2),
        Column(key="ref", label=_("Grant")),
        Column(key="from", label=_("From")),
        Column(key="until", label=_("Until")),
    )
    return Table(
        id="authority", title=_("Authority in force within the window"), columns=columns, rows=listed,
        empty=_("No grant of authority is recorded for this use case."),
    )  # fmt: skip


def _outside(context: Context) -> list[Block]:
    n = Engagement.objects.filter(since__lt=context.window.end, until__gt=context.window.start).count()
    if not n:
        return []
    return [Paragraph(text=_("%(n)s experts from outside were engaged for a time within the window.") % {"n": n})]
