"""What stands in a bundle's files: envelopes strictly read, and salts in step with them."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from audit.ledger.archive import Archive
from audit.ledger.envelope import EnvelopeInvalid, decode
from audit.ledger.envelope import moment as envelope_moment
from audit.ledger.strict import JSONRefused, Ranges, strict_json

_SALT_LINE = 11 + 36 + 12 + 64 + 2  # {"entry": "<uuid>", "salt": "<hex>"}


class Known(NamedTuple):
    """What the checks need of an envelope."""

    entry: str
    log: str
    commit: str | None
    recorded_at: str
    stream: str
    kind: str
    simulated: bool
    refs: tuple[str, ...]


class Salts:
    """``salts.jsonl`` in step with the entries: one line per payload handed over, in index order."""

    def __init__(self, archive: Archive) -> None:
        self._lines: Iterator[bytes] = iter(archive.read("salts.jsonl").splitlines())
        self.entry: str | None = None
        self.salt = b""
        self.advance()

    def advance(self) -> None:
        """Go to the next line; ``entry`` is None at the end."""
        line = next(self._lines, None)
        if line is None:
            self.entry = None
            return
        usual = len(line) == _SALT_LINE and line[:11] == b'{"entry": "' and line[47:59] == b'", "salt": "'
        if usual and b"\\" not in line and line.count(b'"') == 8 and line.endswith(b'"}'):
            self.entry, self.salt = line[11:47].decode(), bytes.fromhex(line[59:123].decode())
            return
        value = strict_json(line, "salts.jsonl")
        try:
            self.entry, self.salt = str(value["entry"]), bytes.fromhex(value["salt"])
        except (KeyError, TypeError, ValueError) as error:
            raise JSONRefused("A line of salts.jsonl names an entry and its salt in hex.") from error


def stamp(moment: int) -> str:
    """Unix seconds in the form of ``recorded_at``, which sorts as text; empty when out of the calendar."""
    try:
        return envelope_moment(datetime.fromtimestamp(moment, tz=UTC))
    except (ValueError, OverflowError, OSError):
        return ""


def read_known(data: bytes) -> Known | None:
    """Return what is needed of an envelope, strictly parsed; None when it is none of version lv/1."""
    try:
        value = decode(data)
        payload = value["payload"]
        commit_text = None if payload is None else str(payload["commit"])
        return Known(
            str(value["id"]), str(value["log"]), commit_text, str(value["recorded_at"]),
            str(value["stream"]), str(value["type"]), value["simulated"] is True, tuple(map(str, value["refs"])),
        )  # fmt: skip
    except (EnvelopeInvalid, KeyError, TypeError):
        return None


def covers(chosen: Ranges, index: int) -> bool:
    """Return whether one of the ranges holds ``index``."""
    place = bisect_right(chosen, (index, 1 << 62))
    return bool(place) and chosen[place - 1][0] <= index < chosen[place - 1][1]


def uncovered(chosen: Ranges, first: int, last: int) -> Iterator[int]:
    """Yield the indexes from ``first`` to ``last``, inclusive, that none of the ranges holds."""
    place = max(0, bisect_right(chosen, (first, 1 << 62)) - 1)
    position = first
    while place < len(chosen) and chosen[place][0] <= last:
        low, high = chosen[place]
        yield from range(position, low)
        position, place = max(position, high), place + 1
    yield from range(position, last + 1)
