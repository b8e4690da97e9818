"""A zip read with suspicion: stored members only, plain unique names, limits, nothing extracted to disk."""

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

MAX_MEMBERS = 20_000_000
MAX_TOTAL = 64 * 1024**3
MAX_MEMBER = 256 * 1024**2
SMALL = 16 * 1024
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.+-]*(/[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)*$")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")


class ArchiveUnreadable(ValueError):
    """The file is not a bundle this program is willing to read; the message says why."""

    code = "archive_unreadable"


class Archive:
    """Members of a stored zip by name."""

    def __init__(self, path: str | Path) -> None:
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - members are read whole, a buffer only copies
        except OSError as error:
            raise ArchiveUnreadable(f"Cannot open {path}: {error.strerror}.") from error
        try:
            with zipfile.ZipFile(self._file) as zipped:
                members = zipped.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
            self._file.close()
            raise ArchiveUnreadable("This is not a zip file.") from error
        try:
            self._members = self._check(members)
        except ArchiveUnreadable:
            self._file.close()
            raise

    @staticmethod
    def _check(members: list[zipfile.ZipInfo]) -> dict[str, tuple[int, int]]:
        if len(members) > MAX_MEMBERS:
            raise ArchiveUnreadable(f"More than {MAX_MEMBERS} members.")
        found: dict[str, tuple[int, int]] = {}
        total = 0
        for member in members:
            name = member.filename
            if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 0x1:
                raise ArchiveUnreadable(f"Member {name[:80]!r} is compressed or encrypted; a bundle is stored plainly.")
            if member.orig_filename != name or len(name) > 200 or not _NAME.match(name):
                raise ArchiveUnreadable(f"Member name {name[:80]!r} is not a plain relative path.")
            if name in found:
                raise ArchiveUnreadable(f"Member {name} stands twice.")
            if member.file_size > MAX_MEMBER or member.file_size != member.compress_size:
                raise ArchiveUnreadable(f"Member {name} is larger than {MAX_MEMBER} bytes.")
            total += member.file_size
            found[name] = (member.header_offset, member.file_size)
        if total > MAX_TOTAL:
            raise ArchiveUnreadable(f"More than {MAX_TOTAL} bytes.")
        return found

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names below ``prefix`` in the order of the file."""
        return (name for name in self._members if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        """Return a member's bytes; raises :class:`ArchiveUnreadable` when it is absent or cut short.

        The checksum of the zip is not looked at: what counts is the tree.
        """
        if name not in self._members:
            raise ArchiveUnreadable(f"The bundle lacks {name}.")
        offset, size = self._members[name]
        begin = _LOCAL.size + len(name)
        self._file.seek(offset)
        small = size <= SMALL  # one read suffices where the local header has no extra field
        read = self._read(begin + size if small else begin)
        if len(read) < begin or read[:4] != b"PK\x03\x04":
            raise ArchiveUnreadable(f"Member {name} has no local header.")
        if read[_LOCAL.size : begin] != name.encode() or int.from_bytes(read[26:28], "little") != len(name):
            raise ArchiveUnreadable(f"Member {name} has another name in its local header.")
        extra = int.from_bytes(read[28:30], "little")
        if small and not extra:
            data = read[begin:]
        else:
            self._file.seek(offset + begin + extra)
            data = self._read(size)
        if len(data) != size:
            raise ArchiveUnreadable(f"Member {name} is cut short.")
        return data

    def _read(self, size: int) -> bytes:
        """Return ``size`` bytes, fewer only at the end of the file."""
        data = self._file.read(size) or b""
        while len(data) < size and (more := self._file.read(size - len(data))):
            data += more
        return data

    def text(self, name: str) -> str:
        """Return a member as UTF-8 text; raises :class:`ArchiveUnreadable`."""
        try:
            return self.read(name).decode()
        except UnicodeDecodeError as error:
            raise ArchiveUnreadable(f"Member {name} is not UTF-8 text.") from error
