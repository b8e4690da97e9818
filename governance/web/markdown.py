"""A small part of Markdown, for our own help pages: everything is escaped first, nothing passes through raw.

Headings (#, ##, ###), paragraphs, lists (-, 1.), fenced code, tables with a header row, images on a line of their
own; inside text: `code`, **strong**, *emphasis*, [links](address). Anything else is plain text.
"""

import re
from collections.abc import Callable, Iterator
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

_IMAGE = re.compile(r"^!\[([^\]]*)\]\(([^)\s]+)\)$")
_ITEM = re.compile(r"^(?:[-*]|(\d+)\.)\s+(.*)$")
_HEADING = re.compile(r"^(#{1,3})\s+(.*)$")
_INLINE = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*?)\*(?![\w*])"), r"<em>\1</em>"),
)
_PAGE = re.compile(r"^([\w-]+)\.md(#[\w-]+)?$")
_ADDRESS = re.compile(r"^(https?://|/(?!/)|#)[^\s\"<>]*$")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def render(text: str, *, image_base: str = "") -> SafeString:
    """Return ``text`` as HTML. Relative images are looked up under ``image_base``."""
    return mark_safe("\n".join(_blocks(text.splitlines(), image_base)))  # noqa: S308


def title_of(text: str) -> str:
    """Return the first heading of a page, as plain text."""
    for line in text.splitlines():
        if found := _HEADING.match(line):
            return found[2].strip()
    return ""


def _blocks(lines: list[str], image_base: str) -> Iterator[str]:
    index = 0
    while index < len(lines):
        line = lines[index].rstrip()
        if not line.strip():
            index += 1
        elif line.startswith("```"):
            end = next((i for i in range(index + 1, len(lines)) if lines[i].startswith("```")), len(lines))
            yield f'<pre tabindex="0"><code>{escape(chr(10).join(lines[index + 1 : end]))}</code></pre>'
            index = end + 1
        elif found := _HEADING.match(line):
            level, words = len(found[1]), found[2].strip()
            yield f'<h{level} id="{slugify(words)}">{_inline(words)}</h{level}>'
            index += 1
        elif found := _IMAGE.match(line.strip()):
            yield _image(found[1], found[2], image_base)
            index += 1
        elif line.startswith("|"):
            end = _while(lines, index, lambda text: text.startswith("|"))
            yield _table(lines[index:end])
            index = end
        elif _ITEM.match(line):
            end = _while(lines, index, lambda text: bool(_ITEM.match(text)) or text.startswith("  "))
            yield _list(lines[index:end])
            index = end
        else:
            end = _while(lines, index, lambda text: bool(text.strip()) and not _starts_block(text))
            yield f"<p>{_inline(' '.join(part.strip() for part in lines[index : max(end, index + 1)]))}</p>"
            index = max(end, index + 1)


def _starts_block(line: str) -> bool:
    return bool(
        line.startswith(("```", "|")) or _HEADING.match(line) or _ITEM.match(line) or _IMAGE.match(line.strip())
    )


def _while(lines: list[str], index: int, holds: Callable[[str], bool]) -> int:
    end = index
    while end < len(lines) and holds(lines[end]):
        end += 1
    return end


def _list(lines: list[str]) -> str:
    items: list[str] = []
    first = _ITEM.match(lines[0])
    tag = "ol" if first and first[1] else "ul"
    for line in lines:
        if found := _ITEM.match(line):
            items.append(found[2])
        elif items:
            items[-1] += f" {line.strip()}"
    return f"<{tag}>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + f"</{tag}>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    body = [row for row in rows[1:] if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    lines_ = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in body)
    return (
        '<div class="table-frame" role="region" aria-label="Table" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines_}</tbody></table></div>"
    )


def _image(alt: str, address: str, image_base: str) -> str:
    if not re.fullmatch(r"[\w./-]+", address) or ".." in address:
        return f"<p>{escape(alt)}</p>"
    return f'<p><img src="{escape(image_base)}{escape(address)}" alt="{escape(alt)}" loading="lazy"></p>'


def _inline(text: str) -> str:
    """Code first, so that nothing inside it is read as markup; then links, strong, emphasis."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{escape(part[1:-1])}</code>"
        if part.startswith("`") and part.endswith("`") and len(part) > 2
        else _words(part)
        for part in parts
    )


def _words(text: str) -> str:
    out = escape(text, quote=False)
    out = _LINK.sub(_link, out)
    for pattern, replacement in _INLINE:
        out = pattern.sub(replacement, out)
    return out


def _link(found: re.Match[str]) -> str:
    """Only addresses that lead to a page become links; anything else (javascript:, data:) stays text."""
    words, address = found[1], found[2]
    if page := _PAGE.match(address):
        address = f"../{page[1]}/{page[2] or ''}"
    elif not _ADDRESS.match(address):
        return found[0]
    return f'<a href="{escape(address)}">{words}</a>'
