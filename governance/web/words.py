"""The words and shapes of codes: what a page prints for a tier, a mode, a state, a finding, an act."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import get_format
from django.utils.functional import Promise
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

ACTS: dict[str, str | Promise] = {
    "register.use_case.submitted": _("registered"),
    "register.use_case.classified": _("classified"),
    "register.use_case.edited": _("edited"),
    "register.use_case.assigned": _("gave a duty for"),
    "register.use_case.unassigned": _("ended a duty for"),
    "register.use_case.duty_noted": _("noted evidence for"),
    "register.imported": _("brought a file into the register"),
    "register.system.edited": _("edited the system"),
    "register.system.versioned": _("recorded a version of the system"),
    "register.model.registered": _("registered the model"),
    "register.model.versioned": _("recorded a version of the model"),
    "register.supplier.edited": _("edited a supplier"),
    "register.assessment.saved": _("saved the paper"),
    "register.assessment.signed": _("signed the paper"),
    "register.assessment.notified": _("noted that the authority was told of"),
    "register.proposal.received": _("Somebody proposed"),
    "register.proposal.accepted": _("took in the proposal"),
    "register.proposal.declined": _("declined the proposal"),
    "register.change.asked": _("asked for the change"),
    "register.change.approved": _("approved the change"),
    "register.change.declined": _("declined the change"),
    "register.change.done": _("noted as made the change"),
    "incident.opened": _("opened the incident"),
    "incident.reported": _("recorded what was sent about"),
    "incident.frozen": _("held the system unaltered for"),
    "incident.unfrozen": _("let the system be altered again after"),
    "incident.action_added": _("added a corrective action to"),
    "incident.action_done": _("finished a corrective action of"),
    "incident.closed": _("closed the incident"),
    "rights.appeal.received": _("Somebody sent the request"),
    "rights.appeal.placed": _("placed the request"),
    "rights.appeal.assigned": _("gave to a reviewer the request"),
    "rights.appeal.answered": _("answered the request"),
    "rights.disclosure.published": _("published the notice"),
    "access.administrator.first": _("became the first administrator"),
    "access.account.invited": _("invited an account"),
    "access.account.password_chosen": _("chose a password"),
    "access.account.link_made": _("made a one-time link"),
    "access.account.second_factor_dropped": _("took a second factor off"),
    "access.account.roles_changed": _("changed the roles of an account"),
    "access.account.closed": _("closed an account"),
    "access.account.reopened": _("opened an account again"),
    "access.account.arrived": _("came from the sign-in provider and got an account"),
    "access.account.linked": _("linked an account to the sign-in provider"),
    "access.account.unlinked": _("took the link to the sign-in provider off an account"),
    "access.account.roles_by_groups": _("got the roles of their groups"),
    "access.grant.given": _("gave a permission on"),
    "access.grant.withdrawn": _("withdrew a permission on"),
    "people.unit.named": _("entered a unit"),
    "register.use_case.mode": _("set the oversight mode of"),
    "register.use_case.mode_chosen": _("set the oversight mode of"),
    "register.use_case.lifecycle": _("moved the lifecycle of"),
    "register.use_case.lifecycle_changed": _("moved the lifecycle of"),
    "register.use_case.fairness": _("declared what fairness is assessed on for"),
    "register.use_case.fairness_declared": _("declared what fairness is assessed on for"),
    "register.use_case.group_term.asked": _("asked how long group data is kept for"),
    "register.use_case.group_term.agreed": _("agreed how long group data is kept for"),
    "register.system.registered": _("registered the system"),
    "people.person.named": _("entered the person"),
    "people.person.qualified": _("recorded a qualification of"),
    "committee.appointed": _("appointed the committee"),
    "committee.member_added": _("gave a seat on the committee"),
    "committee.signed_off": _("recorded a sign-off"),
    "committee.charter_amended": _("amended the charter of"),
    "committee.deputy_named": _("named a deputy on"),
    "committee.member_left": _("ended a seat on"),
    "committee.term_set": _("set the end of a term on"),
    "committee.interest_declared": _("declared an interest of"),
    "committee.interest_ended": _("ended an interest of"),
    "committee.meeting_convened": _("convened"),
    "committee.meeting_opened": _("opened"),
    "committee.meeting_closed": _("closed"),
    "committee.meeting_cancelled": _("called off"),
    "committee.data_pack_frozen": _("froze the data pack of"),
    "committee.arrived": _("noted an arrival in"),
    "committee.left": _("noted that somebody left"),
    "committee.item_added": _("put a point on the agenda of"),
    "committee.item_edited": _("changed a point on the agenda of"),
    "committee.item_discussed": _("noted what was said in"),
    "committee.item_deferred": _("left a point for another day in"),
    "committee.vote_opened": _("opened a vote in"),
    "committee.vote_cast": _("recorded a vote in"),
    "committee.vote_without_quorum": _("closed a vote without quorum in"),
    "committee.resolved": _("recorded the resolution"),
    "committee.action_agreed": _("agreed on the action"),
    "committee.action_done": _("marked as done the action"),
    "committee.action_delegated": _("handed on the action"),
    "committee.approval_expired": _("ended the approval"),
    "committee.minutes_issued": _("issued the minutes"),
    "people.authority.granted": _("gave the authority"),
    "people.authority.withdrawn": _("withdrew the authority"),
    "people.training.offered": _("offered a training"),
    "people.training.completed": _("recorded a training of"),
    "people.qualification.withdrawn": _("withdrew a qualification of"),
    "people.expert.engaged": _("engaged as an expert"),
    "people.expert.ended": _("ended the engagement of"),
    "people.calendar.made": _("made a calendar address"),
    "people.calendar.revoked": _("ended a calendar address"),
    "register.pilot.planned": _("planned a pilot phase of"),
    "register.pilot.evaluated": _("evaluated a pilot phase of"),
    "register.oversight_test.recorded": _("recorded a test of oversight for"),
    "policy.drafted": _("drafted the oversight policy"),
    "report.issued": _("issued the report"),
    "improvement.opened": _("opened the improvement item"),
    "improvement.in_effect": _("put into effect the improvement"),
    "control.intervention.issued": _("intervened in"),
    "control.intervention.resumed": _("lifted an intervention in"),
    "control.public.published": _("published the public page of"),
    "control.public.withdrawn": _("took down the public page of"),
    "control.drill.planned": _("planned a stop drill of"),
    "control.drill.cancelled": _("called off a stop drill of"),
    "finding.raised": _("raised the finding"),
    "finding.assigned": _("gave an owner to the finding"),
    "finding.judged": _("judged the finding"),
    "finding.cause": _("named the cause of the finding"),
    "finding.case_fix": _("linked a case fix to the finding"),
    "finding.system_fix": _("linked a system fix to the finding"),
    "finding.waived": _("waived the finding"),
    "finding.expired": _("ended the waiver of the finding"),
    "finding.closed": _("closed the finding"),
    "finding.reopened": _("opened the finding again"),
    "retention.asked": _("asked for a removal"),
    "retention.agreed": _("agreed to the removal"),
    "retention.refused": _("refused the removal"),
    "review.claimed": _("took the review"),
    "review.released": _("put back the review"),
    "review.reassigned": _("gave away the review"),
    "gate.token.issued": _("was given a one-time token for"),
    "gate.token.redeemed": _("handed in the one-time token for"),
    "notices.webhook.added": _("added the webhook"),
    "notices.webhook.secret_changed": _("changed the secret of the webhook"),
    "notices.webhook.disabled": _("disabled the webhook"),
    "notices.webhook.enabled": _("enabled the webhook"),
    "audit.api_key.issued": _("issued an API key"),
    "audit.api_key.widened": _("let an API key speak for what it registered:"),
    "audit.api_key.revoked": _("revoked an API key"),
}

UNKNOWN = _("unknown")


def word_of(code: str | None, table: dict[str, Word]) -> Word:
    """Return the word of ``code``; a code this version does not know prints itself, it is never hidden."""
    return table.get(code or "", Word(code or UNKNOWN))


def finding_words(code: str) -> str | Promise:
    """Return what a finding's code means, in a sentence."""
    return FINDINGS.get(code, code)


def act_words(action: str) -> str | Promise:
    """Return the verb of a recorded act: *Anna* ``registered`` *UC-0001*."""
    return ACTS.get(action, action)


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
