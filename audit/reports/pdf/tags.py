"""Marked content: a canvas that says, for everything it draws, which structure element it belongs to.

Whatever is drawn outside an element is an artifact. Pages are kept open until the end, so that page totals
and page numbers in the contents can be drawn when they are known, in one pass.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfgen.canvas import Canvas

ARTIFACT = "/Artifact BMC"


@dataclass(slots=True, eq=False)
class Node:
    """One structure element (ISO 32000-1, 14.7.2) and where on which pages its content is drawn."""

    kind: str
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)  # (page index, MCID)
    alt: str = ""
    scope: str = ""  # Column | Row, for TH
    box: tuple[float, float, float, float] | None = None  # Figure: left, bottom, right, top on its page
    title: str = ""

    def add(self, kind: str, **attributes: Any) -> "Node":
        """Append and return a child element."""
        child = Node(kind, self, **attributes)
        self.children.append(child)
        return child


@dataclass(frozen=True, slots=True)
class Link:
    """A link drawn on a page: to a heading of this document (``target``) or to an address (``uri``)."""

    page: int
    rect: tuple[float, float, float, float]
    node: Node
    text: str
    target: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as drawn: what outline, contents and running heads are made of."""

    key: str
    title: str
    level: int
    page: int
    top: float


@dataclass(slots=True)
class Record:
    """Everything a finished document must be told about its own content."""

    root: Node = field(default_factory=lambda: Node("Document"))
    links: list[Link] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)

    def page_of(self, key: str) -> int | None:
        """Return the page index of the heading ``key``."""
        return next((heading.page for heading in self.headings if heading.key == key), None)

    def running_title(self, page: int) -> str:
        """Return the section that page ``page`` begins with, or the first that begins on it."""
        here = [h.title for h in self.headings if h.level == 1 and h.page == page]
        before = [h.title for h in self.headings if h.level == 1 and h.page < page]
        return here[0] if here else before[-1] if before else ""


class TaggedCanvas(Canvas):
    """A canvas that marks content; ``record`` collects the marks, ``finish_page`` draws what needs totals."""

    record: Record
    finish_page: Callable[["TaggedCanvas", int, int], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._pages: list[dict[str, Any]] = []
        self._later: list[tuple[int, Callable[[], None]]] = []
        super().__init__(*args, **kwargs)
        self._begin_page()

    @property
    def page_index(self) -> int:
        """Zero-based number of the page being drawn."""
        return self._page_index

    def _begin_page(self) -> None:
        self._page_index = len(self._pages)
        self._next_mcid = 0
        self._artifact_at = len(self._code)
        self._code.append(ARTIFACT)

    def _leave_artifact(self) -> None:
        """Close the open artifact, or forget it when nothing was drawn in it."""
        since = self._code[self._artifact_at + 1 :]
        if all(code in ("q", "Q") or code.endswith(" cm") for code in since):
            del self._code[self._artifact_at]
        else:
            self._code.append("EMC")

    @contextmanager
    def marked(self, node: Node | None) -> Iterator[None]:
        """Draw the content of ``node``; with None what is drawn stays an artifact."""
        if node is None:
            yield
            return
        self._leave_artifact()
        node.marks.append((self._page_index, self._next_mcid))
        self._code.append(f"/{node.kind} <</MCID {self._next_mcid}>> BDC")
        self._next_mcid += 1
        yield
        self._code.append("EMC")
        self._artifact_at = len(self._code)
        self._code.append(ARTIFACT)

    def running(self, kind: str) -> None:
        """From here to the end of the page everything is a running ``Header`` or ``Footer``."""
        self._leave_artifact()
        self._artifact_at = len(self._code)
        self._code.append(f"/Artifact <</Type /Pagination /Subtype /{kind}>> BDC")

    def later(self, draw: Callable[[], None]) -> None:
        """Call ``draw`` on this page once every page is laid out."""
        self._later.append((self._page_index, draw))

    def showPage(self) -> None:  # noqa: N802
        self._pages.append(dict(self.__dict__))
        self._startPage()
        self._begin_page()

    def save(self) -> None:
        pages, later = self._pages, self._later
        for index, page in enumerate(pages):
            self.__dict__.update(page)
            for at, draw in later:
                if at == index:
                    draw()
            self.finish_page(self, index, len(pages))
            self._leave_artifact()
            Canvas.showPage(self)
        self._code: list[str] = []
        Canvas.save(self)
