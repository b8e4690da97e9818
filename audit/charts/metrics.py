"""How wide a text is in the sans face of pages and reports, without opening a font.

``widths.json`` holds advance widths of Source Sans 3 (SIL OFL 1.1) in thousandths of an em, made by
``python -m governance.web.fonts``.
"""

import json
from functools import cache
from pathlib import Path

UNKNOWN_EM = 600  # a character outside the table: about a capital letter wide


@cache
def _table() -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = json.loads((Path(__file__).parent / "widths.json").read_text(encoding="utf-8"))
    return table


def text_width(text: str, size: float, weight: int = 400) -> float:
    """Return the width of ``text`` at ``size``; weights other than 600 measure as 400."""
    widths = _table()["600" if weight >= 600 else "400"]
    return sum(widths.get(character, UNKNOWN_EM) for character in text) * size / 1000


def shorten(text: str, size: float, width: float, weight: int = 400) -> str:
    """Return ``text``, cut with an ellipsis where it is wider than ``width``."""
    if text_width(text, size, weight) <= width:
        return text
    kept = text
    while kept and text_width(kept.rstrip() + "…", size, weight) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(text: str, size: float, width: float, weight: int = 400, *, lines: int = 2) -> list[str]:
    """Return ``text`` broken at spaces into at most ``lines`` lines no wider than ``width``; the last is cut."""
    words, rows = text.split(), [""]
    for position, word in enumerate(words):
        longer = f"{rows[-1]} {word}".strip()
        if not rows[-1] or text_width(longer, size, weight) <= width:
            rows[-1] = longer
        elif len(rows) < lines:
            rows.append(word)
        else:
            rows[-1] = " ".join([rows[-1], *words[position:]])
            break
    return [shorten(row, size, width, weight) for row in rows]
