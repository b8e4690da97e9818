"""The event vocabulary ``ai.oversight.*.v1``: which fields each type has and which it cannot do without.

Everything not required here is *unknown* when missing, and the checker says so.
"""

from typing import Final

from audit.events.fields import (
    Shape,
    anything,
    integer,
    list_of,
    moment,
    number,
    one_of,
    probability,
    scalar,
    text,
    truth,
    url_safe,
)

PREFIX: Final = "ai.oversight."
NAME = text(255)
WORDS = text(20_000)  # free text: goes through the screen for personal data

VERSIONED = Shape({"name": NAME, "version": text(200)}, short="name")
ACTOR = Shape({"ref": NAME, "authn": NAME, "roles": list_of(NAME, 100)}, required=("ref",), short="ref")
VALUE = Shape({"value": scalar, "digest": NAME}, short="value")
PROPOSAL = Shape({"value": scalar, "digest": NAME}, required=("value",), short="value")

DECISION = Shape(
    {
        "decision_id": url_safe,
        "decision_class": text(200),
        "phase": one_of("proposed", "executed", "withdrawn"),
        "proposal": PROPOSAL,
        "system": VERSIONED,
        "model": VERSIONED,
        "mode_claimed": text(20),
        "occurred_at": moment,
        "executed_at": moment,
        "executed": VALUE,
        "executed_value": scalar,
        "executed_digest": NAME,
        "confidence": Shape({"value": number, "kind": one_of("calibrated", "raw", "none")}, short="value"),
        "amount": Shape({"value": number, "currency": text(10)}, short="value"),
        "reversibility_seconds": integer,
        "options": list_of(scalar),
        "rationale_ref": text(2000),
        "flags": list_of(NAME, 100),
        "subject_ref": NAME,
        "input_digest": NAME,
        "language": text(35),
        "jurisdiction": NAME,
        "period": Shape({"start": moment, "end": moment}),
        "reference_db": NAME,
        "match_ref": NAME,
        "sampling": Shape({"prob": probability, "selected": truth, "rule_id": NAME}),
        "mandate_id": NAME,
        "maker": ACTOR,
        "declared_count": integer,
        "corrects": NAME,
    },
    required=("decision_id", "phase"),
    needs={"proposed": ("decision_class", "proposal")},
)

REVIEW = Shape(
    {
        "decision_id": url_safe,
        "review_id": NAME,
        "phase": one_of("requested", "claimed", "opened", "submitted", "expired"),
        "actor": ACTOR,
        "outcome": one_of("approve", "modify", "override", "reject", "abstain", "refer"),
        "reviewed_digest": NAME,
        "occurred_at": moment,
        "requested_at": moment,
        "opened_at": moment,
        "submitted_at": moment,
        "expired_at": moment,
        "advice_shown_at": moment,
        "due_at": moment,
        "active_ms": integer,
        "idle_ms": integer,
        "ui_hidden_ms": integer,
        "words_shown": integer,
        "evidence_required": list_of(NAME),
        "evidence_opened": list_of(NAME),
        "rationale_shown": truth,
        "guideline_version": NAME,
        "initial_judgement": scalar,
        "final": VALUE,
        "reason_code": NAME,
        "reason_text": WORDS,
        "extra_information": anything,
        "blind": truth,
        "pair_id": NAME,
        "batch_id": NAME,
        "arm": NAME,
        "conflict_of_interest": truth,
        "language": text(35),
        "tool": anything,
        "corrects": NAME,
    },
    required=("decision_id", "review_id", "phase"),
    needs={"submitted": ("outcome",)},
)

OUTCOME = Shape(
    {
        "decision_id": url_safe,
        "phase": one_of("observed", "adjudicated", "revised"),
        "truth": Shape({"value": scalar}, required=("value",), short="value"),
        "truth_source": one_of("real", "blind_panel", "appeal", "canary"),
        "observed_at": moment,
        "sampling_prob": probability,
        "corrects": NAME,
    },
    required=("decision_id", "truth"),
)

APPEAL = Shape(
    {
        "appeal_id": url_safe,
        "decision_id": url_safe,
        "phase": one_of("filed", "acknowledged", "assigned", "decided", "closed"),
        "filed_at": moment,
        "decided_at": moment,
        "decision": one_of("upheld", "overturned", "partly"),
        "actor": ACTOR,
        "explanation_given": truth,
        "original_reviewer_ref": NAME,
        "corrects": NAME,
    },
    required=("appeal_id", "decision_id", "phase"),
    needs={"decided": ("decision",)},
)

INTERVENTION = Shape(
    {
        "intervention_id": url_safe,
        "decision_id": url_safe,
        "kind": one_of(
            "pause", "stop", "limit", "rollback", "override_live", "mandate_change", "watch_start", "watch_end"
        ),
        "phase": one_of("issued", "acknowledged", "effective", "verified", "resumed"),
        "actor": ACTOR,
        "reason_code": NAME,
        "reason": WORDS,
        "limits": anything,
        "scope": Shape({"classes": list_of(text(200), 1000), "versions": list_of(text(200), 1000)}),
        "instances": Shape({"targeted": integer, "halted": integer}),
        "occurred_at": moment,
        "corrects": NAME,
    },
    required=("intervention_id", "phase"),
    needs={"issued": ("kind",)},
)

ESCALATION = Shape(
    {
        "escalation_id": NAME,
        "decision_id": url_safe,
        "phase": one_of("raised", "notified", "acknowledged", "reassigned", "resolved", "expired"),
        "criteria_id": NAME,
        "hop": integer,
        "actor": ACTOR,
        "target": ACTOR,
        "due_at": moment,
        "occurred_at": moment,
        "default_applied": NAME,
        "severity": NAME,
        "corrects": NAME,
    },
    required=("escalation_id", "phase"),
)

HEARTBEAT = Shape(
    {"sequence_high": integer, "declared_count": integer, "open_reviews": integer, "decision_id": url_safe},
)


def _attributes(value: object) -> dict[str, str]:
    read = Shape({})(value)
    return {name: scalar(given) for name, given in read.items()}


GROUP = Shape({"decision_id": url_safe, "subject_ref": NAME, "attributes": _attributes}, required=("attributes",))

TYPES: Final[dict[str, Shape]] = {
    "ai.oversight.decision.v1": DECISION,
    "ai.oversight.review.v1": REVIEW,
    "ai.oversight.outcome.v1": OUTCOME,
    "ai.oversight.appeal.v1": APPEAL,
    "ai.oversight.intervention.v1": INTERVENTION,
    "ai.oversight.escalation.v1": ESCALATION,
    "ai.oversight.heartbeat.v1": HEARTBEAT,
    "ai.oversight.group.v1": GROUP,
}
