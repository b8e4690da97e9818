"""Events of one decision to one record: whatever order they arrive in, the record is the same.

The events are put into an order of their own (their clock, then source and id) before they are merged.
``corrects`` takes the named event of the same source and decision out. Pure: no clock, no database.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

import msgspec

from audit.events.canonical import proposal_digest
from audit.events.schema import Event
from policies.oversight.record import (
    AppealRecord,
    DecisionRecord,
    EscalationRecord,
    OutcomeRecord,
    ReviewRecord,
)

SKEW = timedelta(minutes=5)
ASSERTED = frozenset({"", "none", "asserted", "unknown"})
_PHASES = ("requested", "claimed", "opened", "expired", "submitted")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event with its place in the ledger; ``conflict``: the same source and id came with other content."""

    index: int
    event: Event
    recorded_at: datetime
    conflict: bool = False

    @property
    def happened_at(self) -> datetime | None:
        """The event's own time; ``None`` when the source gave none."""
        return (self.event.data or {}).get("occurred_at") or self.event.time

    @property
    def skewed(self) -> bool:
        """The source's clock ran ahead of ours by more than five minutes."""
        return self.event.time is not None and self.event.time > self.recorded_at + SKEW

    @property
    def place(self) -> tuple[datetime, str, str, int]:
        return (self.event.time or self.recorded_at, self.event.source, self.event.id, self.index)


def fold(use_case: str, arrivals: Iterable[Arrival]) -> DecisionRecord | None:
    """Return the record of one decision from its events in any order; ``None`` when none is left."""
    arrivals = list(arrivals)
    corrected = {
        (each.event.source, each.event.data["corrects"])
        for each in arrivals
        if each.event.data and "corrects" in each.event.data
    }
    ordered = sorted((each for each in arrivals if (each.event.source, each.event.id) not in corrected), key=_place)
    return reduce(lambda record, each: apply(record, each, use_case=use_case), ordered, None)


def _place(arrival: Arrival) -> tuple[datetime, str, str, int]:
    return arrival.place


def apply(record: DecisionRecord | None, arrival: Arrival, *, use_case: str) -> DecisionRecord:
    """Return ``record`` with one more event, which must not lie before those it holds (:func:`fold` sorts)."""
    event = arrival.event
    if record is None:
        record = DecisionRecord(use_case=use_case, decision_id=event.decision_id, recorded_at=arrival.recorded_at)
    record = replace(
        record,
        recorded_at=min(record.recorded_at or arrival.recorded_at, arrival.recorded_at),
        simulated=record.simulated or event.simulated,
        drill=record.drill or event.drill,
        skewed=record.skewed or arrival.skewed,
        duplicate_conflict=record.duplicate_conflict or arrival.conflict,
    )
    if arrival.conflict or event.data is None:
        return record
    merge = _MERGERS.get(event.type)
    return record if merge is None else merge(record, arrival, event.data)


def _decision(record: DecisionRecord, arrival: Arrival, data: Mapping[str, Any]) -> DecisionRecord:
    changes: dict[str, Any] = {
        "decision_class": data.get("decision_class", record.decision_class),
        "language": data.get("language", record.language),
        "system_version": _version(data.get("system"), record.system_version),
        "model_version": _version(data.get("model"), record.model_version),
        "mode_claimed": data.get("mode_claimed", record.mode_claimed),
        "mandate_id": data.get("mandate_id", record.mandate_id),
        "reversibility_seconds": data.get("reversibility_seconds", record.reversibility_seconds),
        "amount": data.get("amount", {}).get("value", record.amount),
        "confidence": data.get("confidence", {}).get("value", record.confidence),
        "confidence_kind": data.get("confidence", {}).get("kind", record.confidence_kind),
        "maker": data.get("maker", {}).get("ref", record.maker),
    }
    if "flags" in data:
        changes["flags"] = tuple(data["flags"])
    if data["phase"] == "proposed":
        changes["proposed_at"] = record.proposed_at or arrival.happened_at
    elif data["phase"] == "withdrawn":
        changes["withdrawn_at"] = record.withdrawn_at or arrival.happened_at
    elif record.execution_recorded_at is None:
        changes |= _execution(arrival, data)
    # An execution repeats what was executed; it does not change what had been proposed.
    if "proposal" in data and (data["phase"] != "executed" or record.proposal_value is None):
        changes |= _proposal(arrival, data["proposal"])
    further = {name: value for name, value in data.items() if name not in _OWN_FIELDS}
    further |= {name: value for name, value in data.get("proposal", {}).items() if name not in ("value", "digest")}
    if further:
        changes["fields"] = {**record.fields, **plain(further)}
    return replace(record, **changes)


