"""Make drawn pages an archival, accessible document: PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1).

Adds the structure tree, links, outline, sRGB output intent, metadata and the attached report data. Nothing
here reads a clock or makes a random number: equal input gives equal bytes.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pikepdf.pdfa
from pikepdf import Array, Dictionary, Name, Object, OutlineItem, Pdf, String

from audit.reports.content import OversightReport
from audit.reports.pdf.metadata import xmp_packet
from audit.reports.pdf.tags import Node, Record

KEEP_EMPTY = {"TD", "TH", "TR", "THead", "TBody", "Table", "Document"}


class FontLeft(RuntimeError):
    """A page still draws with a font that is not embedded."""

    code = "font_not_embedded"


def conform(pages: bytes, record: Record, report: OversightReport, data: bytes) -> bytes:
    """Return the finished document from drawn ``pages`` and the ``record`` of their content."""
    with pikepdf.open(BytesIO(pages)) as pdf:
        _drop_unembedded_fonts(pdf)
        _structure(pdf, record)
        _outline(pdf, record)
        _catalog(pdf, report)
        _attach(pdf, data, report.meta.prepared_at)
        pikepdf.pdfa.prepare(pdf, "3b")
        _metadata(pdf, report)
        out = BytesIO()
        pdf.save(
            out,
            deterministic_id=True,
            force_version="1.7",
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
        )
        return out.getvalue()


def _drop_unembedded_fonts(pdf: Pdf) -> None:
    """Remove reportlab's always declared base-14 fonts after checking that no page draws with them."""
    for page in pdf.pages:
        fonts = page.resources.get(Name.Font, Dictionary())
        bare = [key for key, font in fonts.items() if font.get(Name.Subtype) == Name.Type1]
        if not bare:
            continue
        content = page.Contents.read_bytes()
        for key in bare:
            if re.search(rb"(?<![^\s])" + re.escape(key.encode()) + rb"\s+[\d.]+\s+Tf", content):
                raise FontLeft(f"a page uses {fonts[key].get(Name.BaseFont)}, which is not embedded")
            del fonts[key]
    for page in pdf.pages:
        if Name.Trans in page:
            del page[Name.Trans]


def _prune(node: Node) -> None:
    for child in node.children:
        _prune(child)
    node.children = [c for c in node.children if c.marks or c.children or c.kind in KEEP_EMPTY]


def _structure(pdf: Pdf, record: Record) -> None:
    """Build the structure tree and the parent tree, and hang the links into both."""
    _prune(record.root)
    pages = [page.obj for page in pdf.pages]
    by_page: list[dict[int, Object]] = [{} for _ in pages]
    made: dict[Node, Object] = {}
    tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    tree.K = Array([_element(pdf, record.root, tree, pages, by_page, made)])
    numbers: list[object] = []
    for index, elements in enumerate(by_page):
        pages[index].StructParents = index
        pages[index].Tabs = Name.S  # on every page: a signature adds its widget to one of them
        numbers += [index, pdf.make_indirect(Array([elements[mcid] for mcid in sorted(elements)]))]
    numbers += _links(pdf, record, pages, made)
    tree.ParentTree = pdf.make_indirect(Dictionary(Nums=Array(numbers)))
    tree.ParentTreeNextKey = len(numbers) // 2
    pdf.Root.StructTreeRoot = tree


def _element(
    pdf: Pdf,
    node: Node,
    parent: Object,
    pages: Sequence[Object],
    by_page: list[dict[int, Object]],
    made: dict[Node, Object],
) -> Object:
    element = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name("/" + node.kind), P=parent))
    made[node] = element
    kids: list[object] = []
    for page, mcid in node.marks:
        by_page[page][mcid] = element
        kids.append(Dictionary(Type=Name.MCR, Pg=pages[page], MCID=mcid))
    if node.marks:
        element.Pg = pages[node.marks[0][0]]
        if len({page for page, _ in node.marks}) == 1:
            kids = [mcid for _, mcid in node.marks]
    kids += [_element(pdf, child, element, pages, by_page, made) for child in node.children]
    element.K = kids[0] if len(kids) == 1 and isinstance(kids[0], int) else Array(kids)
    if node.alt:
        element.Alt = String(node.alt)
    if node.kind == "L":
        element.A = Dictionary(O=Name.List, ListNumbering=Name("/None"))
    if node.scope:
        element.A = Dictionary(O=Name.Table, Scope=Name("/" + node.scope))
    if node.box is not None:
        element.A = Dictionary(O=Name.Layout, Placement=Name.Block, BBox=Array([round(v, 2) for v in node.box]))
    return element


