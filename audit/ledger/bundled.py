"""What stands in a bundle's envelopes, strictly read, and which indexes ranges hold."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from audit.ledger.envelope import EnvelopeInvalid, decode
from audit.ledger.envelope import moment as envelope_moment
from audit.ledger.strict import Ranges


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
        commit_text = None if payload is None else payload["commit"].encode().decode()  # text, or no envelope
        return Known(
            str(value["id"]), str(value["log"]), commit_text, str(value["recorded_at"]),
            str(value["stream"]), str(value["type"]), value["simulated"] is True, tuple(map(str, value["refs"])),
        )  # fmt: skip
    except (EnvelopeInvalid, KeyError, TypeError, AttributeError, UnicodeEncodeError):
        return None


def uncovered(chosen: Ranges, first: int, last: int) -> Iterator[int]:
    """Yield the indexes from ``first`` to ``last``, inclusive, that none of the ranges holds."""
    place = max(0, bisect_right(chosen, (first, 1 << 62)) - 1)
    position = first
    while place < len(chosen) and chosen[place][0] <= last:
        low, high = chosen[place]
        yield from range(position, low)
        position, place = max(position, high), place + 1
    yield from range(position, last + 1)


class Reasons:
    """Why payloads are absent: ranges of indexes, each with what the entry says that removed them."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int, str]] = []

    def add(self, removed: Ranges, why: str) -> None:
        """Remember what one entry says."""
        self._ranges += [(low, high, why) for low, high in removed]

    def of(self, indexes: Iterable[int]) -> Iterator[tuple[int, str | None]]:
        """Yield each of the increasing ``indexes`` with a reason, None when no range holds it: one pass over both."""
        waiting = iter(sorted(self._ranges))
        following = next(waiting, None)
        reach, why = 0, ""
        for index in indexes:
            while following and following[0] <= index:
                if following[1] > reach:
                    _, reach, why = following
                following = next(waiting, None)
            yield index, why if index < reach else None
