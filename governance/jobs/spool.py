"""The embedded default's message store: kombu's file transport, with files that appear whole.

kombu writes a message under its final name, and a reader may take it half-written; it also takes messages
through the shared temporary folder. Here a message is written aside and renamed into place, and taken by
a rename within the spool, so that one reader gets it.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """Messages are ``<time>_<uuid>.<queue>.msg``; names starting with a dot are being written or taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.startswith(".") or name.partition(".")[2] != f"{queue}.msg":
                continue
            mine = folder / f".taken-{os.getpid()}-{name}"
            try:
                os.rename(folder / name, mine)
            except FileNotFoundError:  # another reader was first
                continue
            try:
                return loads(bytes_to_str(mine.read_bytes()))
            finally:
                mine.unlink()
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(
            not name.startswith(".") and name.partition(".")[2] == f"{queue}.msg"
            for name in os.listdir(self.data_folder_in)
        )

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        file = self._exchange_file(exchange)
        file.parent.mkdir(parents=True, exist_ok=True)
        entry = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        table = self.get_table(exchange)
        if entry not in table:
            _write_whole(file, [entry, *table])


class Transport(filesystem.Transport):
    """The file transport on the spool above."""

    Channel = Channel


def _write_whole(file: Path, content: Any) -> None:
    draft = file.with_name(f".{uuid.uuid4()}-{file.name}")
    try:
        draft.write_bytes(str_to_bytes(dumps(content)))
        os.rename(draft, file)
    except OSError as error:
        raise ChannelError(f"Cannot write {file}: {error}") from error
