"""What was removed, remembered outside the database: so that restoring an old backup does not bring it back.

Beside the signing key lies a file with one line per removal (erasure or pruning): which entries of which log, under
which entry, by whom. It names places in the tree and random identifiers, nothing of a person. The database is the
source; the file outlives it. A removal that happened after a backup is done again at the restore from this file, and
once the log can sign again an entry says so.
"""

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.ledger import keys
from audit.ledger.bundle import as_ranges
from audit.ledger.models import Entry, Payload, Removal, SubjectKey
from audit.ledger.reading import entries_in, index_of, payload
from audit.ledger.verification import REMOVALS
from audit.ledger.writing import Draft, append

ERASED = "subject.erased"
REPLAYED = "the removal was done again after an older backup had been restored"


@dataclass(frozen=True, slots=True)
class Line:
    """One removal: ``ranges`` of indexes of the log ``origin``, the entry that says why, and who agreed."""

    origin: str
    cause: str
    kind: str
    ranges: list[list[int]]
    subject: str
    recorded_by: str
    agreed_by: str

    def to_text(self) -> str:
        """Return the line of the file."""
        return json.dumps(asdict(self), sort_keys=True)


def memory_file() -> Path:
    """Return the file beside the key."""
    return Path(settings.LEDGER_KEY_FILE).with_name(f"{Path(settings.LEDGER_KEY_FILE).name}.removed")


def parse(text: str) -> list[Line]:
    """Return the lines of a file; raises ``ValueError`` when it is none of ours."""
    try:
        return [Line(**json.loads(line)) for line in text.splitlines() if line.strip()]
    except (TypeError, KeyError, json.JSONDecodeError) as error:
        raise ValueError("A list of removals has one JSON object a line, as the file beside the key.") from error


def remembered() -> list[Line]:
    """Return what the file knows, oldest first."""
    try:
        return parse(memory_file().read_text())
    except FileNotFoundError:
        return []


def remember() -> list[Line]:
    """Bring the file up to date with the database and return all lines; what it already knows is never dropped."""
    known = {line.cause: line for line in remembered()}
    own = Entry.objects.filter(stream="ledger").order_by("id").values_list("id", flat=True)
    fresh = [entry for entry in own if str(entry) not in known]
    added = [line for entry in fresh if (line := _line_of(entry)) is not None]
    if not added:
        return list(known.values())
    lines = [*known.values(), *added]
    path = memory_file()
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    keys.write_private(draft, "\n".join(line.to_text() for line in lines))
    draft.replace(path)
    return lines


def _line_of(entry: UUID) -> Line | None:
    envelope = json.loads(bytes(Entry.objects.values_list("envelope", flat=True).get(pk=entry)))
    body = payload(entry) if envelope["type"] in REMOVALS else None
    if body is None:
        return None
    said = json.loads(body)
    if "replays" in said:  # the removal it repeats has its own line
        return None
    return Line(
        origin=envelope["log"],
        cause=str(entry),
        kind=envelope["type"],
        ranges=said["ranges"],
        subject=next(iter(envelope["refs"]), "") if envelope["type"] == ERASED else "",
        recorded_by=envelope["recorded_by"] or "",
        agreed_by=str(said.get("agreed_by", "")),
    )


def outstanding(lines: Iterable[Line]) -> list[Line]:
    """Return the removals that this database does not know: they came after it was backed up."""
    known: set[str] = set()
    for entry, envelope in Entry.objects.filter(stream="ledger").values_list("id", "envelope"):
        parsed = json.loads(bytes(envelope))
        if parsed["type"] in REMOVALS:
            known |= {str(entry), *parsed["refs"]}
    return [line for line in lines if line.cause not in known]


def replay(lines: Iterable[Line]) -> int:
    """Remove again what was removed after the backup; returns how many payloads went. Idempotent.

    Nothing is written to the tree here: a restored older history may not be signed on. :func:`explain` does that.
    """
    gone = 0
    with transaction.atomic():
        for line in lines:
            cause = UUID(line.cause)
            for ids in entries_in(line.ranges):
                present = list(Payload.objects.filter(pk__in=ids).values_list("entry_id", flat=True))
                Removal.objects.bulk_create(
                    [Removal(entry_id=entry, cause_id=cause) for entry in present], ignore_conflicts=True
                )
                gone += Payload.objects.filter(pk__in=present).delete()[0]
            if line.subject:
                SubjectKey.objects.filter(subject=line.subject).delete()
    return gone


def explain(lines: Iterable[Line], *, at: datetime) -> list[UUID]:
    """Write the entries that say why replayed payloads are gone; needs an open transaction and a log that signs."""
    written = []
    for line in lines:
        gone = Removal.objects.filter(cause_id=UUID(line.cause)).values_list("entry_id", flat=True)
        ranges = as_ranges(sorted(index_of(entry) for entry in gone))
        body = {
            "ranges": ranges,
            "count": len(gone),
            "agreed_by": line.agreed_by,
            "reason": REPLAYED,
            "replays": line.cause,
        }
        draft = Draft(
            stream="ledger",
            type=line.kind,
            event_time=at,
            recorded_by=UUID(line.recorded_by) if line.recorded_by else None,
            refs=(line.subject, line.cause) if line.subject else (line.cause,),
            payload=json.dumps(body, sort_keys=True).encode(),
        )
        written.append(append([draft], at=at)[0].entry)
    return written
