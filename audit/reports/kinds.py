"""The kinds of report: for each its title, what it may be about, who may see it, and its sections in print order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.reports.content import Section
from audit.reports.context import Context, Many
from audit.reports.sections import (
    annex,
    assessments,
    bias_audit,
    board,
    calendar,
    classification,
    competence,
    crosswalk,
    design,
    designation,
    documentation,
    fairness,
    gaps,
    incident_report,
    incidents,
    people,
    performance,
    portfolio,
    practice,
    records,
    register,
    supply,
    transparency,
    works_council,
)
from governance.access import Invalid

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FILED = (
    "register",
    "classification",
    "design",
    "supply",
    "risks",
    "assessments",
    "documentation",
    "people",
    "incidents",
    "competence",
    "gaps",
)  # sections of a use-case file
Step = tuple[str, str, Callable[[Context], Section]]
ManyStep = tuple[str, str, Callable[[Many], Section]]


@dataclass(frozen=True, slots=True)
class Kind:
    """``one`` and ``many`` give the sections for one use case and for several; None: not made for that.

    ``summarised``: begins with a summary and ends with method and sources. ``sheet``: set on a single page.
    ``public``: may be shown to anybody once it is released. ``groups``: holds figures on groups.
    """

    code: str
    title: "_StrPromise"
    one: Callable[[], list[Step]] | None = None
    many: Callable[[], list[ManyStep]] | None = None
    summarised: bool = False
    sheet: bool = False
    public: bool = False
    groups: bool = False
    signatures: tuple["_StrPromise", ...] = field(default=())


def _oversight() -> list[Step]:
    """Return the sections between summary and method, as AI Act practice expects them."""
    return [
        ("calendar", _("Legal calendar"), calendar.build),
        ("register", _("Register entry"), register.build),
        ("classification", _("Classification record"), classification.build),
        ("design", _("Oversight design"), design.build),
        ("practice", _("Oversight in practice"), practice.build),
        ("designation", _("Designation against log"), designation.build),
        ("fairness", _("Fairness"), fairness.build),
        ("performance", _("Performance and drift"), performance.build),
        ("risks", _("Risk register"), assessments.risks),
        ("incidents", _("Incidents and corrective action"), incidents.build),
        ("people", _("Transparency and people's rights"), people.build),
        ("assessments", _("Impact assessments"), assessments.build),
        ("records", _("Records and proof"), records.build),
        ("documentation", _("Documentation and registration"), documentation.build),
        ("competence", _("Literacy and competence"), competence.build),
        ("supply", _("Supply chain"), supply.build),
        ("crosswalk", _("Framework crosswalk"), crosswalk.build),
        ("gaps", _("Findings and actions"), gaps.build),
    ]


def _oversight_many() -> list[ManyStep]:
    return [
        ("summary", _("Summary for decision"), portfolio.summary),
        ("inventory", _("Register entries"), portfolio.inventory),
        ("fairness", _("Fairness"), portfolio.fairness_of),
        ("incidents", _("Incidents"), portfolio.incidents),
        ("gaps", _("Findings and actions"), portfolio.findings),
        ("records", _("Records and proof"), portfolio.proof),
    ]


def _file() -> list[Step]:
    return [step for step in _oversight() if step[0] in FILED] + [
        ("annex", _("Annexes: sample and evidence"), annex.build)
    ]


def _paper(kind: str, *more: str) -> list[Step]:
    own = (kind.replace("_", "-"), documentation.title_of(kind), partial(documentation.paper, kind=kind))
    return [own, *(step for step in _oversight() if step[0] in more)]


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "oversight", gettext_lazy("Human oversight and fairness report"),
            one=_oversight, many=_oversight_many, summarised=True, groups=True,
        ),
        Kind(
            "board", gettext_lazy("Summary for the board"), sheet=True, groups=True,
            one=lambda: [("board", _("Summary for the board"), board.build)],
            many=lambda: [("summary", _("Summary for the board"), portfolio.summary)],
        ),
        Kind("use_case_file", gettext_lazy("Use-case file"), one=_file),
        Kind(
            "bias_audit", gettext_lazy("Bias audit"), groups=True, public=True,
            one=lambda: [
                ("bias-audit", _("Bias audit: summary of results"), bias_audit.build),
                ("fairness", _("Fairness"), fairness.build),
                ("records", _("Records and proof"), records.build),
            ],
            signatures=(gettext_lazy("Independent auditor"), gettext_lazy("Place and date")),
        ),
        Kind(
            "works_council", gettext_lazy("Report for the works council"),
            one=lambda: [
                ("about", _("What this is about"), works_council.about),
                ("reviewing", _("The work of reviewers"), works_council.build),
                ("competence", _("Literacy and competence"), competence.build),
            ],
            signatures=(gettext_lazy("For the works council"), gettext_lazy("Place and date")),
        ),
        Kind(
            "transparency", gettext_lazy("How AI is used here"), public=True,
            one=lambda: [("transparency", _("How AI is used here"), transparency.build)],
        ),
        Kind(
            "incident", gettext_lazy("Incident report"),
            one=lambda: [("incident-reports", _("Incidents"), incident_report.build)],
            signatures=(gettext_lazy("For the provider or deployer"), gettext_lazy("Place and date")),
        ),
        Kind(
            "fria", gettext_lazy("Fundamental rights impact assessment"),
            one=lambda: [
                ("fria", _("Fundamental rights impact assessment"), assessments.fria_paper),
                *(step for step in _oversight() if step[0] in ("assessments", "register", "design")),
            ],
        ),
        Kind(
            "annex_iv", gettext_lazy("Technical documentation (Annex IV)"), groups=True,
            one=lambda: _paper("annex_iv", "performance", "fairness", "supply"),
        ),
        Kind(
            "annex_v", gettext_lazy("EU declaration of conformity (Annex V)"), one=lambda: _paper("annex_v"),
            signatures=(gettext_lazy("Name and function"), gettext_lazy("Place, date and signature")),
        ),
        Kind(
            "annex_viii_a", gettext_lazy("Registration by a provider (Annex VIII, Section A)"),
            one=lambda: _paper("annex_viii_a"),
        ),
        Kind(
            "annex_viii_b",
            gettext_lazy("Registration of a system held not to be high-risk (Annex VIII, Section B)"),
            one=lambda: _paper("annex_viii_b"),
        ),
        Kind(
            "annex_viii_c", gettext_lazy("Registration by a public deployer (Annex VIII, Section C)"),
            one=lambda: _paper("annex_viii_c"),
        ),
    )
}  # fmt: skip


def kind_named(code: str, *, many: bool = False) -> Kind:
    """Return a kind of report; raises :class:`Invalid` for an unknown one, or one not made for many use cases."""
    found = KINDS.get(code)
    if found is None:
        raise Invalid(_("There is no kind of report %(kind)s; there is %(known)s.") % {
            "kind": code, "known": ", ".join(KINDS),
        }, field="kind")  # fmt: skip
    if (found.many if many else found.one) is None:
        raise Invalid(_("%(title)s is about one use case.") % {"title": found.title}, field="kind")
    return found
