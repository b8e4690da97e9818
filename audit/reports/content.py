"""An oversight report as frozen data: PDF, HTML and JSON are renderings of this one thing.

The JSON form is canonical (sorted keys, no spaces, decimals as strings, UTC times), so equal reports are
equal bytes, and :func:`from_json` of :func:`to_json` gives the report back. All texts are plain text in
the report's language; nothing here is markup.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Unit = Literal["share", "points", "ratio", "count", "seconds", "date", "text"]
State = Literal[
    "",
    "pass",
    "attention",
    "insufficient_data",
    "supports",
    "contradicts",
    "insufficient",
    "open",
    "closed",
    "breached",
]
Grade = Literal["A", "B", "C", "unknown"]


class Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all report data: immutable, named fields, unknown fields refused on reading."""


class Interval(Frozen, frozen=True, kw_only=True):
    """Bounds of a figure at ``level`` (0.95 = 95 %), and the method that made them (``wilson``, ``katz`` ...).

    A bound of ``None`` is open: the data do not limit the figure on that side.
    """

    low: Decimal | None
    high: Decimal | None
    level: Decimal = Decimal("0.95")
    method: str


class Window(Frozen, frozen=True, kw_only=True):
    """Half-open time window ``[start, end)``, both UTC."""

    start: datetime
    end: datetime


class Figure(Frozen, frozen=True, kw_only=True):
    """One number (or short text) with everything needed to check it.

    ``value`` is ``None`` when the figure is not available; ``reason`` then says why. ``query`` names the function and
    arguments that made it, ``basis`` what it counts (:mod:`audit.reports.basis`); ``checkpoint`` is the ledger size it
    was computed at.
    ``evidence_grade``: A recorded by an authenticated person or system of record, B asserted by the
    sending system, C stated by a person, unknown.
    """

    id: str
    label: str
    unit: Unit
    value: Decimal | None = None
    text: str = ""
    n: int | None = None
    interval: Interval | None = None
    threshold: Decimal | None = None
    state: State = ""
    window: Window | None = None
    filter: str = ""
    query: str = ""
    basis: str = ""
    method_version: str = ""
    evidence_grade: Grade = "unknown"
    checkpoint: int | None = None
    simulated: bool = False
    reason: str = ""

    @property
    def available(self) -> bool:
        """Whether there is a value to print; otherwise ``reason`` is printed."""
        return self.value is not None or bool(self.text)


class Paragraph(Frozen, frozen=True, kw_only=True, tag="paragraph"):
    """Running text. ``lead`` is the sentence a section opens with."""

    text: str
    role: Literal["body", "lead"] = "body"


class Note(Frozen, frozen=True, kw_only=True, tag="note"):
    """A remark set apart: a limit of what was measured, or that data are simulated."""

    text: str
    kind: Literal["info", "limit", "simulated"] = "info"


class Statement(Frozen, frozen=True, kw_only=True, tag="statement"):
    """A sentence with its standing: computed from the records, said by a named person, or missing.

    ``against`` marks evidence that contradicts what is declared; such statements come first.
    """

    kind: Literal["computed", "person", "gap"]
    text: str
    by: str = ""
    at: datetime | None = None
    source: str = ""
    reference: str = ""
    against: bool = False


class Fact(Frozen, frozen=True, kw_only=True):
    """One labelled value of the register: ``label`` and ``text``, no arithmetic."""

    label: str
    text: str
    mono: bool = False


class Facts(Frozen, frozen=True, kw_only=True, tag="facts"):
    """A list of labelled values."""

    items: tuple[Fact, ...]


class KeyFigures(Frozen, frozen=True, kw_only=True, tag="key_figures"):
    """The figures of a section, printed as a list with n and interval in a quieter tone."""

    id: str
    title: str
    figures: tuple[Figure, ...]


class Column(Frozen, frozen=True, kw_only=True):
    """A table column; ``weight`` shares out the width that is left after fitting the contents."""

    key: str
    label: str
    align: Literal["left", "right"] = "left"
    mono: bool = False
    weight: int = 1


class Table(Frozen, frozen=True, kw_only=True, tag="table"):
    """Rows of text or figures. ``header_column`` tells that the first column names the row."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | Figure, ...], ...]
    header_column: bool = True
    note: str = ""
    empty: str = ""


class ChartRow(Frozen, frozen=True, kw_only=True):
    """One row of a dot-and-interval chart; ``group`` collects rows under a heading."""

    label: str
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None
    state: State = ""
    group: str = ""


class ChartPoint(Frozen, frozen=True, kw_only=True):
    """One point of a series over time; ``value`` None is a gap and is drawn as a gap."""

    at: datetime
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None


class ChartMark(Frozen, frozen=True, kw_only=True):
    """Something that happened, on a chart's time axis: a policy version, a model version."""

    at: datetime
    label: str


