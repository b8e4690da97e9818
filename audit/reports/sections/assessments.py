"""Impact assessments and risks: what is required, what was signed, when, and what it lacks."""

import re
from datetime import UTC, date
from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Fact, Facts, Note, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.reports.sections.register import latest_classification
from governance.models import Assessment
from governance.register.law_words import in_words
from policies.eu_ai_act.forms import FormItem, form
from policies.eu_ai_act.fria import ELEMENTS, fria_in_time, fria_required

FRIA, DPIA, RISKS = "fria", "dpia", "risk"


def build(context: Context) -> Section:
    """Return section 13 of the report plan (AI Act Art 27, 26(9), GDPR Art 35)."""
    blocks: list[Block] = [*_fria(context), *_dpia(context), _table(context, (FRIA, DPIA))]
    return Section(id="assessments", title=_("Impact assessments"), blocks=tuple(blocks))


def risks(context: Context) -> Section:
    """Return section 10 of the report plan (AI Act Art 9): the risk register as it was signed last."""
    title, found = _("Risk register"), signed(context, RISKS)
    if found is None:
        text = _("Not available: no risk register is recorded for this use case.")
        return Section(id="risks", title=title, blocks=(Statement(kind="gap", text=text, reference="Art 9"),))
    lead = _("Version %(version)s, signed on %(day)s.") % {"version": found.version, "day": _day(found.signed_at)}
    return Section(id="risks", title=title, blocks=(Paragraph(text=lead, role="lead"), *answers(found)))


def fria_paper(context: Context) -> Section:
    """Return the fundamental rights impact assessment as it was signed last (AI Act Art 27(1)(a)-(f))."""
    title, found = _("Fundamental rights impact assessment"), signed(context, FRIA)
    if found is None:
        missing: list[Block] = [Statement(kind="gap", text=_("Not available: none is recorded as signed."))]
        missing += [
            Statement(kind="gap", text=_("Open: %(what)s.") % {"what": in_words(text)}, reference=f"Art {article}")
            for article, text in ELEMENTS.items()
        ]
        return Section(id="fria", title=title, blocks=tuple(missing))
    return Section(id="fria", title=title, blocks=tuple(answers(found)))


def signed(context: Context, kind: str) -> Assessment | None:
    """Return the version of a paper that was signed last by the day of the report; unsigned where a form asks none."""
    asked = form(kind)
    unsigned = asked is not None and not asked.signed
    for row in context.once("papers, newest first", lambda: list(_papers(context))):
        at = row.edited_at if unsigned else row.signed_at
        if row.kind == kind and at is not None and at <= context.at:
            return cast(Assessment, row)
    return None


def _papers(context: Context) -> QuerySet[Assessment]:
    rows = Assessment.objects.filter(use_case=context.use_case).select_related("signed_by")
    return rows.order_by("-version")


def answers(found: Assessment) -> list[Block]:
    """Return a paper's answers by the items of its form: texts as labelled values, tables as tables, gaps as gaps."""
    asked, texts, tables = form(found.kind), [], []
    items = {item.id: item for item in asked.items} if asked else {}
    for name in [*items, *(name for name in found.answers if name not in items)]:
        answer, item = found.answers.get(name), items.get(name)
        label = f"{in_words(item.text)} ({item.article})" if item else name
        if isinstance(answer, list) and answer and all(isinstance(row, dict) for row in answer):
            tables.append(_rows(name, label, answer, dict(item.columns) if item else {}))
        elif answer not in (None, "", []):
            shown = "; ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
            texts.append((label, shown))
    return [*_signed_by(found), *_texts(texts), *tables, *_lacking(found, items)]


def _signed_by(found: Assessment) -> list[Block]:
    if found.signed_by is None:
        return [Note(text=_("Nobody signed this paper; its form asks for no signature."))]
    said = _("Version %(version)s, digest %(digest)s.") % {"version": found.version, "digest": found.digest}
    name, at = found.signed_by.name, found.signed_at
    return [Statement(kind="person", text=said, by=name, at=at, reference=found.ref)]


