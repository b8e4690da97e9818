"""The real decision log as CloudEvents: one decision per record, with group, review, execution, outcome.

Favourable is ``grant`` (the model predicts that the applicant is in work, so the supplement is granted
without further papers); otherwise the applicant is asked for documents.
"""

import csv
import gzip
import hashlib
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from governance.management.demo.envelope import CloudEvent, cloud_event, digest, moment
from governance.management.demo.reviewers import SimulatedReview, review

SAMPLE = "acs_ma_employment_sample.csv.gz"
SOURCE = "/social-services/in-work-supplement/classifier"
USE_CASE = "in-work-supplement"
SEED = 20261121
REVIEW_BELOW = 0.70
OUTCOME_AFTER = timedelta(days=30)
# Faults of the process planted so that the checker has something real to find, as shares of the decisions.
EXECUTED_WITHOUT_REVIEW, EXECUTED_BEFORE_REVIEW, OVERRULE_IGNORED = 0.004, 0.003, 0.0006

Row = dict[str, str]


def rows() -> list[Row]:
    """Return the records of the sample in the order of their years."""
    data = resources.files("governance.management.demo").joinpath("data", SAMPLE)
    with data.open("rb") as raw, gzip.open(raw, "rt", encoding="utf-8", newline="") as text:
        return sorted(csv.DictReader(text), key=lambda row: (row["year"], int(row["id"])))


def events(*, start: datetime, end: datetime, now: datetime) -> Iterator[CloudEvent]:
    """Yield the log as CloudEvents, the decisions spread evenly between two midnights.

    Outcomes become known thirty days after the decision; those that lie after ``now`` are not sent, as
    they would not be known.
    """
    records = rows()
    rng = random.Random(SEED)
    step = (end - start) / max(1, len(records))
    for number, row in enumerate(records):
        yield from _decision(row, at=_working_hour(start + step * number), now=now, rng=rng)


def _decision(row: Row, *, at: datetime, now: datetime, rng: random.Random) -> Iterator[CloudEvent]:
    proposal = "grant" if row["prediction"] == "1" else "ask_for_documents"
    truth = "employed" if row["employed"] == "1" else "not_employed"
    score = float(row["predicted_probability"])
    confidence = max(score, 1 - score)
    decision_id = f"IWS-{row['year']}-{int(row['id']):06d}"
    base = {"decision_id": decision_id, "decision_class": proposal}
    yield _event(
        decision_id,
        "decision",
        "proposed",
        at,
        {
            **base,
            "phase": "proposed",
            "occurred_at": moment(at),
            "proposal": {"value": proposal, "digest": digest(proposal)},
            "confidence": {"value": f"{confidence:.6f}", "kind": "raw"},
            "score": {"value": row["predicted_probability"]},
            "system": {"name": "employment-status-classifier", "version": "1.4"},
            "model": {"name": "employment-ma", "version": f"trained-{row['year']}"},
            "mode_claimed": "HITL",
            "subject_ref": "acs-" + hashlib.sha256(f"subject:{row['id']}".encode()).hexdigest()[:16],
            "language": "en",
            "source_year": row["year"],
        },
    )
    groups = {name: row[name] for name in ("sex", "race", "disability")}
    yield _event(decision_id, "group", "", at, {"decision_id": decision_id, "attributes": groups})
    final, done_at = proposal, at + timedelta(minutes=2)
    if proposal == "ask_for_documents" or confidence < REVIEW_BELOW:
        final, done_at, reviewed = _reviewed(decision_id, proposal, truth, at, rng)
        yield from reviewed
    yield _event(
        decision_id,
        "decision",
        "executed",
        done_at,
        {
            **base,
            "phase": "executed",
            "executed_at": moment(done_at),
            "proposal": {"value": final, "digest": digest(final)},
            "executed_digest": digest(final),
            "system": {"name": "employment-status-classifier", "version": "1.4"},
        },
    )
    known_at = at + OUTCOME_AFTER
    if known_at <= now:
        found = {"decision_id": decision_id, "truth": {"value": truth}, "truth_source": "real"}
        yield _event(decision_id, "outcome", "observed", known_at, {**found, "observed_at": moment(known_at)})


def _reviewed(
    decision_id: str, proposal: str, truth: str, at: datetime, rng: random.Random
) -> tuple[str, datetime, list[CloudEvent]]:
    """Return the executed value, when it was executed, and the review event (none where it was skipped)."""
    drawn = review(rng, proposal=proposal, truth=truth)
    other = {"grant": "ask_for_documents", "ask_for_documents": "grant"}[proposal]
    final = other if drawn.override else proposal
    opened = at + timedelta(minutes=rng.uniform(4, 240))
    submitted = opened + timedelta(seconds=drawn.active_seconds * 1.15)
    done_at = submitted + timedelta(minutes=rng.uniform(1, 15))
    luck = rng.random()
    if luck < EXECUTED_WITHOUT_REVIEW:
        return proposal, at + timedelta(minutes=3), []
    if luck < EXECUTED_WITHOUT_REVIEW + EXECUTED_BEFORE_REVIEW:
        done_at = submitted - timedelta(minutes=rng.uniform(10, 45))
    event = _review_event(decision_id, drawn, proposal, final, at, opened, submitted)
    if drawn.override and rng.random() < OVERRULE_IGNORED / 0.05:
        return proposal, done_at, [event]
    return final, done_at, [event]


def _review_event(
    decision_id: str,
    drawn: SimulatedReview,
    proposal: str,
    final: str,
    requested: datetime,
    opened: datetime,
    submitted: datetime,
) -> CloudEvent:
    data: dict[str, Any] = {
        "decision_id": decision_id,
        "review_id": f"RV-{decision_id}",
        "phase": "submitted",
        "actor": {"ref": drawn.profile.pseudonym, "authn": "oidc", "roles": ["caseworker"]},
        "outcome": "override" if drawn.override else "approve",
        "reviewed_digest": digest(proposal),
        "requested_at": moment(requested),
        "opened_at": moment(opened),
        "submitted_at": moment(submitted),
        "active_ms": int(drawn.active_seconds * 1000),
        "words_shown": 180,
        "evidence_required": ["payroll", "declaration"],
        "evidence_opened": list(drawn.evidence_opened),
        "rationale_shown": True,
        "guideline_version": "2026-01",
        "final": {"value": final, "digest": digest(final)},
        "tool": "casework-desk",
    }
    if drawn.reason:
        data["reason_code"] = drawn.reason
    return _event(decision_id, "review", "submitted", submitted, data)


def _event(decision_id: str, kind: str, phase: str, at: datetime, data: CloudEvent) -> CloudEvent:
    # Predictions, groups and outcomes are real, only their time is assigned; reviews and what was done
    # after them are invented.
    mark = "simulated" if kind == "review" or phase == "executed" else "timeassigned"
    return cloud_event(decision_id, kind, phase, at, data, source=SOURCE, use_case=USE_CASE, mark=mark)


def _working_hour(at: datetime) -> datetime:
    """Squeeze a moment of the day into 08:00 to 17:00."""
    since_midnight = at - at.replace(hour=0, minute=0, second=0, microsecond=0)
    eight = at.replace(hour=8, minute=0, second=0, microsecond=0)
    return (eight + since_midnight * 9 / 24).replace(microsecond=0)
