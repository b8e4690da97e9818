"""The tree cut into tiles of 256 hashes: c2sp.org/tlog-tiles.

A tile of level L holds the hashes of 256 neighbouring complete subtrees of height 8 L. Full tiles never change;
the last tile of each level is partial and only grows. Roots and proofs of any size are computed from few tiles.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from struct import iter_unpack

from audit.ledger.merkle import EMPTY_ROOT, HASH_SIZE, OutOfTree, consistency_ranges, node_hash, split_point

WIDTH = 256
HEIGHT = 8
_NODE = sha256(b"\x01").copy
Reader = Callable[[int, int], bytes]  # (level, number) -> the hashes of that tile, joined


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Return the C2SP path below ``tile/``: ``0/x001/067``, and ``0/001.p/5`` when partial."""
    path = f"{level}/{number_path(number)}"
    return path if width == WIDTH else f"{path}.p/{width}"


def number_path(number: int) -> str:
    """Return a tile number in groups of three digits, all but the last with an ``x`` before: ``x001/067``."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def parse_number(path: str) -> int:
    """Return the tile number of a path made by :func:`number_path`; raises ``ValueError``."""
    if not re.fullmatch(r"(x\d{3}/)*\d{3}", path) or number_path(value := int(re.sub(r"[x/]", "", path))) != path:
        raise ValueError(f"{path!r} is not a tile number in groups of three digits.")
    return value


def tile_widths(size: int) -> list[tuple[int, int, int]]:
    """Return ``(level, number, width)`` of the last, partial tile of each level of a tree of ``size`` leaves."""
    partial = []
    level = 0
    while count := size >> HEIGHT * level:
        if count % WIDTH:
            partial.append((level, count // WIDTH, count % WIDTH))
        level += 1
    return partial


def node_from_tiles(read: Reader, height: int, number: int) -> bytes:
    """Return the hash of the complete subtree of 2^``height`` leaves that begins at leaf ``number * 2^height``."""
    level, rest = divmod(height, HEIGHT)
    span = 1 << rest
    first = number * span
    offset = first % WIDTH
    hashes = read(level, first // WIDTH)[offset * HASH_SIZE : (offset + span) * HASH_SIZE]
    if len(hashes) != span * HASH_SIZE:
        raise OutOfTree(f"Tile {tile_path(level, first // WIDTH)} ends before hash {offset + span}.")
    return complete_hash(hashes)


def range_hash(read: Reader, low: int, high: int) -> bytes:
    """Return the RFC 6962 hash of leaves ``low`` to ``high``, where ``low`` is a multiple of the range's capacity."""
    if low == high:
        return EMPTY_ROOT
    width = high - low
    if width & (width - 1) == 0:
        return node_from_tiles(read, width.bit_length() - 1, low // width)
    middle = low + split_point(width)
    return node_hash(range_hash(read, low, middle), range_hash(read, middle, high))


def root_from_tiles(read: Reader, size: int) -> bytes:
    """Return the root of the first ``size`` leaves."""
    return range_hash(read, 0, size)


def inclusion_from_tiles(read: Reader, index: int, size: int) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree of ``size``; raises :class:`OutOfTree`."""
    if not 0 <= index < size:
        raise OutOfTree(f"There is no leaf {index} in a tree of {size}.")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + split_point(high - low)
        if index < middle:
            path.append(range_hash(read, middle, high))
            high = middle
        else:
            path.append(range_hash(read, low, middle))
            low = middle
    return path[::-1]


def consistency_from_tiles(read: Reader, size1: int, size2: int) -> list[bytes]:
    """Return the consistency proof between two sizes; raises :class:`OutOfTree`."""
    return [range_hash(read, low, high) for low, high in consistency_ranges(size1, size2)]


def split_hashes(tile: bytes) -> list[bytes]:
    """Return the 32-byte hashes of a tile."""
    return [tile[i : i + HASH_SIZE] for i in range(0, len(tile), HASH_SIZE)]


def complete_hash(hashes: bytes) -> bytes:
    """Return the hash above 2^n joined hashes; of a full tile it is the one that stands in the tile above."""
    while len(hashes) > HASH_SIZE:
        above = []
        for (pair,) in iter_unpack("64s", hashes):
            node = _NODE()  # a copy of a begun hash costs less than a new one
            node.update(pair)
            above.append(node.digest())
        hashes = b"".join(above)
    return hashes


@dataclass
class Edge:
    """The growing right edge of a tree: what appending needs, and nothing else.

    ``peaks`` are ``(height, hash)`` of the complete subtrees from left to right; ``partial`` maps a level to the
    hashes of its last tile.
    """

    size: int = 0
    peaks: list[tuple[int, bytes]] = field(default_factory=list)
    partial: dict[int, bytearray] = field(default_factory=dict)

    @classmethod
    def load(cls, read: Reader, size: int) -> "Edge":
        """Read the edge of a tree of ``size`` leaves from its last tiles."""
        edge = cls(size)
        for level, number, width in tile_widths(size):
            edge.partial[level] = bytearray(read(level, number)[: width * HASH_SIZE])
        low = 0
        for height in range(size.bit_length() - 1, -1, -1):
            if size >> height & 1:
                edge.peaks.append((height, node_from_tiles(read, height, low >> height)))
                low += 1 << height
        return edge

    def copy(self) -> "Edge":
        """Return an edge that can grow without changing this one."""
        return Edge(self.size, list(self.peaks), {level: bytearray(tile) for level, tile in self.partial.items()})

    def append(self, leaf_hashes: Iterable[bytes]) -> dict[tuple[int, int], bytes]:
        """Append leaves and return every tile that changed, ``(level, number)`` to its hashes."""
        changed: dict[tuple[int, int], bytes] = {}
        touched: set[int] = set()
        peaks, partial, size = self.peaks, self.partial, self.size
        hash_of = sha256
        base = partial.setdefault(0, bytearray())
        for leaf in leaf_hashes:
            base += leaf
            height, node, rest = 0, leaf, size
            while rest & 1:
                node = hash_of(b"\x01" + peaks.pop()[1] + node).digest()
                height += 1
                rest >>= 1
                if not height & 7:
                    level = height >> 3
                    full = bytes(partial.pop(level - 1))
                    changed[level - 1, size >> HEIGHT * level] = full
                    touched.discard(level - 1)
                    partial.setdefault(level, bytearray()).extend(node)
                    touched.add(level)
                    base = partial.setdefault(0, bytearray())
            peaks.append((height, node))
            size += 1
            touched.add(0)
        self.size = size
        if not base:
            del partial[0]
        for level in touched & partial.keys():
            changed[level, size >> HEIGHT * (level + 1)] = bytes(partial[level])
        return changed

    def root(self) -> bytes:
        """Return the root over all leaves."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            node = node_hash(left, node)
        return node