def _texts(texts: list[tuple[str, str]]) -> list[Block]:
    columns = (
        Column(key="item", label=_("What is asked"), weight=2),
        Column(key="answer", label=_("Answer"), weight=3),
    )
    if not texts:
        return []
    return [Table(id="answers", title=_("Answers"), columns=columns, rows=tuple(texts))]


def _lacking(found: Assessment, items: dict[str, FormItem]) -> list[Block]:
    return [
        Statement(
            kind="gap",
            text=_("No answer to: %(item)s.") % {"item": in_words(items[name].text) if name in items else name},
        )
        for name in found.missing
    ]


def _rows(name: str, label: str, listed: list[dict[str, Any]], named: dict[str, str]) -> Table:
    keys = list(dict.fromkeys([*named, *(key for row in listed for key in row)]))
    rows = tuple(tuple(str(row.get(key, "")) or "–" for key in keys) for row in listed)
    columns = tuple(Column(key=key, label=in_words(named[key]) if key in named else key) for key in keys)
    return Table(id=re.sub(r"[^a-z0-9-]+", "-", name.lower()), title=label, columns=columns, rows=rows)


def _fria(context: Context) -> list[Block]:
    found, classified = signed(context, FRIA), latest_classification(context)
    points = re.findall(r"Annex III (\d+(?:\([a-z]\))?)", " ".join(classified.legal_basis)) if classified else []
    need = fria_required(points, public_body=None, private_public_service=None)
    words = {True: _("required"), False: _("not required"), None: _("depends on who deploys it")}
    said = dict.fromkeys((words[need.required], in_words(need.reason)))  # where it depends, both may say the same
    facts = [Fact(label=_("FRIA (Art 27)"), text=": ".join(said))]
    made = found.signed_at.astimezone(UTC).date() if found and found.signed_at else None
    timely = fria_in_time(assessed_on=made, first_use=context.use_case.first_use)
    blocks: list[Block] = [Facts(items=tuple(facts))]
    if need.required and found is None:
        text = _("A fundamental rights impact assessment is required and none is recorded as signed.")
        blocks.append(Statement(kind="computed", text=text, against=True, source="Art 27(1)"))
    elif need.required and timely is False:
        text = _("The fundamental rights impact assessment was signed after the first use.")
        blocks.append(Statement(kind="computed", text=text, against=True, source="Art 27(1)"))
    if found is not None and found.notified_at is None and need.required:
        text = _("It is not recorded that the market surveillance authority was notified.")
        blocks.append(Statement(kind="gap", text=text, reference="Art 27(3)"))
    return blocks


def _dpia(context: Context) -> list[Block]:
    if signed(context, DPIA) is not None:
        return []
    text = _("No data protection impact assessment is recorded as signed; whether one is needed is for people to say.")
    return [Statement(kind="gap", text=text, reference="GDPR Art 35")]


def _table(context: Context, kinds: tuple[str, ...]) -> Table:
    rows = Assessment.objects.filter(use_case=context.use_case, kind__in=kinds, edited_at__lte=context.at)
    return papers_table("assessments", _("Assessments on record"), rows.order_by("kind", "version"))


def papers_table(id_: str, title: str, papers: Any) -> Table:
    """Return papers of the register as a table: version, who signed when, how many items lack an answer."""
    rows = tuple(
        (
            paper.ref,
            paper.kind,
            str(paper.version),
            _day(paper.signed_at) if paper.signed_at else _("draft"),
            str(len(paper.missing)),
            paper.digest or "–",
        )
        for paper in papers
    )
    columns = (
        Column(key="ref", label=_("Paper")),
        Column(key="kind", label=_("Kind")),
        Column(key="version", label=_("Version"), align="right"),
        Column(key="signed", label=_("Signed")),
        Column(key="missing", label=_("Items without an answer"), align="right"),
        Column(key="digest", label=_("Digest"), mono=True, weight=3),
    )
    return Table(id=id_, title=title, columns=columns, rows=rows, empty=_("Not yet recorded."))


def _day(at: Any) -> str:
    return display.day(at if isinstance(at, date) and not hasattr(at, "astimezone") else at.astimezone(UTC).date())
