"""The PDF: archival, accessible, reproducible, complete."""

import hashlib
import subprocess
import sys
from pathlib import Path

import outloud
import pikepdf
import pikepdf.pdfa
import pymupdf
import pytest

from audit.reports import content, display
from audit.reports.pdf import fonts, render_pdf
from audit.reports.pdf.style import BOTTOM, LEFT, PAGE, RIGHT
from tests.audit.reports.reading import elements, opened, squeezed, text_of
from tests.audit.reports.sample import NAMES, sample


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render_pdf(sample())


def test_the_archive_validator_accepts_it(pdf: bytes) -> None:
    """pikepdf's allow-list validator refuses extension schemas, which PDF/UA needs: it sees plain metadata here."""
    with opened(pdf) as document:
        claims = document.Root.Metadata.read_bytes()
        pikepdf.pdfa.prepare(document, "3b", output_intent=None)
        report = pikepdf.pdfa.check(document, "3b")
    assert report.verdict == "pass", report.findings
    assert b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A<" in claims
    assert b"<pdfuaid:part>1</pdfuaid:part>" in claims


def test_the_accessibility_checker_has_nothing_to_say(pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf)
    result = outloud.check(str(path))
    assert [f"{f.rule} {f.message}" for f in result.findings if f.severity in ("error", "warning")] == []


def test_same_data_same_bytes_in_another_process(pdf: bytes) -> None:
    script = (
        "import django, hashlib; django.setup()\n"
        "from audit.reports.pdf import render_pdf\n"
        "from tests.audit.reports.sample import sample\n"
        "print(hashlib.sha256(render_pdf(sample())).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PYTHONHASHSEED": "7",
            "PYTHONPATH": ":".join(sys.path),
            "TZ": "Asia/Tokyo",
            "HOME": str(Path.home()),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
    )
    assert run.stdout.split()[-1] == hashlib.sha256(pdf).hexdigest()
    assert render_pdf(sample()) == pdf


def test_the_attached_data_is_the_report(pdf: bytes) -> None:
    with opened(pdf) as document:
        attached = document.attachments["report.json"].get_file().read_bytes()
        assert document.Root.AF[0].AFRelationship == pikepdf.Name.Data
    assert content.from_json(attached) == sample()
    assert hashlib.sha256(attached).hexdigest() in text_of(pdf)


def test_every_figure_text_and_heading_of_the_data_is_printed(pdf: bytes) -> None:
    report, text = sample(), squeezed(text_of(pdf))
    for figure in content.figures(report):
        assert squeezed(display.figure_value(figure)) in text, figure.label
        if figure.interval:
            assert squeezed(display.interval(figure.interval, figure.unit)) in text, figure.label
    for section in report.sections:
        assert squeezed(section.title) in text
        assert squeezed(section.reason) in text
        for block in section.blocks:
            if isinstance(block, content.Paragraph | content.Note | content.Statement):
                assert squeezed(block.text) in text


def test_names_of_all_europe_are_set_with_glyphs(pdf: bytes) -> None:
    text = squeezed(text_of(pdf))
    assert all(squeezed(name) in text for name in NAMES)
    for face in fonts.FACES:
        lacking = {c for name in NAMES for c in name if ord(c) not in fonts.covered(face.name)}
        assert not lacking, f"{face.name} lacks {lacking}"


def test_nothing_leaves_the_page_area(pdf: bytes) -> None:
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        for page in document:
            for left, top, right, bottom, word, *_ in page.get_text("words"):
                assert left >= LEFT - 1, word
                assert right <= PAGE[0] - RIGHT + 1, word
                assert 0 < top < bottom < PAGE[1] - BOTTOM / 4, word


def test_structure_says_what_things_are(pdf: bytes) -> None:
    with opened(pdf) as document:
        tables, charts = elements(document, "Table"), elements(document, "Figure")
        assert len(elements(document, "H1")) == 1
        assert len(elements(document, "H2")) == len(sample().sections) + 2
        assert len(tables) == 3
        assert [str(f.Alt)[:20] for f in charts] == [
            "Logo of State Statis", "QR code with the add", "Dot and interval cha", "Line chart of the mo",
        ]  # fmt: skip
        assert all(len(f.A.BBox) == 4 for f in charts)
        scopes = [str(cell.A.Scope) for cell in elements(document, "TH")]
        assert scopes.count("/Row") == 6 + 12 + 14
        assert scopes.count("/Column") == 6 + 5 + 4
        assert len(elements(document, "TD")) == 6 * 5 + 12 * 4 + 14 * 3


def test_contents_lead_to_the_pages_they_name(pdf: bytes) -> None:
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        links = {link["page"] for link in document[1].get_links() if link["kind"] == pymupdf.LINK_GOTO}
        outline = document.get_toc()
        assert [title for _, title, _ in outline][1:-1] == [section.title for section in sample().sections]
        for _, title, page in outline[1:]:
            assert title in document[page - 1].get_text()
            assert page - 1 in links


def test_a_draft_says_so_on_every_page() -> None:
    with pymupdf.open(stream=render_pdf(sample(draft=True, ref="")), filetype="pdf") as document:
        assert all("DRAFT" in page.get_text() for page in document)


def test_without_a_checkpoint_the_cover_says_so() -> None:
    assert "no signed checkpoint was available" in text_of(render_pdf(sample(checkpoint=None)))


def test_fonts_are_built_the_same_each_time() -> None:
    assert fonts.build_face(fonts.MONO) == fonts.build_face(fonts.MONO)
