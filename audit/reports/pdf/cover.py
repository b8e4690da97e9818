"""Title page, contents and colophon."""

from django.utils.translation import gettext as _
from reportlab.platypus import CondPageBreak, Flowable, PageBreak, Spacer

from audit.charts import Fonts, reportlab_drawing, seal
from audit.reports import display
from audit.reports.content import Fact, Facts, OversightReport, Section, figures
from audit.reports.pdf import style
from audit.reports.pdf.blocks import Address, Beside, ContentsLine, Letterhead, Picture, SignatureArea, qr_code
from audit.reports.pdf.story import LABEL_LIMIT, TITLE_LIMIT, Story
from audit.reports.pdf.tags import Node, Record
from audit.reports.pdf.text import Text, clip, quiet

CONTENTS_FROM, OWN_PAGE_FROM = 4, 12  # sections
AIR = (1.0, 0.7, 0.4, 0.1)  # of the space that a title page has at its best


def cover(story: Story, data_digest: str) -> None:
    """Add the title page: what, for whom, from which data, and where to sign; set closer until it is one page."""
    for air in AIR:
        trial = Story(story.report, Record())
        _cover(trial, data_digest, air)
        if _height(trial.flow) <= style.PAGE[1] - style.TOP - style.BOTTOM:
            break
    _cover(story, data_digest, air)
    story.flow.append(PageBreak())


def _height(flow: list[Flowable]) -> float:
    total, gap = 0.0, 0.0
    for each in flow:
        total += max(gap, each.getSpaceBefore()) + each.wrap(style.WIDE, 1e6)[1]
        gap = each.getSpaceAfter()
    return total


def _cover(story: Story, data_digest: str, air: float) -> None:
    meta = story.report.meta
    part = story.record.root.add("Sect")
    _logo(story, part, style.LOGO, after=12)
    top = quiet(style.CAPTION, color=style.ACCENT, after=40 * air)
    story.flow.append(Text.plain(clip(meta.organisation, LABEL_LIMIT, "…"), top, part.add("P"), indent=style.INDENT))
    look = quiet(style.TITLE, color=style.INK, size=25 + 8 * air, leading=29 + 8 * air)
    story.flow.append(Text.plain(clip(meta.title, LABEL_LIMIT, "…"), look, part.add("H1"), indent=style.INDENT))
    scope = " · ".join(text for text in (meta.scope_ref, meta.scope) if text)
    under = quiet(style.SUBTITLE, after=26 * air)
    story.flow.append(Text.plain(clip(scope, TITLE_LIMIT, "…"), under, part.add("P"), indent=style.INDENT))
    lines = [
        Fact(label=_("Period"), text=display.period(meta.window) if meta.window else ""),
        Fact(label=_("Reference"), text=_("%(ref)s (draft)") % {"ref": meta.ref or "–"} if meta.draft else meta.ref),
        Fact(label=_("Prepared"), text=", ".join(t for t in (display.moment(meta.prepared_at), meta.prepared_by) if t)),
        Fact(label=_("Recipients"), text=", ".join(meta.recipients)),
        Fact(label=_("Law as of"), text=meta.law_version),
        Fact(label=_("Replaces"), text=meta.previous_ref),
        Fact(label=_("Simulated"), text=meta.simulated),
    ]
    story.facts(part, Facts(items=tuple(line for line in lines if line.text)))
    _checkpoint(story, data_digest, 60 + 32 * air)
    story.flow.append(Spacer(1, 16 * air))
    label = quiet(style.SMALL, leading=10)
    names = _signatures(meta.signatures)
    story.flow.append(SignatureArea([[Text.plain(name, label, part.add("P")) for name in row] for row in names]))


def _logo(story: Story, part: Node, room: tuple[float, float], *, after: float) -> None:
    meta = story.report.meta
    if meta.logo is not None:
        alt = _("Logo of %(organisation)s") % {"organisation": clip(meta.organisation, LABEL_LIMIT, "…")}
        size = meta.logo.inside(*room)
        story.flow.append(Letterhead(meta.logo, size, part.add("Figure", alt=alt), after=after))


