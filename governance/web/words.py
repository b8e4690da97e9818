"""The words and shapes of codes: what a page prints for a tier, a mode, a state, a finding."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from audit.charts import Words


@dataclass(frozen=True, slots=True)
class Word:
    """``icon`` names a symbol of the sprite; ``tone`` a CSS class. Colour is never the only sign."""

    text: str | Promise
    icon: str = ""
    tone: str = ""


STATES: dict[str, Word] = {
    "pass": Word(_("within threshold"), "pass", "pass"),
    "attention": Word(_("disparity found"), "attention", "attention"),
    "insufficient_data": Word(_("insufficient data"), "insufficient_data", "insufficient_data"),
    "supports": Word(_("supports"), "closed", "supports"),
    "contradicts": Word(_("contradicts"), "cross", "contradicts"),
    "insufficient": Word(_("insufficient data"), "insufficient_data", "insufficient_data"),
    "no_pass_mark": Word(_("no pass mark"), "question"),
    "not_available": Word(_("not available"), "dash", "not_available"),
    "open": Word(_("open"), "open", "attention"),
    "waived": Word(_("waived"), "waived", "waived"),
    "closed": Word(_("closed"), "closed", "closed"),
    "due": Word(_("due"), "due", "due"),
    "breached": Word(_("breached"), "breach", "breach"),
    "waiting": Word(_("waiting"), "due", "closed"),
    "running": Word(_("running"), "due", "due"),
    "done": Word(_("done"), "closed", "done"),
    "failed": Word(_("failed"), "cross", "failed"),
    "approved": Word(_("approved"), "closed", "done"),
    "rejected": Word(_("rejected"), "cross", "attention"),
    "planned": Word(_("planned"), "open"),
    "pilot": Word(_("pilot"), "due"),
    "live": Word(_("live"), "pass"),
    "paused": Word(_("paused"), "dash"),
    "limited": Word(_("limited"), "attention", "attention"),
    "stopped": Word(_("stopped"), "cross", "breach"),
    "draft": Word(_("draft"), "open"),
    "in_force": Word(_("in force"), "closed", "done"),
    "superseded": Word(_("superseded"), "dash", "closed"),
    "staffed": Word(_("time enough"), "closed", "done"),
    "tight": Word(_("hardly time enough"), "attention", "attention"),
    "shortfall": Word(_("not time enough"), "breach", "breach"),
    "unknown": Word(_("not known"), "question", "insufficient_data"),
    "stop": Word(_("stop"), "cross", "breach"),
    "pause": Word(_("pause"), "dash"),
    "limit": Word(_("limit"), "attention", "attention"),
    "rollback": Word(_("rollback"), "dash"),
    "committee": Word(_("the committee"), "closed"),
    "owner": Word(_("the owner"), "closed"),
    "grant": Word(_("somebody given the authority"), "closed"),
    "retired": Word(_("retired"), "cross", "closed"),
    "yes": Word(_("yes"), "closed"),
    "no": Word(_("no"), "cross"),
    "abstain": Word(_("abstained"), "dash"),
    "recuse": Word(_("recused"), "waived"),
    "reviewed": Word(_("reviewed"), "closed"),
    "not_reviewed": Word(_("not reviewed"), "open"),
    "overridden": Word(_("changed by a person"), "attention"),
    "hard": Word(_("hard"), "breach", "breach"),
    "soft": Word(_("soft"), "attention", "attention"),
    "active": Word(_("active"), "pass"),
    "expired": Word(_("expired"), "dash", "closed"),
    "revoked": Word(_("revoked"), "cross", "closed"),
    "true_positive": Word(_("true positive"), "closed"),
    "false_positive": Word(_("false positive"), "dash", "closed"),
}

TIERS: dict[str, Word] = {
    "prohibited": Word(_("Prohibited practice"), "breach", "prohibited"),
    "high": Word(_("High-risk"), "tier-high"),
    "limited": Word(_("Transparency duties"), "tier-limited"),
    "minimal": Word(_("Minimal risk"), "tier-minimal"),
    "out_of_scope": Word(_("Out of scope"), "dash"),
    "review": Word(_("Legal review needed"), "question", "due"),
    "": Word(_("Not classified"), "insufficient_data", "insufficient_data"),
}

MODES: dict[str, Word] = {
    "HITL": Word(_("Human in the loop"), "mode-HITL"),
    "HOTL": Word(_("Human on the loop"), "mode-HOTL"),
    "HIC": Word(_("Human in command"), "mode-HIC"),
    "HOOTL": Word(_("No human in the loop"), "mode-HOOTL"),
    "": Word(_("Mode not set"), "insufficient_data", "insufficient_data"),
}

MODE_MEANS: dict[str, str | Promise] = {
    "HITL": _("A person decides, or approves, before anything takes effect."),
    "HOTL": _("The system acts; people watch, sample, and step in."),
    "HIC": _("People set goals and limits and may withdraw the mandate; single decisions are the system's."),
    "HOOTL": _("No person looks at single decisions. This needs a written justification."),
    "": _("Nobody has written down how people oversee it."),
}

FINDINGS: dict[str, str | Promise] = {
    "NO_POLICY": _("Decisions were taken while no oversight policy was in force"),
    "UNREVIEWED": _("Executed without the review the policy requires"),
    "LATE_REVIEW": _("Reviewed only after it was executed"),
    "OVERRULED_IGNORED": _("A person said no, and the system's value was executed"),
    "STALE": _("What was executed is not what was approved"),
    "UNQUALIFIED": _("The reviewer lacked the level or training the policy asks for"),
    "SAME_PERSON": _("One person gave two approvals that must come from two"),
    "SELF_REVIEW": _("A person reviewed what they entered themselves"),
    "CONFLICT": _("A person with a declared conflict of interest reviewed"),
    "FORBIDDEN": _("A kind of decision the policy forbids"),
    "NO_MANDATE": _("Outside the mandate, or after it ended"),
    "AFTER_STOP": _("Executed after the system was stopped"),
    "BULK": _("Reviewed in bulk where the policy forbids it"),
    "TOO_FAST": _("Reviewed faster than the policy allows"),
    "NO_EVIDENCE": _("Reviewed without opening the evidence"),
    "NO_REASON": _("No reason given where the policy asks for one"),
    "SAMPLE_SHORTFALL": _("Drawn for review and not reviewed"),
    "SAMPLE_CHERRY": _("Reviewed without being drawn"),
    "NO_TOKEN": _("Executed without the one-time token the policy asks for"),
    "SLA": _("A review was later than the policy allows"),
    "SILENCE": _("The system fell silent for longer than allowed"),
    "SKEW": _("The source's clock is off"),
    "GAP": _("A gap in the source's numbering: events are missing"),
    "DUP_CONFLICT": _("The same event arrived twice with different content"),
    "PENDING": _("Waiting, still in time"),
    "REVIEWS_TOO_FAST": _("Reviews are surely faster than the cases can be read"),
    "ERRORS_NOT_CAUGHT": _("People surely catch too few wrong proposals"),
    "REVIEWS_LATE": _("Reviews are surely late too often"),
    "EVIDENCE_UNSEEN": _("The required evidence is surely seen too rarely"),
    "OVERRIDES_FELL": _("People change surely less than half of what they used to"),
    "DISPARITY": _("Monitoring found that two groups are not treated at the same rate"),
}

UNKNOWN = _("unknown")


def word_of(code: str | None, table: dict[str, Word]) -> Word:
    """Return the word of ``code``; a code this version does not know prints itself, it is never hidden."""
    return table.get(code or "", Word(code or UNKNOWN))


def finding_words(code: str) -> str | Promise:
    """Return what a finding's code means, in a sentence."""
    return FINDINGS.get(code, code)


def chart_words(**changes: Any) -> Words:
    """Return the charts' own words in the active language."""
    months = [_("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"), _("Jul"), _("Aug"), _("Sep"), _("Oct")]
    months += [_("Nov"), _("Dec")]
    given: dict[str, Any] = {
        "not_available": str(_("not available")),
        "insufficient": str(_("insufficient data")),
        "within": str(_("within threshold")),
        "disparity": str(_("disparity found")),
        "threshold": str(_("threshold")),
        "no_data": str(_("no data in this window")),
        "months": tuple(str(month) for month in months),
        "decimal_mark": str(get_format("DECIMAL_SEPARATOR")),
        "group_mark": str(get_format("THOUSAND_SEPARATOR")),
    }
    return Words(**{**given, **changes})


def language_name(code: str) -> str:
    """The name of a language as the active language calls it; a code nobody knows stays as it is."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
