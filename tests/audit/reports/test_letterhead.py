"""A report carries the letterhead it was prepared under: in pages, document and data, and keeps it."""

import io
import zipfile
from datetime import timedelta

import pikepdf
import pytest
from django.utils import timezone
from PIL import Image

from audit.reports.build import Order, build
from audit.reports.content import Logo, OversightReport, Section, from_json, to_json
from audit.reports.docx import render_docx
from audit.reports.issue import days
from audit.reports.letterhead import under_letterhead
from audit.reports.papers import document, paper
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope
from governance.letterhead import set_letterhead
from governance.letterhead.picture import logo_of
from tests.audit.reports.conftest import FIRST, LAST, Past
from tests.audit.reports.sample import meta
from tests.cast import Cast


def drawn(width: int = 480, height: int = 120, color: str = "#20406a") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), color).save(made, "PNG")
    return made.getvalue()


def with_logo(width: int = 480, height: int = 120) -> OversightReport:
    kept = logo_of(drawn(width, height))
    logo = Logo(png=kept.png, width=kept.width, height=kept.height, sha256=kept.sha256)
    return OversightReport(meta=meta(logo=logo), sections=(Section(id="one", title="One"),))


@pytest.mark.parametrize(("width", "height"), [(480, 120), (300, 300), (960, 80)])
def test_the_logo_stands_on_the_first_page_with_its_words_and_its_form(width: int, height: int) -> None:
    report = with_logo(width, height)
    assert from_json(to_json(report)) == report
    pdf = render_pdf(report)
    assert pdf == render_pdf(from_json(to_json(report)))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        pictures = list(opened.pages[0].images.values())
        assert [(each.Width, each.Height, "/SMask" in each) for each in pictures] == [(width, height, False)]
        figures = [
            each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure"
        ]
        [found] = [each for each in figures if str(each.Alt).startswith("Logo of")]
        left, bottom, right, top = (float(each) for each in found.A.BBox)
    assert (right - left) / (top - bottom) == pytest.approx(width / height, rel=0.01)
    assert right - left <= 165
    assert top - bottom <= 52


def test_the_document_to_edit_carries_it_too() -> None:
    report = with_logo()
    made = render_docx(report)
    assert made == render_docx(report)
    assert report.meta.logo is not None
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert [parts.read(name) for name in parts.namelist() if "media/" in name] == [report.meta.logo.png]
        assert 'descr="Logo of' in parts.read("word/document.xml").decode()


def test_a_report_keeps_the_letterhead_of_its_time(past: Past, cast: Cast) -> None:
    now = timezone.now()
    order = Order(scope=Scope(use_case=past.use_case), window=days(FIRST, LAST), at=now)
    bare = build(order)
    first = set_letterhead(actor=cast.adam, at=now + timedelta(seconds=1), name="Musterhausen", logo=drawn())
    set_letterhead(actor=cast.adam, at=now + timedelta(seconds=3), name="Anders", logo=drawn(color="red"))
    assert bare.meta.logo is None
    assert to_json(build(order)) == to_json(bare)
    later = Order(scope=order.scope, window=order.window, at=now + timedelta(seconds=2))
    report = build(later)
    assert report.meta.logo is not None
    assert report.meta.logo.png == bytes(first.logo)
    assert report.meta.organisation.startswith("Musterhausen, ")
    said = under_letterhead({"title": "Minutes", "prepared_at": later.at})
    assert paper("minutes", said) == paper("minutes", said)
    assert document("minutes", said).meta.logo == report.meta.logo