def _signatures(labels: tuple[str, ...]) -> list[list[str]]:
    """Return the places to sign, two in a row."""
    if not labels:
        return [[_("For the oversight committee"), _("Function")], [_("Place and date"), _("Signature")]]
    return [list(labels[place : place + 2]) for place in range(0, len(labels[:8]), 2)]


def _checkpoint(story: Story, data_digest: str, size: float) -> None:
    """Seal, ``size`` points wide, and fingerprint: which state of the ledger the report was computed from."""
    meta, part = story.report.meta, story.record.root.children[-1]
    lines = [Fact(label=_("Report data"), text=f"sha256:{data_digest}", mono=True)]
    if meta.checkpoint is None:
        lines.append(
            Fact(label=_("Ledger"), text=_("no signed checkpoint was available when this report was prepared"))
        )
        story.facts(part, Facts(items=tuple(lines)))
        return
    root = bytes.fromhex(meta.checkpoint.root)
    if len(root) >= 8:
        faces = Fonts(regular="Sans", strong="Sans-Bold")
        rosette = Picture(reportlab_drawing(seal(root, size=size, title=""), faces), None, indent=style.INDENT)
        address = check_address(story.report, data_digest)
        if address:
            alt = _("QR code with the address %(address)s, where this report is checked") % {"address": address}
            code = Picture(qr_code(address, min(size, 74)), part.add("Figure", alt=alt))
            story.flow.append(Beside(rosette, code))
        else:
            story.flow.append(rosette)
    big = quiet(style.MONO, size=13, leading=18, after=4)
    story.flow.append(Text.plain(meta.checkpoint.fingerprint, big, part.add("P"), indent=style.INDENT))
    lines[:0] = [
        Fact(
            label=_("Checkpoint"),
            text=_("%(size)s entries of %(origin)s")
            % {"size": display.number(meta.checkpoint.size), "origin": meta.checkpoint.origin},
        ),
        Fact(label=_("Root hash"), text=meta.checkpoint.root, mono=True),
    ]
    story.facts(part, Facts(items=tuple(lines)))


def check_address(report: OversightReport, data_digest: str) -> str:
    """Return where a paper copy is checked: the address names the report and the beginning of its data digest."""
    meta = report.meta
    if not meta.verify_url or not meta.ref or meta.draft:
        return ""
    return f"{meta.verify_url}?ref={meta.ref}&data={data_digest[:16]}"


def sheet_head(story: Story, data_digest: str) -> None:
    """Add the head of a single page: who, what, of which period, and how to check it."""
    meta = story.report.meta
    part = story.record.root.add("Sect")
    _logo(story, part, style.SHEET_LOGO, after=6)
    top = quiet(style.CAPTION, color=style.ACCENT, after=6)
    story.flow.append(Text.plain(clip(meta.organisation, LABEL_LIMIT, "…"), top, part.add("P"), indent=style.INDENT))
    look = quiet(style.TITLE, size=23, leading=27, after=2)
    story.flow.append(Text.plain(clip(meta.title, LABEL_LIMIT, "…"), look, part.add("H1"), indent=style.INDENT))
    said = [" ".join(text for text in (meta.scope_ref, meta.scope) if text), meta.ref]
    said.insert(1, display.period(meta.window) if meta.window else "")
    line = clip(" · ".join(text for text in said if text), TITLE_LIMIT, "…")
    story.flow.append(
        Text.plain(line, quiet(style.NOTE, color=style.QUIET, after=10), part.add("P"), indent=style.INDENT)
    )