_OWN_FIELDS = frozenset(
    """decision_id decision_class phase proposal system model mode_claimed occurred_at executed_at executed
    executed_value executed_digest confidence flags language mandate_id reversibility_seconds maker corrects
    """.split()  # noqa: SIM905
)


def _execution(arrival: Arrival, data: Mapping[str, Any]) -> dict[str, Any]:
    """The first execution counts: what came after it cannot undo that it happened then."""
    executed = data.get("executed", {})
    digest = data.get("executed_digest", executed.get("digest"))
    value = data.get("executed_value", executed.get("value"))
    if value is None and digest is not None and "proposal" in data:
        carried = _proposal(arrival, data["proposal"])
        value = carried["proposal_value"] if carried["proposal_digest"] == digest else None
    return {
        "executed_at": data.get("executed_at") or arrival.happened_at,
        "execution_recorded_at": arrival.recorded_at,
        "executed_value": value,
        "executed_digest": digest,
    }


def _proposal(arrival: Arrival, proposal: Mapping[str, Any]) -> dict[str, Any]:
    given = proposal.get("digest")
    return {
        "proposal_value": proposal["value"],
        "proposal_digest": given or proposal_digest(_as_sent(arrival.event.payload)),
        "digest_derived": given is None,
    }


def _as_sent(payload: bytes) -> Any:
    """The proposal before its fields were read: the digest is of what the system sent."""
    sent = msgspec.json.decode(payload)
    data = sent.get("data")
    if data is None:
        data = msgspec.json.decode(msgspec.json.decode(f'"{sent["data_base64"]}"'.encode(), type=bytes))
    return data["proposal"]


def _version(value: Mapping[str, Any] | None, before: str | None) -> str | None:
    if value is None:
        return before
    version: str | None = value.get("version") or value.get("name")
    return version or before


def _review(record: DecisionRecord, arrival: Arrival, data: Mapping[str, Any]) -> DecisionRecord:
    before = next((each for each in record.reviews if each.review_id == data["review_id"]), None)
    if before is None:
        before = ReviewRecord(review_id=data["review_id"], actor=None, phase=data["phase"])
    phase = data["phase"]
    changes: dict[str, Any] = {name: data[name] for name in _REVIEW_AS_IS if name in data}
    changes |= {name: tuple(data[name]) for name in ("evidence_required", "evidence_opened") if name in data}
    if _PHASES.index(phase) < _PHASES.index(before.phase):
        phase = before.phase
    changes |= {"phase": phase, "skewed": before.skewed or arrival.skewed}
    at_field = _TIME_OF_PHASE.get(data["phase"])
    if at_field is not None and at_field not in data:
        changes[at_field] = getattr(before, at_field) or arrival.happened_at
    if "actor" in data:
        changes["actor"] = data["actor"]["ref"]
        changes["roles"] = tuple(data["actor"].get("roles", ()))
        changes["authenticated"] = data["actor"].get("authn", "").lower() not in ASSERTED
    if "final" in data:
        changes |= {"final_value": data["final"].get("value"), "final_digest": data["final"].get("digest")}
    if data["phase"] == "submitted":
        changes["recorded_at"] = arrival.recorded_at
        changes["reason_text_present"] = bool(data.get("reason_text", "").strip())
        if "reason_text" in data:
            normal = " ".join(data["reason_text"].lower().split())
            changes["reason_text_hash"] = hashlib.sha256(normal.encode()).hexdigest()
    elif before.recorded_at is None:
        changes["recorded_at"] = arrival.recorded_at
    further = {name: value for name, value in data.items() if name not in _REVIEW_OWN}
    if further:
        changes["extra"] = {**before.extra, **plain(further)}
    after = replace(before, **changes)
    reviews = [each for each in record.reviews if each.review_id != after.review_id]
    return replace(record, reviews=tuple(sorted([*reviews, after], key=_review_order)))


