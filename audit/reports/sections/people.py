"""Transparency and people's rights: what people were told, what they asked, and what they were answered."""

from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _

from audit.reports import basis, display
from audit.reports.content import Block, Column, Figure, KeyFigures, Note, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.statistics import wilson
from governance.models import Appeal, Disclosure

TOLD = basis.register("disclosure")
ASKED = basis.register("appeal")


def build(context: Context) -> Section:
    """Return section 12 of the report plan (AI Act Art 26(7), 26(11), 50, 86, 85)."""
    notices = list(
        Disclosure.objects.filter(use_case=context.use_case, published_at__lte=context.at).order_by(
            "kind", "language", "-version"
        )
    )
    asked = asked_in(context)
    lead = _("%(told)s notices are published; %(asked)s appeals and requests came in within the window.") % {
        "told": len(notices), "asked": len(asked),
    }  # fmt: skip
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), *_late(context, asked), *_not_told(notices)]
    blocks.append(KeyFigures(id="asked", title=_("Appeals and requests"), figures=_figures(context, asked)))
    blocks.append(_notices(notices))
    text = _("How many people actually received a notice is not known: no system reports it.")
    blocks.append(Note(kind="limit", text=text))
    return Section(id="people", title=_("Transparency and people's rights"), blocks=tuple(blocks))


def asked_in(context: Context) -> list[Appeal]:
    """Return what people asked within the window, oldest first."""
    rows = Appeal.objects.filter(
        use_case=context.use_case, received_at__gte=context.window.start, received_at__lt=context.window.end
    )
    return list(rows.order_by("received_at", "pk"))


def _answered(context: Context, appeal: Appeal) -> bool:
    return appeal.answered_at is not None and appeal.answered_at <= context.at


def _late(context: Context, asked: list[Appeal]) -> list[Block]:
    late = [each for each in asked if not _answered(context, each) and each.due_at < context.at]
    if not late:
        return []
    text = _("%(n)s appeals or requests are past their day without an answer.") % {"n": len(late)}
    return [Statement(kind="computed", text=text, against=True, source=_("appeals"))]


def _not_told(notices: list[Disclosure]) -> list[Block]:
    """State for each kind of notice that none is published; whether one is due is a matter of the duties."""
    published = {notice.kind for notice in notices}
    return [
        Statement(kind="gap", text=_("No notice is published for: %(whom)s.") % {"whom": kind.label})
        for kind in Disclosure.Kind
        if kind.value not in published
    ]


def _figures(context: Context, asked: list[Appeal]) -> tuple[Figure, ...]:
    given = {"query": "governance.models.Appeal", "basis": ASKED, "evidence_grade": "A"}
    kinds = [
        context.count(f"people.{kind.value}", str(kind.label), sum(each.kind == kind.value for each in asked), **given)
        for kind in Appeal.Kind
    ]
    ended = [each for each in asked if _answered(context, each) or each.due_at < context.at]
    kept = sum(_answered(context, each) and (each.answered_at or context.at) <= each.due_at for each in ended)
    decided = [each for each in asked if _answered(context, each) and each.outcome in ("upheld", "changed", "partly")]
    turned = sum(each.outcome in ("changed", "partly") for each in decided)
    return (
        *kinds,
        _share(context, "people.in_time", _("Answered by the day they were due"), kept, len(ended), given),
        _share(context, "people.changed", _("Appeals that changed the decision"), turned, len(decided), given),
        _time(context, asked, given),
    )


def _share(context: Context, id_: str, label: str, events: int, n: int, given: dict[str, str]) -> Figure:
    if not n:
        return context.figure(id_, label, "share", reason=_("none in this window"), n=0, **given)
    return context.estimate(id_, label, "share", wilson(events, n), **given)


def _time(context: Context, asked: list[Appeal], given: dict[str, str]) -> Figure:
    label = _("Time to the answer, median")
    spans = sorted(
        ((each.answered_at or each.received_at) - each.received_at).total_seconds()
        for each in asked
        if _answered(context, each)
    )
    if not spans:
        return context.figure("people.answer_time", label, "seconds", reason=_("none in this window"), n=0, **given)
    middle = spans[len(spans) // 2] if len(spans) % 2 else (spans[len(spans) // 2 - 1] + spans[len(spans) // 2]) / 2
    return context.figure(
        "people.answer_time", label, "seconds", value=Decimal(str(round(middle, 3))), n=len(spans), **given
    )


def _notices(notices: list[Disclosure]) -> Table:
    rows = tuple(
        (
            notice.get_kind_display(),
            notice.ref,
            str(notice.version),
            notice.language,
            display.day(notice.published_at.astimezone(UTC).date()),
        )
        for notice in notices
    )
    columns = (
        Column(key="kind", label=_("Who is told"), weight=3),
        Column(key="ref", label=_("Notice")),
        Column(key="version", label=_("Version"), align="right"),
        Column(key="language", label=_("Language")),
        Column(key="day", label=_("Published"), align="right"),
    )
    empty = _("No notice is published.")
    return Table(id="notices", title=_("Notices published, all versions"), columns=columns, rows=rows, empty=empty)
