"""The tiles of a bundle: each full tile hashes to its slot in the tile above, the last ones give the root."""

from audit.ledger import tiles
from audit.ledger.archive import Archive, ArchiveUnreadable
from audit.ledger.merkle import OutOfTree
from audit.ledger.note import Head
from audit.ledger.verdict import Findings, Verdict

KEPT = 4096  # tiles of leaves that are remembered between the two looks at them: 32 MB, a million entries


class TileForeign(ValueError):
    """A tile of the bundle is none of its tree."""

    code = "tile_foreign"


class TileSet:
    """The tiles of one bundle, by level and number, for the tree of ``size`` leaves."""

    def __init__(self, archive: Archive, size: int) -> None:
        self._archive, self._size = archive, size
        self._kept: dict[tuple[int, int], bytes] = {}

    def width(self, level: int, number: int) -> int:
        """Return how many hashes that tile holds in this tree."""
        return max(0, min(tiles.WIDTH, (self._size >> tiles.HEIGHT * level) - number * tiles.WIDTH))

    def __call__(self, level: int, number: int) -> bytes:
        """Return a tile's hashes; raises :class:`ArchiveUnreadable` when absent or of the wrong size."""
        if (level, number) in self._kept:
            return self._kept[level, number]
        width = self.width(level, number)
        name = f"tiles/{tiles.tile_path(level, number, width)}"
        data = self._archive.read(name)
        if len(data) != 32 * width:
            raise ArchiveUnreadable(f"{name} does not hold {width} hashes.")
        if level or number < KEPT:
            self._kept[level, number] = data
        return data


def check_tiles(read: TileSet, head: Head, low: int, high: int, findings: Findings) -> bool:
    """Check the tiles of entries ``low`` to ``high`` up to the root; return whether the tree is sound."""
    before = findings.count
    root = tiles.root_from_tiles(lambda level, number: read(level, number), head.size)
    if root != head.root:
        findings.add(Verdict.ALTERED, "root", "The tiles do not give the root that was signed.")
    level = 0
    while (count := head.size >> tiles.HEIGHT * (level + 1)) and high > low:
        first, last = low >> tiles.HEIGHT * (level + 1), (high - 1) >> tiles.HEIGHT * (level + 1)
        for number in range(first, min(last + 1, count)):
            above = read(level + 1, number // tiles.WIDTH)
            slot = above[number % tiles.WIDTH * 32 :][:32]
            if tiles.complete_hash(read(level, number)) != slot:
                name = tiles.tile_path(level, number)
                findings.add(Verdict.ALTERED, "tile", f"Tile {name} does not hash to its place in the tile above.")
        level += 1
    return findings.count == before


def _connect(read: TileSet, level: int, number: int) -> None:
    """A full tile hashes to its place above, and so on up to the last tiles, which the root was made of."""
    while read.width(level, number) == tiles.WIDTH:
        above = read(level + 1, number // tiles.WIDTH)
        if tiles.complete_hash(read(level, number)) != above[number % tiles.WIDTH * 32 :][:32]:
            name = tiles.tile_path(level, number)
            raise TileForeign(f"Tile {name} does not hash to its place in the tile above.")
        level, number = level + 1, number // tiles.WIDTH


def root_at(read: TileSet, size: int) -> bytes | None:
    """Return the root of the first ``size`` leaves, or None when the bundle does not hold what that needs.

    Raises :class:`TileForeign` when it brings a tile for it that is none of this tree: the range check has not seen it.
    """
    try:
        for level, number, _ in tiles.tile_widths(size):
            _connect(read, level, number)
        return tiles.root_from_tiles(read, size)
    except (ArchiveUnreadable, OutOfTree):
        return None