_TIME_OF_PHASE = {
    "requested": "requested_at",
    "opened": "opened_at",
    "submitted": "submitted_at",
    "expired": "expired_at",
}
_REVIEW_AS_IS = tuple(
    """outcome reviewed_digest requested_at opened_at submitted_at expired_at due_at active_ms words_shown
    rationale_shown guideline_version initial_judgement reason_code batch_id blind pair_id conflict_of_interest language
    """.split()  # noqa: SIM905
)
_REVIEW_OWN = frozenset(
    (*_REVIEW_AS_IS, "decision_id", "review_id", "phase", "actor", "final", "evidence_required", "evidence_opened",
     "occurred_at", "corrects")
)  # fmt: skip


def _review_order(review: ReviewRecord) -> tuple[bool, float, str]:
    """By time of submission, those not submitted last: the last human word stands at the end of the submitted."""
    at = review.submitted_at
    return (at is None, 0.0 if at is None else at.timestamp(), review.review_id)


def _outcome(record: DecisionRecord, arrival: Arrival, data: Mapping[str, Any]) -> DecisionRecord:
    return replace(
        record,
        outcome=OutcomeRecord(
            value=data["truth"]["value"],
            source=data.get("truth_source", "unknown"),
            observed_at=data.get("observed_at") or arrival.event.time,
            sampling_prob=data.get("sampling_prob"),
        ),
    )


def _appeal(record: DecisionRecord, arrival: Arrival, data: Mapping[str, Any]) -> DecisionRecord:
    before = next((each for each in record.appeals if each.appeal_id == data["appeal_id"]), None)
    if before is None:
        before = AppealRecord(appeal_id=data["appeal_id"], phase=data["phase"])
    changes: dict[str, Any] = {"phase": data["phase"]}
    changes |= {
        name: data[name] for name in ("filed_at", "decided_at", "decision", "explanation_given") if name in data
    }
    if data["phase"] == "filed" and "filed_at" not in data:
        changes["filed_at"] = before.filed_at or arrival.happened_at
    if data["phase"] == "decided" and "decided_at" not in data:
        changes["decided_at"] = before.decided_at or arrival.happened_at
    if "actor" in data:
        changes["actor"] = data["actor"]["ref"]
    if "original_reviewer_ref" in data:
        changes["original_reviewer"] = data["original_reviewer_ref"]
    others = [each for each in record.appeals if each.appeal_id != before.appeal_id]
    appeals = sorted([*others, replace(before, **changes)], key=lambda each: each.appeal_id)
    return replace(record, appeals=tuple(appeals))


def _escalation(record: DecisionRecord, arrival: Arrival, data: Mapping[str, Any]) -> DecisionRecord:
    name = (data["escalation_id"], data.get("hop", 0))
    before = next((each for each in record.escalations if (each.escalation_id, each.hop) == name), None)
    if before is None:
        before = EscalationRecord(escalation_id=name[0], hop=name[1])
    changes: dict[str, Any] = {
        each: data[each] for each in ("criteria_id", "due_at", "default_applied") if each in data
    }
    if data["phase"] != "reassigned":
        changes[f"{data['phase']}_at"] = arrival.happened_at
    others = [each for each in record.escalations if (each.escalation_id, each.hop) != name]
    hops = sorted([*others, replace(before, **changes)], key=lambda each: (each.escalation_id, each.hop))
    return replace(record, escalations=tuple(hops))


_MERGERS = {
    "ai.oversight.decision.v1": _decision,
    "ai.oversight.review.v1": _review,
    "ai.oversight.outcome.v1": _outcome,
    "ai.oversight.appeal.v1": _appeal,
    "ai.oversight.escalation.v1": _escalation,
}


def plain(value: Any) -> Any:
    """Return ``value`` as JSON would give it back, so that a stored record equals a fresh one."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value