def _links(pdf: Pdf, record: Record, pages: Sequence[Object], made: dict[Node, Object]) -> list[object]:
    """Add link annotations; return their entries for the parent tree."""
    entries: list[object] = []
    targets = {heading.key: heading for heading in record.headings}
    for place, link in enumerate(record.links):
        annotation = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([round(v, 2) for v in link.rect]),
            Border=Array([0, 0, 0]),
            F=4,
            Contents=String(link.text),
            StructParent=len(pages) + place,
        )
        if link.uri:
            annotation.A = Dictionary(S=Name.URI, URI=String(link.uri))
        else:
            goal = targets[link.target]
            annotation.Dest = Array([pages[goal.page], Name.XYZ, 0, round(goal.top, 2), None])
        page = pages[link.page]
        kept = pdf.make_indirect(annotation)
        if Name.Annots not in page:
            page.Annots = Array([])
        page.Annots.append(kept)
        element = made[link.node]
        element.K = Array([*_as_list(element.K), Dictionary(Type=Name.OBJR, Pg=page, Obj=kept)])
        entries += [len(pages) + place, element]
    return entries


def _as_list(kids: Object) -> list[object]:
    return list(kids) if isinstance(kids, Array) else [kids]


def _outline(pdf: Pdf, record: Record) -> None:
    with pdf.open_outline() as outline:
        for heading in record.headings:
            outline.root.append(
                OutlineItem(heading.title, heading.page, "XYZ", left=0, top=round(heading.top, 2), zoom=0)
            )


def _catalog(pdf: Pdf, report: OversightReport) -> None:
    root = pdf.Root
    root.Lang = String(report.meta.language)
    root.MarkInfo = Dictionary(Marked=True)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    root.PageMode = Name.UseOutlines
    if Name.PageLayout in root:
        del root.PageLayout


def pdf_date(at: datetime) -> str:
    """Return ``at`` as a PDF date in UTC."""
    return at.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")


def _attach(pdf: Pdf, data: bytes, at: datetime) -> None:
    """Attach the report data as ``report.json``, the data the document was made from."""
    stream = pdf.make_stream(data)
    stream.Type, stream.Subtype = Name.EmbeddedFile, Name("/application/json")
    checksum = hashlib.md5(data, usedforsecurity=False).digest()
    stream.Params = Dictionary(ModDate=String(pdf_date(at)), Size=len(data), CheckSum=String(checksum))
    spec = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String("report.json"),
            UF=String("report.json"),
            Desc=String("The figures of this report as data"),
            AFRelationship=Name.Data,
            EF=Dictionary(F=stream, UF=stream),
        )
    )
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("report.json"), spec])))
    pdf.Root.AF = Array([spec])


def _metadata(pdf: Pdf, report: OversightReport) -> None:
    """Write document information and XMP that say the same."""
    meta = report.meta
    title = f"{meta.title}: {meta.scope_ref} {meta.scope}".strip()
    if Name.Info in pdf.trailer:
        del pdf.trailer[Name.Info]
    info = pdf.make_indirect(Dictionary())
    pdf.trailer[Name.Info] = info
    info.Title, info.Author = String(title), String(meta.organisation)
    info.Creator, info.Producer = String(meta.generator), String(meta.generator)
    info.CreationDate = info.ModDate = String(pdf_date(meta.prepared_at))
    stream = pdf.make_stream(xmp_packet(title, report))
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    pdf.Root.Metadata = stream
