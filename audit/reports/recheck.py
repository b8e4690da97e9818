"""Compute an issued report again at its own checkpoint, and name every figure that no longer verifies, and why.

Three things are held against each other: what was issued, what the stored aggregates give now, and, when asked to look
deep, what the ledger entries below the stored decisions say. A changed decision, aggregate or policy shows in one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from audit.models import IssuedReport
from audit.reports.basis import parse
from audit.reports.below import Ground, ground_of, holds
from audit.reports.build import Order, build
from audit.reports.compare import Change, compare
from audit.reports.content import Figure, OversightReport, Section, Window, figures, from_json, numbered
from audit.reports.context import Context
from audit.reports.scope import Scope
from audit.reports.trace import contexts_of


@dataclass(frozen=True, slots=True)
class Doubt:
    """A figure that no longer verifies. ``number`` is the one printed beside it."""

    id: str
    number: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """``changes`` are figures, ``sections`` titles of sections that differ in words or availability.

    ``doubts`` are all figures that do not verify, each with the reason. Erasure, pruning and a rebuild under another
    declaration can make figures differ honestly; this says which, not why.
    """

    agrees: bool
    changes: tuple[Change, ...]
    sections: tuple[str, ...]
    data_intact: bool
    pages_intact: bool
    doubts: tuple[Doubt, ...] = ()
    altered: tuple[str, ...] = ()

    @property
    def verifies(self) -> bool:
        """Whether nothing at all speaks against the report."""
        return self.agrees and self.data_intact and self.pages_intact and not self.doubts

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        return {
            "verifies": self.verifies,
            "data_intact": self.data_intact,
            "pages_intact": self.pages_intact,
            "sections": list(self.sections),
            "altered": list(self.altered),
            "figures": [
                {"id": doubt.id, "number": doubt.number, "label": doubt.label, "reason": doubt.reason}
                for doubt in self.doubts
            ],
        }


def recheck(report: IssuedReport, *, may_read_groups: bool = True, deep: bool = False) -> Recheck:
    """Return how the report compares with what the projections give now, as of its checkpoint.

    ``deep`` folds every decision of the period anew from its ledger entries, in one pass: some minutes for a million.
    Needs a database that holds the checkpoint; raises the ledger's ``NotFound`` otherwise.
    """
    issued = from_json(bytes(report.data))
    again = _again(report, issued, may_read_groups=may_read_groups)
    changes = tuple(compare(_figures_only(issued), again))
    now = {section.id: section for section in again.sections}
    sections = tuple(section.title for section in _kept(issued) if section != now.get(section.id))
    altered, below = _below(issued) if deep else ((), ())
    numbers = numbered(issued.sections)
    said = {
        change.id: Doubt(
            change.id, numbers.get(change.id, ""), change.label, _("computed again it comes out otherwise")
        )
        for change in changes
    }
    said.update({figure.id: Doubt(figure.id, numbers.get(figure.id, ""), figure.label, why) for figure, why in below})
    return Recheck(
        agrees=not changes and not sections,
        changes=changes,
        sections=sections,
        data_intact=report.data_sha256 == sha256(bytes(report.data)).hexdigest(),
        pages_intact=sha256(bytes(report.pdf)).hexdigest() == report.pdf_sha256,
        doubts=tuple(said.values()),
        altered=altered,
    )


def _again(report: IssuedReport, issued: OversightReport, *, may_read_groups: bool) -> OversightReport:
    return build(
        Order(
            scope=Scope(use_case=report.use_case, unit=report.unit),
            kind=report.kind,
            window=issued.window,
            at=issued.meta.prepared_at,
            as_of=report.checkpoint_size,
            ref=issued.meta.ref,
            prepared_by=issued.meta.prepared_by,
            language=issued.meta.language,
            recipients=issued.meta.recipients,
            replaces=issued.meta.previous_ref,
            readable=lambda _case: may_read_groups,
            thorough=True,
        )
    )


def _below(issued: OversightReport) -> tuple[tuple[str, ...], tuple[tuple[Figure, str], ...]]:
    """Return what was altered below the figures, and the figures that stand on it."""
    contexts = contexts_of(issued)
    listed = {
        figure.id: (figure, context)
        for figure in figures(issued)
        if figure.basis and (context := contexts(figure)) is not None
    }
    grounds = _grounds(context for _, context in listed.values())
    altered: dict[str, None] = {}
    for ground in grounds.values():
        altered.update(dict.fromkeys(f"{ground.context.use_case.ref} {name}" for name in sorted(ground.altered)))
        altered.update(dict.fromkeys(ground.policies))
    doubted = []
    for figure, context in listed.values():
        why = next(grounds[_key(context)].reasons(parse(figure.basis)), "")
        if why:
            doubted.append((figure, why))
    return tuple(altered), tuple(doubted)


def _key(context: Context) -> tuple[str, int, Window]:
    return (context.use_case.ref, context.as_of, context.window)


def _grounds(contexts: Iterable[Context]) -> dict[tuple[str, int, Window], Ground]:
    """Read the ground of every window, the widest first: what lies within it is not folded again."""
    wanted = {_key(context): context for context in contexts}
    found: dict[tuple[str, int, Window], Ground] = {}
    for key in sorted(wanted, key=lambda each: (each[2].start - each[2].end, str(each))):
        wider = next((ground for ground in found.values() if holds(ground.context, wanted[key])), None)
        found[key] = ground_of(wanted[key], wider)
    return found


def _kept(report: OversightReport) -> list[Section]:
    """Return the sections that are computed from the ledger alone, without the comparison with another report."""
    derived = ("changes", "summary", "method", "sources", "annex")
    return [section for section in report.sections if section.id not in derived]


def _figures_only(report: OversightReport) -> OversightReport:
    sections = tuple(section for section in report.sections if section.id != "changes")
    return OversightReport(meta=report.meta, sections=sections)
