"""Noticing changed source files, for ``custodes up --reload``."""

import os
import time
from pathlib import Path


class SourceWatch:
    """Tells once for each change of a Python file under ``folders``; looks at most once a second."""

    def __init__(self, folders: list[Path]) -> None:
        self.folders = folders
        self._state = self._look()
        self._looked = time.monotonic()

    def changed(self) -> bool:
        """Whether a file was written, added or removed since the last look."""
        if time.monotonic() - self._looked < 1.0:
            return False
        before, self._state, self._looked = self._state, self._look(), time.monotonic()
        return before != self._state

    def _look(self) -> dict[str, int]:
        found = {}
        for folder in self.folders:
            for base, _, names in os.walk(folder):
                for name in names:
                    if name.endswith(".py"):
                        path = os.path.join(base, name)
                        try:
                            found[path] = os.stat(path).st_mtime_ns
                        except FileNotFoundError:
                            continue
        return found
