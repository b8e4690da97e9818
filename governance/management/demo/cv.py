"""A small, wholly invented log for the CV ranking use case: what too little data looks like, and what waits.

Equal true rates by construction, so that any gap in it is chance; 180 decisions are far too few to say so. Eight
more were proposed last and nobody has looked at them: they wait in the review queue.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from governance.management.demo.envelope import cloud_event, digest, moment

SOURCE = "/hr/recruiting/ranker"
USE_CASE = "cv-ranking"
REVIEWED = 180
WAITING = 8
DECISIONS = REVIEWED + WAITING
FIELDS = ("office administration", "accounting", "customer service", "archives")


def events(*, end: datetime) -> Iterator[dict[str, Any]]:
    """Yield proposals to invite or decline, each reviewed before it was executed."""
    rng = random.Random(4)
    for number in range(REVIEWED):
        at = end - timedelta(days=60) * (REVIEWED - number) / REVIEWED
        decision_id = f"CV-{number + 1:04d}"
        proposal = "invite" if rng.random() < 0.3 else "decline"
        final = proposal if rng.random() > 0.12 else {"invite": "decline", "decline": "invite"}[proposal]
        submitted = at + timedelta(hours=rng.uniform(1, 20))
        seconds = rng.lognormvariate(4.6, 0.5)
        yield _event(
            decision_id,
            "decision",
            "proposed",
            at,
            {
                "decision_id": decision_id,
                "decision_class": proposal,
                "phase": "proposed",
                "occurred_at": moment(at),
                "proposal": {"value": proposal, "digest": digest(proposal)},
                "confidence": {"value": f"{rng.uniform(0.5, 0.99):.3f}", "kind": "raw"},
                "system": {"name": "cv-ranker", "version": "3.2"},
                "model": {"name": "ranker", "version": "3.2.0"},
                "mode_claimed": "HITL",
            },
        )
        groups = {"sex": rng.choice(["female", "male"]) if rng.random() > 0.06 else None}
        known = {name: value for name, value in groups.items() if value}
        if known:
            yield _event(decision_id, "group", "", at, {"decision_id": decision_id, "attributes": known})
        yield _event(
            decision_id,
            "review",
            "submitted",
            submitted,
            {
                "decision_id": decision_id,
                "review_id": f"RV-{decision_id}",
                "phase": "submitted",
                "actor": {"ref": "rev-5", "authn": "oidc", "roles": ["recruiter"]},
                "outcome": "approve" if final == proposal else "override",
                "reviewed_digest": digest(proposal),
                "opened_at": moment(submitted - timedelta(seconds=seconds)),
                "submitted_at": moment(submitted),
                "active_ms": int(seconds * 900),
                "evidence_required": ["cv"],
                "evidence_opened": ["cv"],
                "final": {"value": final, "digest": digest(final)},
                **({"reason_code": "EXPERIENCE_MISREAD"} if final != proposal else {}),
            },
        )
        executed = submitted + timedelta(minutes=5)
        yield _event(
            decision_id,
            "decision",
            "executed",
            executed,
            {
                "decision_id": decision_id,
                "decision_class": proposal,
                "phase": "executed",
                "executed_at": moment(executed),
                "proposal": {"value": final, "digest": digest(final)},
                "executed_digest": digest(final),
            },
        )

    yield from _waiting(end)


def _waiting(end: datetime) -> Iterator[dict[str, Any]]:
    """Yield proposals nobody has reviewed, with what a reviewer needs to read."""
    rng = random.Random(8)
    for number in range(WAITING):
        at = end - timedelta(minutes=17) * (WAITING - number)
        decision_id = f"CV-{REVIEWED + number + 1:04d}"
        proposal = rng.choice(["invite", "decline"])
        years, field = rng.randrange(1, 15), rng.choice(FIELDS)
        data = {
            "decision_id": decision_id,
            "decision_class": proposal,
            "phase": "proposed",
            "occurred_at": moment(at),
            "proposal": {"value": proposal, "digest": digest(proposal)},
            "confidence": {"value": f"{rng.uniform(0.5, 0.99):.3f}", "kind": "raw"},
            "system": {"name": "cv-ranker", "version": "3.2"},
            "model": {"name": "ranker", "version": "3.2.0"},
            "mode_claimed": "HITL",
            "options": ["invite", "decline", "invite to a later round"],
            "flags": ["novel"] if number == 5 else [],
            "rationale": f"Rank {rng.randrange(3, 60)} of 64: {years} years in {field}, languages as asked for.",
            "evidence": {"cv": f"{years} years in {field}; courses in office software; two references. (Invented.)"},
        }
        yield _event(decision_id, "decision", "proposed", at, data)


def _event(decision_id: str, kind: str, phase: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return cloud_event(decision_id, kind, phase, at, data, source=SOURCE, use_case=USE_CASE)
