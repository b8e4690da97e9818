"""What goes to an outsider: the evidence bundle of a report, with the report inside."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from audit.ledger import log
from audit.ledger.bundle import write_bundle
from audit.models import IssuedReport
from audit.reports.acts import log_pack
from governance.models import User


def hand_over(
    target: str | IO[bytes],
    report: IssuedReport,
    *,
    actor: User,
    at: datetime,
    payloads: bool = False,
    recipient: str = "",
    reason: str = "",
) -> dict[str, Any]:
    """Write the evidence pack and record who was given what: the act stands in the ledger. Raises as ``write_pack``."""
    choices = {
        "recipient": recipient,
        "payloads": "all" if payloads else "none",
        "reason": reason,
        "by": actor.name,
        "at": at.isoformat(),
        "left_out": [] if payloads else ["the contents of all entries; their commitments and proofs are here"],
    }
    manifest = write_pack(target, report, at=at, payloads=payloads, choices=choices)
    log_pack(report=report, actor=actor, at=at, recipient=recipient, payloads=payloads, reason=reason)
    return manifest


def write_pack(
    target: str | IO[bytes],
    report: IssuedReport,
    *,
    at: datetime,
    payloads: bool = False,
    choices: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the zip of entries 0 to the report's own entry, with pages and data, and return the bundle's manifest.

    ``payloads``: hand over the contents of all entries of the range, of every use case; only for who may read them all.
    ``choices`` are what was left out and why, written into the zip. The bundle reaches past the report's checkpoint to
    the entry of its issue, which holds its digests. Raises the ledger's ``NotSequenced`` while that entry waits for a
    checkpoint.
    """
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
    return write_bundle(target, at=at, end=max(place + 1, report.checkpoint_size), payloads=payloads, extra=extra)
