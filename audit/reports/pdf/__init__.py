"""The report on paper: PDF/A-3a and PDF/UA-1, the same bytes for the same data."""

import threading

from django.utils import translation

from audit.reports.content import OversightReport, digest, to_json

_one_at_a_time = threading.Lock()  # reportlab keeps fonts and defaults in module state


def render_pdf(report: OversightReport) -> bytes:
    """Return the PDF of ``report``; the same report gives the same bytes in any process."""
    # Loaded here: drawing takes fonts and libraries that only a process that draws should hold.
    from audit.reports.pdf.conform import conform
    from audit.reports.pdf.document import draw_pages

    with _one_at_a_time, translation.override(report.meta.language):
        pages, record = draw_pages(report, digest(report))
        return conform(pages, record, report, to_json(report))


__all__ = ["render_pdf"]
