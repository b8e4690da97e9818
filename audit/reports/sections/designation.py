"""Designation against log: does what was declared agree with what was observed? (AI Act Art 14, GDPR Art 22)"""

import re

from django.utils.translation import gettext as _

from audit.models import Intervention
from audit.oversight import OversightCounts
from audit.reports import basis
from audit.reports.content import Block, Figure, KeyFigures, Note, Paragraph, Section, Statement
from audit.reports.context import Context
from audit.reports.reviewing import counts_of, reviewing
from audit.reports.sections.design import reviewers_under
from audit.reports.sections.practice import ALL, QUERY
from audit.reports.sections.register import latest_classification
from audit.statistics import wilson
from policies.oversight.consistency import Declared, Inconsistency, Observed, consistency
from policies.oversight.modes import LABELS, Mode
from policies.oversight.observed import ModeCounts, ObservedMode, observed_mode

CELLS = {
    "reviewed_before_execution": "reviewed_before",
    "executed_without_human_step": "never_reviewed",
}
NAMES = {
    "reviewed_before_execution": "Reviewed by a person before execution",
    "executed_without_human_step": "Executed without any human step",
    "alerts_acknowledged": "Alerts acknowledged",
    "minutes_watched": "Minutes watched",
    "inside_mandate": "Inside a valid mandate",
}


def build(context: Context) -> Section:
    """Return section 7 of the report plan."""
    counts = counts_of(context)
    policies = context.policies()
    mode = Mode(context.use_case.mode) if context.use_case.mode else None
    seen = observed_mode(_mode_counts(counts, governed=bool(policies)), declared=mode)
    found = consistency(_declared(context, mode), _observed(counts, reviewing(context).counts, governed=bool(policies)))
    lead = _lead(seen, mode)
    if seen.agrees and any(item.state == "contradicted" for item in found):
        lead += " " + _("Single decisions do contradict it.")
    blocks: list[Block] = [Paragraph(text=lead, role="lead")]
    blocks += [_stated(item) for item in sorted(found, key=lambda item: item.state != "contradicted")]
    blocks.append(KeyFigures(id="observed", title=_("What the log shows"), figures=_figures(context, seen)))
    text = _("Shares stand on executed decisions whose policy asks for a person first.")
    if not policies:
        text = _("No policy was in force: shares stand on all executed decisions.")
    blocks.append(Note(text=text))
    return Section(id="designation", title=_("Designation against log"), blocks=tuple(blocks))


def _lead(seen: ObservedMode, declared: Mode | None) -> str:
    said = _(LABELS[declared]) if declared else _("no mode")
    if seen.mode is None:
        return _("Declared: %(declared)s. Too few decisions were executed to tell how the use case runs.") % {
            "declared": said
        }
    shown = _(LABELS[seen.mode])
    if seen.agrees:
        return _("Declared: %(declared)s. As a whole the log shows %(observed)s.") % {
            "declared": said, "observed": shown,
        }  # fmt: skip
    return _("Declared: %(declared)s. The log shows something else: %(observed)s.") % {
        "declared": said, "observed": shown,
    }  # fmt: skip


def _base(counts: OversightCounts, *, governed: bool) -> int:
    return counts["required"] if governed else counts["executed"]


def _mode_counts(counts: OversightCounts, *, governed: bool) -> ModeCounts:
    return ModeCounts(
        executed=counts["executed"],
        needed=counts["required"] if governed else None,
        reviewed_before=counts["reviewed_before"],
        reviewed_after=counts["reviewed_after"],
        never_reviewed=counts["never_reviewed"],
        overruled_ignored=counts["breach_code", "OVERRULED_IGNORED"],
    )


def _observed(counts: OversightCounts, work: OversightCounts, *, governed: bool) -> Observed:
    """Return what was seen; how fast people were only from ``work``, where nobody stands out."""
    base = _base(counts, governed=governed)
    return Observed(
        executed=base,
        reviewed_before_execution=counts["reviewed_before"] if governed else None,
        executed_without_person=counts["never_reviewed"] if governed else None,
        timed_reviews=work["timed"] or None,
        too_fast=work["too_fast"],
    )


def _declared(context: Context, mode: Mode | None) -> Declared:
    found, policies = latest_classification(context), context.policies()
    document = policies[-1].policy.document if policies else {}
    needs = [rule.get("require") or {} for rule in document.get("rules") or []]
    drill = (
        Intervention.objects.filter(
            use_case=context.use_case, drill=True, kind="stop", issued_at__lt=context.window.end
        )
        .order_by("-issued_at")
        .first()
    )
    return Declared(
        tiers=("high_risk",) if found and found.tier == "high" else (),
        mode=mode,
        annex_iii=tuple(re.findall(r"Annex III (\d+\([a-z]\))", " ".join(found.legal_basis))) if found else (),
        overseers_valid=len(reviewers_under(context, policies[-1])) if policies else None,
        two_person=any((need.get("reviews") or 0) > 1 for need in needs) if policies else None,
        stop_procedure=bool(document.get("stop")) if policies else None,
        last_stop_drill=drill.issued_at.date() if drill and drill.issued_at else None,
    )


def _stated(item: Inconsistency) -> Statement:
    text = _(item.template).format_map(item.evidence)
    if item.state == "contradicted":
        return Statement(kind="computed", against=True, text=text, source=_(item.basis), reference=item.code)
    if item.state in ("question", "unknown"):
        text = _("To be answered: %(text)s") % {"text": text}
    return Statement(kind="gap", text=text, source=_(item.basis), reference=item.code)


def _figures(context: Context, seen: ObservedMode) -> tuple[Figure, ...]:
    return tuple(
        context.estimate(
            f"designation.{share.name}", _(NAMES.get(share.name, share.name)), "share", wilson(share.events, share.n),
            query=QUERY, basis=_basis(share.name), evidence_grade="B", simulated=context.simulated_reviews,
        )
        for share in seen.evidence
    )  # fmt: skip


def _basis(name: str) -> str:
    """Return what a share counts, of the decisions that needed a person; other shares stand on all decisions."""
    counted = CELLS.get(name)
    return basis.oversight(counted, of=("required", "executed")) if counted else ALL