class Chart(Frozen, frozen=True, kw_only=True, tag="chart"):
    """Data of a chart. ``finding`` is the sentence above it, ``alt`` its text for who cannot see it."""

    id: str
    title: str
    finding: str
    alt: str
    kind: Literal["dot_interval", "time_series"]
    unit: Unit
    rows: tuple[ChartRow, ...] = ()
    points: tuple[ChartPoint, ...] = ()
    marks: tuple[ChartMark, ...] = ()
    threshold: Decimal | None = None
    threshold_label: str = ""
    reference: Decimal | None = None


Block = Paragraph | Note | Statement | Facts | KeyFigures | Table | Chart


class Section(Frozen, frozen=True, kw_only=True):
    """A section. One that could not be computed keeps its place and says why."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    status: Literal["computed", "not_available"] = "computed"
    reason: str = ""


class Checkpoint(Frozen, frozen=True, kw_only=True):
    """The signed ledger checkpoint a report was computed at (C2SP tlog-checkpoint).

    ``root`` is hex, ``note`` the signed text, ``fingerprint`` what two people compare by eye.
    """

    origin: str
    size: int
    root: str
    fingerprint: str
    note: str = ""


LOGO_MM = (58.0, 18.0)  # the room a logo is fitted into, on paper


class Logo(Frozen, frozen=True, kw_only=True):
    """The organisation's logo: ``png`` bytes (base64 in JSON) of ``width`` by ``height`` pixels, hex ``sha256``."""

    png: bytes
    width: int
    height: int
    sha256: str

    def inside(self, width: float, height: float) -> tuple[float, float]:
        """Return the largest size of its form that fits, in the unit given."""
        scale = min(width / self.width, height / self.height)
        return self.width * scale, self.height * scale


class Meta(Frozen, frozen=True, kw_only=True):
    """What the report is about, for whom, from which data.

    ``window`` is ``None`` for a paper without a period; ``signatures`` are the labels under which people sign.
    ``trace_url`` with a figure's number leads to what the figure stands on. ``sheet``: set on a single page.
    """

    ref: str
    kind: str
    title: str
    organisation: str
    scope: str
    scope_ref: str
    window: Window | None = None
    prepared_at: datetime
    prepared_by: str
    language: str
    generator: str
    law_version: str
    checkpoint: Checkpoint | None
    recipients: tuple[str, ...] = ()
    simulated: str = ""
    draft: bool = False
    verify_url: str = ""
    previous_ref: str = ""
    signatures: tuple[str, ...] = ()
    trace_url: str = ""
    sheet: bool = False
    logo: Logo | None = None


class OversightReport(Frozen, frozen=True, kw_only=True):
    """The whole report; ``schema`` changes when fields do."""

    meta: Meta
    sections: tuple[Section, ...]
    schema: str = "custodes/report/1"

    @property
    def window(self) -> Window:
        """The period the report is about; raises :class:`ReportUnreadable` for a paper without one."""
        if self.meta.window is None:
            raise ReportUnreadable("this document has no period")
        return self.meta.window


class ReportUnreadable(ValueError):
    """Bytes that are not the canonical JSON of a report."""

    code = "report_unreadable"


_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string", uuid_format="canonical")
_decoder = msgspec.json.Decoder(OversightReport, strict=True)


def to_json(report: OversightReport) -> bytes:
    """Return the canonical JSON bytes of ``report`` (UTF-8, sorted keys, no spaces)."""
    return _encoder.encode(report)


def from_json(data: bytes) -> OversightReport:
    """Read :func:`to_json` bytes back; raises :class:`ReportUnreadable` naming the first wrong field."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise ReportUnreadable(f"not a report this version can read: {error}") from error


def digest(report: OversightReport) -> str:
    """Return the hex SHA-256 of the canonical JSON."""
    return hashlib.sha256(to_json(report)).hexdigest()


def figures_of(section: Section) -> Iterator[Figure]:
    """Yield the figures of ``section`` in reading order."""
    for block in section.blocks:
        if isinstance(block, KeyFigures):
            yield from block.figures
        elif isinstance(block, Table):
            yield from (cell for row in block.rows for cell in row if isinstance(cell, Figure))


def figures(report: OversightReport) -> Iterator[Figure]:
    """Yield every figure of ``report`` in reading order."""
    for section in report.sections:
        yield from figures_of(section)


def numbered(sections: Sequence[Section]) -> dict[str, str]:
    """Return the printed number of every figure by its id: section and place, ``8.14``.

    A figure shown twice keeps its first number; words (verdicts) have none.
    """
    numbers: dict[str, str] = {}
    for place, section in enumerate(sections, 1):
        count = 0
        for figure in figures_of(section):
            if figure.unit != "text" and figure.id not in numbers:
                count += 1
                numbers[figure.id] = f"{place}.{count}"
    return numbers


def not_available(*, id: str, title: str, reason: str) -> Section:  # noqa: A002
    """Return the section that stands where one could not be computed."""
    return Section(id=id, title=title, status="not_available", reason=reason)
