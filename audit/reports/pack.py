"""What goes to an outsider: the evidence bundle of a report, with the report inside."""

import json
import tempfile
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import IO, Any

from audit.ledger import log
from audit.ledger.bundle import write_bundle
from audit.models import IssuedReport
from audit.reports.acts import log_pack
from audit.reports.redaction import checked, kind_of, left_out
from governance.models import User

MEMORY = 8 * 1024 * 1024


def hand_over(
    target: str | IO[bytes],
    report: IssuedReport,
    *,
    actor: User,
    at: datetime,
    contents: Collection[str] = (),
    recipient: str = "",
    reason: str = "",
) -> dict[str, Any]:
    """Write the evidence pack and record who was given what: the act stands in the ledger.

    Raises as ``write_pack``, and ``Invalid`` for an unknown kind of record.
    """
    chosen = checked(contents)
    choices = {
        "recipient": recipient,
        "contents": sorted(chosen),
        "left_out": left_out(chosen),
        "meaning": "Of entries left out the commitment and the proof are here, the content is not.",
        "reason": reason,
        "by": actor.name,
        "at": at.isoformat(),
    }
    manifest = write_pack(target, report, at=at, contents=chosen, choices=choices)
    log_pack(report=report, actor=actor, at=at, recipient=recipient, contents=sorted(chosen), reason=reason)
    return manifest


def packed(report: IssuedReport, **given: Any) -> IO[bytes]:
    """Hand over as :func:`hand_over` does, and return the zip as an open file, in memory while it is small."""
    target = tempfile.SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 (closed by who sends it)
    try:
        hand_over(target, report, **given)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def write_pack(
    target: str | IO[bytes],
    report: IssuedReport,
    *,
    at: datetime,
    contents: Collection[str] = (),
    choices: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the zip of entries 0 to the report's own entry, with pages and data, and return the bundle's manifest.

    ``contents``: kinds of record (:mod:`audit.reports.redaction`) whose contents are handed over, of every use case
    in the range; only for who may read them all. ``choices`` are what was left out and why, written into the zip.
    The bundle reaches past the report's checkpoint to the entry of its issue, which holds its digests. Raises the
    ledger's ``NotSequenced`` while that entry waits for a checkpoint.
    """
    chosen = checked(contents)
    place = log.index_of(report.entry)
    said = {
        "ref": report.ref,
        "checkpoint_size": report.checkpoint_size,
        "entry": str(report.entry),
        "entry_index": place,
        "data_sha256": report.data_sha256,
        "pdf_sha256": report.pdf_sha256,
    }
    extra = {
        "report.pdf": bytes(report.pdf),
        "report.json": bytes(report.data),
        "report-entry.json": json.dumps(said, sort_keys=True, indent=1).encode(),
    }
    if choices is not None:
        extra["redaction.json"] = json.dumps(choices, sort_keys=True, indent=1, ensure_ascii=False).encode()
    if report.signed_pdf:
        extra["report-signed.pdf"] = bytes(report.signed_pdf)
    end = max(place + 1, report.checkpoint_size)
    return write_bundle(target, at=at, end=end, payloads=lambda entry: kind_of(entry) in chosen, extra=extra)
