"""Drop a PDF, learn what it is: one of ours or not, unaltered or not, current or superseded."""

import hashlib
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import pikepdf

from audit.models import IssuedReport
from audit.reports.compare import Change, compare
from audit.reports.content import ReportUnreadable, from_json
from audit.reports.read import is_current

MAX_FILE, MAX_DATA = 50_000_000, 50_000_000
Verdict = Literal["unaltered", "signed_copy", "extended", "altered", "unknown"]


@dataclass(frozen=True, slots=True)
class Identified:
    """What a file turned out to be.

    ``extended``: our bytes with something appended, such as another signature. ``altered``: it names one of our
    reports but is not that report; ``changes`` are figures whose data differ. ``current`` is False once a later
    report on the same period was issued.
    """

    verdict: Verdict
    report: IssuedReport | None = None
    current: bool = False
    changes: tuple[Change, ...] = ()


def identify(file: bytes) -> Identified:
    """Return what ``file`` is. Never raises for a file: what cannot be read is unknown."""
    by_digest = IssuedReport.objects.filter(pdf_sha256=hashlib.sha256(file).hexdigest()).first()
    if by_digest is not None:
        return _known("unaltered", by_digest)
    data = _attached(file)
    if data is None:
        return Identified("unknown")
    found = IssuedReport.objects.filter(data_sha256=hashlib.sha256(data).hexdigest()).first()
    if found is not None:
        if found.signed_pdf is not None and file == bytes(found.signed_pdf):
            return _known("signed_copy", found)
        return _known("extended" if file.startswith(bytes(found.pdf)) else "altered", found)
    try:
        claimed = from_json(data)
    except ReportUnreadable:
        return Identified("unknown")
    named = IssuedReport.objects.filter(ref=claimed.meta.ref).first() if claimed.meta.ref else None
    if named is None:
        return Identified("unknown")
    return _known("altered", named, tuple(compare(from_json(bytes(named.data)), claimed)))


def _known(verdict: Verdict, report: IssuedReport, changes: tuple[Change, ...] = ()) -> Identified:
    return Identified(verdict, report, is_current(report), changes)


def _attached(file: bytes) -> bytes | None:
    """Return the attached ``report.json``; None when there is none that can be read within limits."""
    if len(file) > MAX_FILE:
        return None
    try:
        with pikepdf.open(BytesIO(file)) as pdf:
            stream = pdf.attachments["report.json"].get_file().obj
            raw = bytes(stream.read_raw_bytes())
            kind = stream.get("/Filter")
            if kind is None:
                return raw
            if kind != pikepdf.Name.FlateDecode or stream.get("/DecodeParms") is not None:
                return None
            inflate = zlib.decompressobj()
            data = inflate.decompress(raw, MAX_DATA)
            return data if not inflate.unconsumed_tail else None
    except (pikepdf.PdfError, KeyError, ValueError, TypeError, AttributeError, zlib.error, RuntimeError):
        return None
