"""Events for tests, written out by hand: nothing here comes from the code under test."""

import json
from typing import Any

SOURCE = "/lending/prod/scorer"


def event(
    kind: str = "decision", *, event_id: str = "e-1", data: dict[str, Any] | None = None, **attributes: Any
) -> dict:
    """A structured CloudEvent as a dict."""
    body = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": f"ai.oversight.{kind}.v1",
        "time": "2026-11-20T09:14:31Z",
        "data": data if data is not None else {},
    }
    return {name: value for name, value in {**body, **attributes}.items() if value is not ...}


def proposed(decision_id: str = "LN-1", *, event_id: str | None = None, value: Any = "grant", **more: Any) -> dict:
    attributes = {
        name: more.pop(name) for name in ("time", "usecase", "sequence", "drill", "simulated", "source") if name in more
    }
    return event(
        event_id=event_id or f"p-{decision_id}",
        data={
            "decision_id": decision_id,
            "decision_class": str(value),
            "phase": "proposed",
            "proposal": {"value": value},
            **more,
        },
        **attributes,
    )


def executed(
    decision_id: str = "LN-1", *, event_id: str | None = None, time: str = "2026-11-20T10:00:00Z", **more: Any
) -> dict:
    return event(
        event_id=event_id or f"x-{decision_id}",
        time=time,
        data={"decision_id": decision_id, "phase": "executed", **more},
    )


def reviewed(
    decision_id: str = "LN-1",
    outcome: str = "approve",
    *,
    event_id: str | None = None,
    review_id: str | None = None,
    time: str = "2026-11-20T09:30:00Z",
    **more: Any,
) -> dict:
    return event(
        "review",
        event_id=event_id or f"r-{decision_id}-{review_id or 1}",
        time=time,
        data={
            "decision_id": decision_id,
            "review_id": review_id or f"RV-{decision_id}",
            "phase": "submitted",
            "actor": {"ref": "rev-7", "authn": "oidc", "roles": ["underwriter-l2"]},
            "outcome": outcome,
            "submitted_at": time,
            **more,
        },
    )


def dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