def sheet_foot(story: Story, data_digest: str) -> None:
    """Add what tells the state of the ledger and how the sheet is checked, small, with a QR code."""
    meta = story.report.meta
    part = story.record.root.add("Sect")
    lines = [Fact(label=_("Report data"), text=f"sha256:{data_digest}", mono=True)]
    if meta.checkpoint is not None:
        text = _("%(size)s entries, %(print)s") % {
            "size": display.number(meta.checkpoint.size), "print": meta.checkpoint.fingerprint,
        }  # fmt: skip
        lines.insert(0, Fact(label=_("Checkpoint"), text=text, mono=True))
    story.facts(part, Facts(items=tuple(lines)))
    address = check_address(story.report, data_digest)
    if address:
        alt = _("QR code with the address %(address)s, where this report is checked") % {"address": address}
        story.flow.append(Picture(qr_code(address, 58), part.add("Figure", alt=alt), indent=style.INDENT))


def contents(story: Story) -> None:
    """Add the list of sections with links and page numbers; a paper of a few sections goes without."""
    if len(story.report.sections) < CONTENTS_FROM:
        return
    part = story.record.root.add("Sect")
    story.heading(part, "", Section(id="contents", title=_("Contents")))
    toc = part.add("TOC")
    for place, section in enumerate(story.report.sections, 1):
        says = lambda page: _("page %(page)s") % {"page": page}  # noqa: E731
        entry = toc.add("TOCI")
        story.flow.append(ContentsLine(str(place), section.title, section.id, entry, story.record, says))
    says = lambda page: _("page %(page)s") % {"page": page}  # noqa: E731
    story.flow.append(ContentsLine("", colophon_title(), "colophon", toc.add("TOCI"), story.record, says))
    if len(story.report.sections) >= OWN_PAGE_FROM:
        story.flow.append(PageBreak())
    else:
        story.flow.append(Spacer(1, 36))


def colophon_title() -> str:
    """Return the colophon's title."""
    return _("How to verify this report")


def colophon(story: Story) -> None:
    """Add the last page: how an outsider checks the report without us."""
    meta = story.report.meta
    part = story.record.root.add("Sect")
    flow: list[Flowable] = [CondPageBreak(300), Spacer(1, 26)]
    story.flow += flow
    story.heading(part, "", Section(id="colophon", title=colophon_title()))
    for text in verify_steps(story.report):
        story.flow.append(story.column(text, style.BODY, part.add("P")))
    if meta.verify_url:
        story.flow.append(
            story.column(_("A copy can also be checked here:"), quiet(style.BODY, after=0), part.add("P"))
        )
        story.flow.append(Address(meta.verify_url, part.add("P").add("Link"), story.record))
    facts = [
        Fact(label=_("Made by"), text=meta.generator),
        Fact(label=_("Format"), text=_("PDF/A-3a and PDF/UA-1; the same data always give the same bytes")),
        Fact(label=_("Type"), text="Source Serif 4, Source Sans 3, JetBrains Mono (SIL Open Font License 1.1)"),
    ]
    story.facts(part, Facts(items=tuple(facts)), last=True)


def verify_steps(report: OversightReport) -> list[str]:
    """Return the steps an outsider takes, in order."""
    meta = report.meta
    if not any(figures(report)):
        attached = _(
            "What this document says is attached to it as data (report.json). The SHA-256 of that file is the data "
            "digest printed on the first page. Anybody can save the attachment and compute it again."
        )
        return [attached]
    steps = [
        _(
            "The figures of this report are attached to it as data (report.json). The SHA-256 of that file is the "
            "report's data digest, printed on the first page. Anybody can save the attachment and compute it again."
        ),
    ]
    if meta.checkpoint is not None:
        steps.append(
            _(
                "Every figure was computed from the ledger entries under the checkpoint of %(size)s entries with "
                "the root hash printed on the first page. The evidence bundle of this report holds these entries with "
                "their proofs; the command custodes verify checks it offline, without our servers and without us."
            )
            % {"size": display.number(meta.checkpoint.size)}
        )
    if not meta.draft:
        steps.append(
            _(
                "When the report was issued, the SHA-256 of its unsigned bytes and of its data were written to the "
                "same ledger. A copy that differs in one byte, or that was never issued, has no such entry."
            )
        )
    return steps
