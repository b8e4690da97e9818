"""What a reader of a finished PDF finds in it, told by tools that had no part in making it."""

import re
from io import BytesIO

import pikepdf
import pymupdf


def text_of(pdf: bytes, *, drawn: bool = False) -> str:
    """Return the text of all pages without running head and foot, spaces collapsed.

    ``drawn`` gives the glyphs on the page; else ActualText stands for what it replaces.
    """
    flags = pymupdf.TEXTFLAGS_TEXT | (pymupdf.TEXT_IGNORE_ACTUALTEXT if drawn else 0)
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        body = pymupdf.Rect(0, 62, 596, 792)
        return re.sub(r"\s+", " ", " ".join(page.get_text(clip=body, flags=flags) for page in document))


def squeezed(text: str) -> str:
    """Return ``text`` without any white space, for comparing across line breaks."""
    return re.sub(r"\s+", "", text)


def elements(document: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
    """Return the structure elements of ``kind`` in tree order."""
    found: list[pikepdf.Object] = []

    def walk(node: object) -> None:
        if not isinstance(node, pikepdf.Dictionary):
            return
        if node.get("/S") == pikepdf.Name("/" + kind):
            found.append(node)
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            walk(kid)

    walk(document.Root.StructTreeRoot)
    return found


def opened(pdf: bytes) -> pikepdf.Pdf:
    """Return the opened document."""
    return pikepdf.open(BytesIO(pdf))
