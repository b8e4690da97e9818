"""Documentation and registration: which items of Annex IV, V and VIII have an answer, and which do not."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from audit.reports.content import Block, Column, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.reports.sections.assessments import papers_table, signed
from governance.models import Assessment
from governance.register.law_words import in_words
from policies.eu_ai_act.annexes import AnnexItem, annex_iv, annex_v, annex_viii, completeness

KINDS = ("annex_iv", "annex_v", "annex_viii_a", "annex_viii_b", "annex_viii_c")


def items_of(kind: str) -> tuple[AnnexItem, ...]:
    """Return the items of an annex paper."""
    if kind == "annex_iv":
        return annex_iv()
    return annex_v() if kind == "annex_v" else annex_viii(kind.removeprefix("annex_viii_").upper())


def title_of(kind: str) -> str:
    """Return the name of an annex paper."""
    return {
        "annex_iv": _("Technical documentation (Annex IV)"),
        "annex_v": _("EU declaration of conformity (Annex V)"),
        "annex_viii_a": _("Registration by a provider (Annex VIII, Section A)"),
        "annex_viii_b": _("Registration of a system held not to be high-risk (Annex VIII, Section B)"),
        "annex_viii_c": _("Registration by a public deployer (Annex VIII, Section C)"),
    }[kind]


def build(context: Context) -> Section:
    """Return section 15 of the report plan (AI Act Art 11, 17, 18, 43, 47-49)."""
    papers = Assessment.objects.filter(use_case=context.use_case, kind__in=KINDS, edited_at__lte=context.at)
    blocks: list[Block] = []
    rows = []
    for kind in KINDS:
        found = signed(context, kind)
        held = completeness(items_of(kind), filled(found)) if found else None
        word = _("%(n)s of %(all)s") % {"n": len(held.present), "all": held.total} if held else _("not yet recorded")
        rows.append((title_of(kind), word, ", ".join(held.missing) if held else "–"))
    lead = _("%(n)s of %(all)s papers are recorded.") % {
        "n": sum(row[1] != _("not yet recorded") for row in rows), "all": len(KINDS),
    }  # fmt: skip
    blocks.append(Paragraph(text=lead, role="lead"))
    if not papers.exists():
        text = _("Not available: no technical documentation, declaration or registration is recorded.")
        blocks.append(Statement(kind="gap", text=text, reference="Art 11, 47, 49"))
    columns = (
        Column(key="paper", label=_("Paper"), weight=3),
        Column(key="items", label=_("Items with an answer")),
        Column(key="missing", label=_("Items missing"), weight=2),
    )
    blocks.append(Table(id="documents", title=_("Completeness of the papers"), columns=columns, rows=tuple(rows)))
    blocks.append(papers_table("papers", _("Papers on record"), papers.order_by("kind", "version")))
    return Section(id="documentation", title=_("Documentation and registration"), blocks=tuple(blocks))


def filled(found: Assessment) -> set[str]:
    """Return the items of a signed annex paper that have an answer; others of its fields are no items."""
    known = {item.id for item in items_of(found.kind)}
    return {name for name, answer in found.answers.items() if name in known and answer not in ("", None, [])}


def paper(context: Context, kind: str) -> Section:
    """Return one annex paper item by item, with the answer as signed or the words *no answer is recorded*."""
    found = signed(context, kind)
    blocks: list[Block] = []
    if found is None:
        text = _("Not available: this paper is not yet recorded. Its items stand below.")
        blocks.append(Statement(kind="gap", text=text))
    elif found.signed_by is not None:
        said = _("Version %(version)s, digest %(digest)s.") % {"version": found.version, "digest": found.digest}
        name, at = found.signed_by.name, found.signed_at
        blocks.append(Statement(kind="person", text=said, by=name, at=at, reference=found.ref))
    blocks.append(_items(items_of(kind), found))
    return Section(id=kind.replace("_", "-"), title=title_of(kind), blocks=tuple(blocks))


def _items(items: Sequence[AnnexItem], found: Assessment | None) -> Table:
    rows = []
    for item in items:
        answer = found.answers.get(item.id) if found else None
        text = "; ".join(map(str, answer)) if isinstance(answer, list) else str(answer or "")
        missing = _("only if it applies; no answer is recorded") if item.condition else _("no answer is recorded")
        rows.append((item.item, in_words(item.text), text or missing))
    columns = (
        Column(key="item", label=_("Item")),
        Column(key="what", label=_("What is asked"), weight=2),
        Column(key="answer", label=_("Answer as signed"), weight=3),
    )
    return Table(id="items", title=_("Items"), columns=columns, rows=tuple(rows))
