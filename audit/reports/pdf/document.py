"""The pages: one frame, running head and foot, and the drawing of what is known only at the end."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from reportlab.graphics import shapes
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from audit.reports import display
from audit.reports.content import OversightReport
from audit.reports.pdf import style
from audit.reports.pdf.blocks import one_line
from audit.reports.pdf.cover import colophon, contents, cover, sheet_foot, sheet_head
from audit.reports.pdf.fonts import register_fonts
from audit.reports.pdf.story import Story
from audit.reports.pdf.tags import Record, TaggedCanvas
from audit.reports.pdf.text import draw_line, runs_of, width_of

SHEET_SCALES = (0.94, 0.88, 0.82, 0.76, 0.7, 0.62, 0.54)


def draw_pages(report: OversightReport, data_digest: str) -> tuple[bytes, Record]:
    """Return the pages as PDF bytes, not yet tagged, and the record of what was drawn where.

    A single sheet is set smaller until everything stands on one page; nothing is left out.
    """
    register_fonts()
    shapes.STATE_DEFAULTS["fontName"] = "Sans"
    drawn, record, pages = _drawn(report, data_digest, 1.0)
    for factor in SHEET_SCALES if report.meta.sheet else ():
        if pages == 1:
            break
        drawn, record, pages = _drawn(report, data_digest, factor)
    return drawn, record


def _drawn(report: OversightReport, data_digest: str, factor: float) -> tuple[bytes, Record, int]:
    record = Record()
    story = _story(report, record, data_digest)
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=style.PAGE,
        leftMargin=style.LEFT,
        rightMargin=style.RIGHT,
        topMargin=style.TOP,
        bottomMargin=style.BOTTOM,
        invariant=1,
        initialFontName="Sans",
        pageCompression=0,
        allowSplitting=1,
    )
    height = style.PAGE[1]
    top = style.TOP * (0.6 if report.meta.sheet else 1)
    frame = Frame(
        style.LEFT / factor, style.BOTTOM / factor, style.WIDE / factor, (height - top - style.BOTTOM) / factor,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip

    def begin(canvas: TaggedCanvas, document: BaseDocTemplate) -> None:
        if report.meta.draft:
            _watermark(canvas, document)
        if factor != 1:
            canvas.scale(factor, factor)

    document.addPageTemplates([PageTemplate("page", [frame], onPage=begin)])

    def canvas(*args: Any, **kwargs: Any) -> TaggedCanvas:
        made = TaggedCanvas(*args, **kwargs)
        made.record = record
        made.finish_page = _Running(report).draw
        return made

    document.build(story.flow, canvasmaker=canvas)
    return out.getvalue(), record, int(document.page)


def _story(report: OversightReport, record: Record, data_digest: str) -> Story:
    """Return everything that is drawn, in order."""
    story = Story(report, record)
    if report.meta.sheet:
        sheet_head(story, data_digest)
        for section in report.sections:
            story.part(section)
        sheet_foot(story, data_digest)
        return story
    cover(story, data_digest)
    contents(story)
    for place, section in enumerate(report.sections, 1):
        story.section(place, section)
    colophon(story)
    return story


def _watermark(canvas: TaggedCanvas, document: BaseDocTemplate) -> None:
    canvas.saveState()
    canvas.setFillColor(style.WATERMARK)
    canvas.setFont("Display", 120)
    canvas.translate(style.PAGE[0] / 2, style.PAGE[1] / 2)
    canvas.rotate(55)
    canvas.drawCentredString(0, -40, _("DRAFT"))
    canvas.restoreState()


class _Running:
    """Running head (section, report, fingerprint) and foot (organisation, page) of every page but the first."""

    def __init__(self, report: OversightReport) -> None:
        self.meta = report.meta

    def draw(self, canvas: TaggedCanvas, index: int, total: int) -> None:
        if index == 0:
            return
        look = style.RUNNING
        right_edge = style.LEFT + style.WIDE
        head = style.PAGE[1] - 15 * mm
        foot = 13 * mm
        meta, place = self.meta, _("page %(page)s of %(total)s") % {"page": index + 1, "total": total}
        seal = meta.ref or meta.scope_ref
        if meta.checkpoint is not None:
            at = _("checkpoint %(size)s") % {"size": display.number(meta.checkpoint.size)}
            seal = f"{seal} · {at} · {meta.checkpoint.fingerprint}"
        canvas.running("Header")
        canvas.setStrokeColor(style.RULE)
        canvas.setLineWidth(0.4)
        canvas.line(style.LEFT, head - 6, right_edge, head - 6)
        for text, y, right in (
            (canvas.record.running_title(index), head, False),
            (" · ".join(text for text in (meta.scope_ref, meta.ref) if text), head, True),
            (f"{meta.organisation} · {meta.scope}", foot, False),
            (place, foot, True),
            (seal, foot - 10, False),
        ):
            shown = _fit("".join(run.text for run in runs_of(text[:300], look)), 0.66 if not right else 0.5)
            x = right_edge - width_of(shown, look) if right else style.LEFT
            if y == foot and not right:
                canvas.running("Footer")
            pen = canvas.beginText()
            draw_line(canvas, pen, one_line(shown, look), x, y)
            canvas.drawText(pen)


def _fit(text: str, part: float) -> str:
    """Cut ``text`` with an ellipsis to its part of the line."""
    room = style.WIDE * part
    if width_of(text, style.RUNNING) <= room:
        return text
    while text and width_of(text + "…", style.RUNNING) > room:
        text = text[:-1]
    return text.rstrip() + "…"
