"""Payloads of a bundle, packed: one file for the payloads of one tile's entries, in their order.

``payloads/N.bin`` says for each entry of ``entries/N.bin`` how long its record is (four bytes, big-endian), then come
the records: 32 bytes of salt and the payload. A length of nothing: there is no payload, or it is not handed over. A
record that is only a salt: the payload is a file of its own, ``payloads/N/OFFSET.bin``; so are those above
:data:`LARGE` bytes, so that what a reader holds in memory stays small, and empty ones.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate
from struct import Struct

from audit.ledger.archive import Archive, ArchiveUnreadable
from audit.ledger.envelope import INNER, INNER_PAD, OUTER, OUTER_PAD, SALT_SIZE
from audit.ledger.tiles import number_path

LARGE = 64 * 1024


def pack(number: int, contents: Sequence[tuple[bytes, bytes] | None]) -> Iterator[tuple[str, bytes]]:
    """Yield the files, name and bytes, of one tile's ``(salt, payload)`` pairs; none when nothing is handed over."""
    records: list[bytes] = []
    apart: list[tuple[str, bytes]] = []
    for offset, content in enumerate(contents):
        salt, payload = content or (b"", b"")
        if content and not 0 < len(payload) <= LARGE:
            apart.append((large_name(number, offset), payload))
            payload = b""
        records.append(salt + payload)
    if any(records):
        yield pack_name(number), Struct(f">{len(records)}I").pack(*map(len, records)) + b"".join(records)
        yield from apart


def pack_name(number: int) -> str:
    """Return the file of the payloads of tile ``number``."""
    return f"payloads/{number_path(number)}.bin"


def large_name(number: int, offset: int) -> str:
    """Return the file of the one payload of entry ``offset`` in tile ``number`` that stands apart."""
    return f"payloads/{number_path(number)}/{offset}.bin"


class Pack:
    """The payloads handed over for the ``count`` entries of tile ``number``."""

    def __init__(self, archive: Archive, number: int, count: int) -> None:
        self._archive, self._number = archive, number
        self._data, self._bounds = b"", [0]
        self.there: list[int] = []  # the places of those that are handed over
        self.files: set[str] = set()
        name = pack_name(number)
        if name not in archive:
            return
        self._data, heads = archive.read(name), Struct(f">{count}I")
        if len(self._data) < heads.size:
            raise ArchiveUnreadable(f"{name} does not say how long the payloads of its entries are.")
        lengths = heads.unpack_from(self._data)
        self._bounds = list(accumulate(lengths, initial=heads.size))
        if self._bounds[-1] != len(self._data):
            raise ArchiveUnreadable(f"{name} is not as long as its payloads are together.")
        self.there = [offset for offset, length in enumerate(lengths) if length]
        self.files = {name}
        if self.there and min([length for length in lengths if length]) <= SALT_SIZE:
            self.files.update(large_name(number, at) for at in self.there if lengths[at] <= SALT_SIZE)

    def payload(self, offset: int) -> bytes:
        """Return the payload at a place where one is."""
        kept = self._data[self._bounds[offset] + SALT_SIZE : self._bounds[offset + 1]]
        return kept or self._archive.read(large_name(self._number, offset))

    def foreign(self, promised: Sequence[bytes]) -> list[int]:
        """Return the places whose payload is not what was ``promised`` (in hex) for it, one for each in ``there``."""
        made = self._commitments()
        if {*map(len, promised)} <= {64} and b"".join(promised) == b"".join(made).hex().encode():
            return []
        pairs = zip(self.there, made, promised, strict=True)
        return [offset for offset, digest, commit in pairs if digest.hex().encode() != commit]

    def _commitments(self) -> list[bytes]:
        """Return what :func:`~audit.ledger.envelope.commitment` says of each payload, without a call for each."""
        made: list[bytes] = []
        data, bounds = self._data, self._bounds
        hash_of, begin, keep = sha256, sha256().copy, made.append
        for offset in self.there:
            start = bounds[offset]
            body = start + SALT_SIZE
            salt = data[start:body]
            inner = begin()  # a copy of a hash costs no more than joining key and payload
            inner.update(salt.translate(INNER) + INNER_PAD)
            inner.update(data[body : bounds[offset + 1]] or self.payload(offset))
            keep(hash_of(salt.translate(OUTER) + OUTER_PAD + inner.digest()).digest())
        return made
