"""Values nobody expects: a report is made every time, shows them literally and touches nothing outside."""

import socket
import threading
from pathlib import Path

import pytest

from audit.reports.content import Column, Fact, Facts, Figure, OversightReport, Paragraph, Section, Statement, Table
from audit.reports.pdf import render_pdf
from tests.audit.reports.reading import opened, squeezed, text_of
from tests.audit.reports.sample import meta

HOSTILE = [
    "limit <b dti",
    "R&D < 5 & 6 > 2",
    "<font color=\"[[[getattr(pow,Word('__globals__'))['os'].system('touch /tmp/x')]]]\">x</font>",
    '<a href="file:///etc/passwd">here</a>',
    "</para></para><para>",
    "&#x41;&nbsp;&unknown;",
    "=cmd|'/c calc'!A1",
    "W" * 300,
    "q" * 1200 + "/" + "r" * 1200,
    "line one\nline two\ttabbed",
    "",
    " ",
    "{}{0}%s%(x)s{{",
]


def report_with(text: str) -> OversightReport:
    """Return a report that has ``text`` wherever a value can stand."""
    figure = Figure(id="f", label=text, unit="share", reason=text)
    table = Table(
        id="t",
        title=text,
        note=text,
        columns=(
            Column(key="a", label=text),
            Column(key="b", label="B", align="right"),
            Column(key="c", label="C", mono=True),
        ),
        rows=((text, figure, text), ("b", "c", "d"), (text, text, text)),
    )
    blocks = (
        Paragraph(text=text),
        Statement(kind="person", text=text, by=text),
        Facts(items=(Fact(label=text, text=text), Fact(label=text, text=text, mono=True))),
        table,
    )
    named = meta(
        scope=text, organisation=text or "x", prepared_by=text, recipients=(text,), title=text or "x", logo=None
    )
    return OversightReport(meta=named, sections=(Section(id="s", title=text, blocks=blocks),))


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_printed_literally(text: str) -> None:
    shown = squeezed(text_of(render_pdf(report_with(text))))
    assert shown.count(squeezed(text)[:100]) >= 8 if text.strip() else "s" in shown


def test_images_are_neither_fetched_nor_opened(tmp_path: Path) -> None:
    hits: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def listen() -> None:
            try:
                hits.append(server.accept()[0].recv(100))
            except TimeoutError:
                return

        listener = threading.Thread(target=listen)
        listener.start()
        port = server.getsockname()[1]
        secret = tmp_path / "other.png"
        for source in (f"http://127.0.0.1:{port}/", str(secret), f"file://{secret}"):
            text = f'<img src="{source}" width="10" height="10"/>'
            pdf = render_pdf(report_with(text))
            assert squeezed(text) in squeezed(text_of(pdf))
            with opened(pdf) as document:
                assert not any(page.get_images() for page in document.pages)
        listener.join()
    assert hits == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ok 😀 done", "ok[U+1F600]done"),
        ("admin\u202etxt.exe", "admin[U+202E]txt.exe"),
        ("bell\x07", "bell[U+0007]"),
        ("مرحبا", "[U+0645][U+0631][U+062D][U+0628][U+0627]"),
        ("審査", "[U+5BE9][U+67FB]"),
    ],
)
def test_characters_without_a_glyph_are_named_and_keep_their_text(text: str, shown: str) -> None:
    pdf = render_pdf(report_with(text))
    assert shown in squeezed(text_of(pdf, drawn=True))
    with opened(pdf) as document:
        content = b"".join(page.Contents.read_bytes() for page in document.pages)
    spelled = "".join(c for c in text if f"[U+{ord(c):04X}]" in shown).encode("utf-16-be").hex().upper()
    assert f"/ActualText <FEFF{spelled}>".encode() in content


def test_a_megabyte_without_a_space_is_cut_with_a_word_about_it() -> None:
    pdf = render_pdf(report_with("x" * 1_000_000))
    assert squeezed("[cut here; the whole text is in the attached report.json]") in squeezed(text_of(pdf))
    with opened(pdf) as document:
        assert len(document.attachments["report.json"].get_file().read_bytes()) > 5_000_000
        assert len(document.pages) < 40


def test_a_table_with_many_columns_stays_on_the_page() -> None:
    columns = tuple(Column(key=str(i), label=f"A rather long column heading {i}") for i in range(24))
    rows = tuple(tuple(f"value {i} of {j}" for i in range(24)) for j in range(30))
    table = Table(id="t", title="Wide", columns=columns, rows=rows)
    pdf = render_pdf(OversightReport(meta=meta(), sections=(Section(id="s", title="S", blocks=(table,)),)))
    text = squeezed(text_of(pdf))
    assert "value23of29" in text
    assert "Arather" in text


def test_an_empty_table_says_so() -> None:
    table = Table(
        id="t", title="T", columns=(Column(key="a", label="A"),), rows=(), empty="No decisions in this window."
    )
    pdf = render_pdf(OversightReport(meta=meta(), sections=(Section(id="s", title="S", blocks=(table,)),)))
    assert "No decisions in this window." in text_of(pdf)
