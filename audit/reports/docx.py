"""The report as a Word document, for lawyers who must edit: the same data, real headings, real tables.

Such a copy is no evidence: it says on its first page which report it was made from, and that it can be edited.
"""

import io
import re
import zipfile

from django.utils import translation
from django.utils.translation import gettext as _

from audit.models import IssuedReport
from audit.reports import display
from audit.reports.content import (
    LOGO_MM,
    Block,
    Chart,
    Facts,
    Figure,
    KeyFigures,
    Logo,
    Note,
    OversightReport,
    Paragraph,
    Statement,
    Table,
    from_json,
    numbered,
)

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE = (1980, 1, 1, 0, 0, 0)


def docx_of(report: IssuedReport) -> bytes:
    """Return an issued report as a Word document."""
    return render_docx(from_json(bytes(report.data)), digest=report.pdf_sha256)


def render_docx(report: OversightReport, *, digest: str = "") -> bytes:
    """Return ``report`` as DOCX; the same data give the same bytes. ``digest`` is that of the PDF as issued."""
    # Loaded here: only who asks for a document to edit should hold the library.
    from docx import Document

    with translation.override(report.meta.language):
        made = Document()
        _properties(made, report)
        _cover(made, report, digest)
        numbers = numbered(report.sections)
        for place, section in enumerate(report.sections, 1):
            made.add_heading(_clean(f"{place}  {section.title}"), level=1)
            if section.status == "not_available":
                text = _("This section could not be computed: %(reason)s") % {"reason": section.reason}
                made.add_paragraph(_clean(text), style="Intense Quote")
            for block in section.blocks:
                _block(made, block, numbers)
        raw = io.BytesIO()
        made.save(raw)
    return _fixed(raw.getvalue())


def _properties(made: object, report: OversightReport) -> None:
    meta, kept = report.meta, made.core_properties  # type: ignore[attr-defined]
    kept.title, kept.author = _clean(f"{meta.title} {meta.ref}"), _clean(meta.organisation)
    kept.language, kept.comments = meta.language, _clean(meta.generator)
    kept.created = kept.modified = meta.prepared_at.replace(tzinfo=None)
    kept.last_modified_by, kept.revision = _clean(meta.prepared_by), 1


def _cover(made: object, report: OversightReport, digest: str) -> None:
    meta = report.meta
    if meta.logo is not None:
        _logo(made, meta.logo, _("Logo of %(organisation)s") % {"organisation": meta.organisation})
    made.add_heading(_clean(meta.title), level=0)  # type: ignore[attr-defined]
    text = _("An editable copy of %(ref)s. It proves nothing: what was issued is the PDF with the digest below.")
    pairs = [
        (_("Organisation"), meta.organisation),
        (_("About"), " ".join(part for part in (meta.scope_ref, meta.scope) if part)),
        (_("Period"), display.period(meta.window) if meta.window else ""),
        (_("Prepared"), f"{display.moment(meta.prepared_at)}, {meta.prepared_by}"),
        (_("Checkpoint"), meta.checkpoint.fingerprint if meta.checkpoint else ""),
        (_("SHA-256 of the PDF"), digest),
        (_("Simulated"), meta.simulated),
    ]
    made.add_paragraph(_clean(text % {"ref": meta.ref or "–"}), style="Intense Quote")  # type: ignore[attr-defined]
    for label, value in pairs:
        if value:
            line = made.add_paragraph()  # type: ignore[attr-defined]
            line.add_run(_clean(label) + ": ").bold = True
            line.add_run(_clean(value))


def _logo(made: object, logo: Logo, alt: str) -> None:
    from docx.shared import Mm

    width, height = logo.inside(*LOGO_MM)
    shape = made.add_picture(io.BytesIO(logo.png), Mm(width), Mm(height))  # type: ignore[attr-defined]
    shape._inline.docPr.set("descr", _clean(alt))


def _block(made: object, block: Block, numbers: dict[str, str]) -> None:
    add = made.add_paragraph  # type: ignore[attr-defined]
    match block:
        case Paragraph():
            add(_clean(block.text))
        case Note():
            add(_clean(block.text), style="Intense Quote")
        case Statement():
            words = {"computed": _("Computed fact"), "person": _("Statement"), "gap": _("Open gap")}
            line = add(style="List Bullet")
            line.add_run(_clean(words[block.kind]) + ": ").bold = True
            line.add_run(_clean(block.text)).italic = block.kind == "person"
            origin = [block.by, display.moment(block.at) if block.at else "", block.reference, block.source]
            said = " · ".join(part for part in origin if part)
            if said:
                line.add_run(_clean(f" ({said})"))
        case Facts():
            for item in block.items:
                line = add()
                line.add_run(_clean(item.label) + ": ").bold = True
                line.add_run(_clean(item.text or "–"))
        case KeyFigures():
            rows = [
                [numbers.get(f.id, ""), f.label, display.figure_value(f), display.figure_detail(f),
                 display.state_word(f.state)]
                for f in block.figures
            ]  # fmt: skip
            _grid(made, block.title, [_("No."), _("Figure"), _("Value"), _("Rests on"), _("Reading")], rows)
        case Table():
            cells = [[_cell(cell, numbers) for cell in row] for row in block.rows]
            _grid(made, block.title, [column.label for column in block.columns], cells)
            if block.note or not block.rows:
                add(_clean(block.note or block.empty))
        case Chart():
            add(_clean(block.finding))
            add(_clean(block.alt), style="Intense Quote")


def _cell(cell: str | Figure, numbers: dict[str, str]) -> str:
    if isinstance(cell, str):
        return cell
    parts = (display.figure_value(cell), display.figure_detail(cell), numbers.get(cell.id, ""))
    return " · ".join(part for part in parts if part)


def _grid(made: object, title: str, head: list[str], rows: list[list[str]]) -> None:
    if title:
        made.add_heading(_clean(title), level=2)  # type: ignore[attr-defined]
    if not rows:
        return
    table = made.add_table(rows=1, cols=len(head), style="Light Grid Accent 1")  # type: ignore[attr-defined]
    for cell, text in zip(table.rows[0].cells, head, strict=True):
        cell.text = _clean(text)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = _clean(text)


def _clean(text: str) -> str:
    """Return ``text`` without what XML 1.0 cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def _fixed(raw: bytes) -> bytes:
    """Return the archive with fixed dates and order."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(zipfile.ZipInfo(name, _DATE), given.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
