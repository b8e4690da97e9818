"""The envelope both logs of the example are sent in: a CloudEvent, marked for what is invented about it."""

import hashlib
import json
from datetime import datetime
from typing import Any

CloudEvent = dict[str, Any]


def cloud_event(
    decision_id: str,
    kind: str,
    phase: str,
    at: datetime,
    data: CloudEvent,
    *,
    source: str,
    use_case: str,
    mark: str = "simulated",
) -> CloudEvent:
    """Return one event; ``mark`` is the extension that says what is not real: ``simulated`` or ``timeassigned``."""
    return {
        "specversion": "1.0",
        "id": "-".join(part for part in (decision_id, kind, phase) if part),
        "source": source,
        "type": f"ai.oversight.{kind}.v1",
        "time": moment(at),
        "subject": decision_id,
        "usecase": use_case,
        mark: "true",
        "datacontenttype": "application/json",
        "data": data,
    }


def digest(value: str) -> str:
    """Return the digest of a proposed action: SHA-256 over the RFC 8785 form of ``{"value": value}``."""
    body = json.dumps({"value": value}, sort_keys=True, separators=(",", ":")).encode()
    return "sha256:" + hashlib.sha256(body).hexdigest()


def moment(at: datetime) -> str:
    """Return ``at`` as RFC 3339 text in UTC, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
