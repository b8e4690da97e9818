"""Papers that are not oversight reports, such as minutes or a file for an authority: one way to print them all.

Rooms that may not know this one build plain data; a door passes them here. ``content`` is a mapping:

``title`` (required), ``organisation``, ``scope``, ``scope_ref``, ``ref``, ``language``, ``prepared_at`` (with zone,
required), ``prepared_by``, ``period`` (start and end, end exclusive), ``recipients``, ``signatures`` (labels to sign
under), ``law_version``, ``simulated`` (a sentence), ``draft``, ``replaces``, ``checkpoint``
(:class:`~audit.reports.content.Checkpoint`), ``logo`` (:class:`~audit.reports.content.Logo`) and ``sections``: a list
of ``{"title", "id", "blocks", "reason"}``. ``reason`` instead of ``blocks`` prints the section as not available.

A block is a block of :mod:`audit.reports.content`, a string (a paragraph), or a mapping with one of these keys:

``lead``, ``paragraph``, ``note``, ``limit``: text · ``statement``: text, with ``by``, ``at``, ``reference`` ·
``fact``: text, with ``source``, ``against`` · ``gap``: text · ``facts``: pairs of label and text ·
``figures``: a list of :class:`~audit.reports.content.Figure`, with ``title`` · ``table``: rows of texts or figures,
with ``title``, ``columns`` (names, or ``{"label", "align", "mono", "weight"}``), ``note``, ``empty``.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from audit.reports.content import (
    Block,
    Column,
    Fact,
    Facts,
    Frozen,
    KeyFigures,
    Meta,
    Note,
    OversightReport,
    Paragraph,
    Section,
    Statement,
    Table,
    not_available,
)
from audit.reports.context import window_of

Content = Mapping[str, Any]
TEXTS: dict[str, Any] = {
    "lead": lambda text, more: Paragraph(text=text, role="lead"),
    "paragraph": lambda text, more: Paragraph(text=text),
    "note": lambda text, more: Note(text=text),
    "limit": lambda text, more: Note(text=text, kind="limit"),
    "statement": lambda text, more: Statement(kind="person", text=text, **_some(more, "by", "at", "reference")),
    "fact": lambda text, more: Statement(kind="computed", text=text, **_some(more, "source", "against", "reference")),
    "gap": lambda text, more: Statement(kind="gap", text=text, **_some(more, "reference")),
}


class NotAPaper(ValueError):
    """The content lacks something that a paper needs, or holds what none can print."""

    code = "not_a_paper"


def paper(kind: str, content: Content) -> bytes:
    """Return the PDF (PDF/A-3a, PDF/UA-1) of ``content``; equal content gives equal bytes. Raises :class:`NotAPaper`.

    ``kind`` is a word for the data, such as ``minutes``.
    """
    # Loaded here: drawing takes fonts and libraries that only a process that draws should hold.
    from audit.reports.pdf import render_pdf

    return render_pdf(document(kind, content))


def document(kind: str, content: Content) -> OversightReport:
    """Return ``content`` as frozen report data, which pages and PDF draw alike. Raises :class:`NotAPaper`."""
    prepared_at = content.get("prepared_at")
    if not content.get("title") or not isinstance(prepared_at, datetime) or prepared_at.tzinfo is None:
        raise NotAPaper("A paper needs a title, and a time of preparation with its zone.")
    period = content.get("period")
    meta = Meta(
        ref=str(content.get("ref", "")),
        kind=kind,
        title=str(content["title"]),
        organisation=str(content.get("organisation", "")),
        scope=str(content.get("scope", "")),
        scope_ref=str(content.get("scope_ref", "")),
        window=window_of(*period) if period else None,
        prepared_at=prepared_at,
        prepared_by=str(content.get("prepared_by", "")),
        language=str(content.get("language", "en")),
        generator=f"Custodes {version('custodes')}",
        law_version=str(content.get("law_version", "")),
        checkpoint=content.get("checkpoint"),
        recipients=tuple(map(str, content.get("recipients", ()))),
        simulated=str(content.get("simulated", "")),
        draft=bool(content.get("draft")),
        verify_url=str(content.get("verify_url", "")),
        previous_ref=str(content.get("replaces", "")),
        signatures=tuple(map(str, content.get("signatures", ()))),
        logo=content.get("logo"),
    )
    return OversightReport(meta=meta, sections=_sections(content.get("sections", ())))


def _sections(given: Iterable[Content]) -> tuple[Section, ...]:
    made: list[Section] = []
    for place, section in enumerate(given, 1):
        title = str(section.get("title", ""))
        if not title:
            raise NotAPaper(f"Section {place} has no title.")
        id_ = str(section.get("id") or f"section-{place}")
        if any(id_ == other.id for other in made):
            raise NotAPaper(f"Two sections have the id {id_}.")
        reason = section.get("reason")
        if reason:
            made.append(not_available(id=id_, title=title, reason=str(reason)))
            continue
        blocks = tuple(_block(block, f"{id_}-{n}") for n, block in enumerate(section.get("blocks", ()), 1))
        made.append(Section(id=id_, title=title, blocks=blocks))
    return tuple(made)


def _block(given: Any, id_: str) -> Block:
    if isinstance(given, Frozen):
        block: Any = given
        return block
    if isinstance(given, str):
        return Paragraph(text=given)
    if not isinstance(given, Mapping):
        raise NotAPaper(f"{id_}: a block is a text, a mapping or a block of report data, not {type(given).__name__}.")
    for name, make in TEXTS.items():
        if name in given:
            made: Block = make(str(given[name]), given)
            return made
    if "facts" in given:
        pairs = given["facts"].items() if isinstance(given["facts"], Mapping) else given["facts"]
        return Facts(items=tuple(Fact(label=str(label), text=str(text)) for label, text in pairs))
    if "figures" in given:
        return KeyFigures(id=id_, title=str(given.get("title", "")), figures=tuple(given["figures"]))
    if "table" in given:
        return _table(given, str(given.get("id") or id_))
    raise NotAPaper(f"{id_}: a block has one of the keys {', '.join([*TEXTS, 'facts', 'figures', 'table'])}.")


def _table(given: Content, id_: str) -> Table:
    columns = tuple(_column(column, place) for place, column in enumerate(given.get("columns", ())))
    if not columns:
        raise NotAPaper(f"{id_}: a table needs columns.")
    rows = tuple(tuple(cell if isinstance(cell, Frozen) else str(cell) for cell in row) for row in given["table"])
    wrong = next((place for place, row in enumerate(rows, 1) if len(row) != len(columns)), None)
    if wrong is not None:
        raise NotAPaper(f"{id_}: row {wrong} has {len(rows[wrong - 1])} cells, the table {len(columns)} columns.")
    return Table(
        id=re.sub(r"[^a-z0-9-]+", "-", id_.lower()),
        title=str(given.get("title", "")),
        columns=columns,
        rows=rows,  # type: ignore[arg-type]
        note=str(given.get("note", "")),
        empty=str(given.get("empty", "")),
        header_column=bool(given.get("header_column", True)),
    )


def _column(given: Any, place: int) -> Column:
    if isinstance(given, Mapping):
        more = _some(given, "align", "mono", "weight")
        return Column(key=str(given.get("key") or f"c{place}"), label=str(given["label"]), **more)
    return Column(key=f"c{place}", label=str(given))


def _some(given: Content, *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name) is not None}
