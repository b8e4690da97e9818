"""Where a finding stands, read off its acts: whose it is, its state, waiver, judgement, cause and fixes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


class Act(Protocol):
    """What is read of an act."""

    kind: str
    reason: str
    until: datetime | None
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the acts add up to. ``state`` is people's word; evidence that is gone closes a finding all the same."""

    state: str = "open"
    owner: UUID | None = None
    waived_until: datetime | None = None
    disposition: str = ""
    cause: str = ""
    case_fix: Mapping[str, Any] | None = None
    system_fix: Mapping[str, Any] | None = None
    closed_at: datetime | None = None

    @property
    def linked(self) -> frozenset[str]:
        """What is there of what a playbook may ask for before closing."""
        there = {"cause": self.cause, "case_fix": self.case_fix, "system_fix": self.system_fix}
        return frozenset(name for name, value in there.items() if value)


_STATES = {"raised": "open", "reopened": "open", "expired": "open", "waived": "waived", "closed": "closed"}


def standing(acts: Iterable[Act]) -> Standing:
    """Return where ``acts``, in their order, leave a finding.

    A finding that is raised again begins anew: judgement, cause and fixes of the first time do not close the second.
    """
    found: dict[str, Any] = {}
    for act in acts:
        if act.kind == "raised":
            found = {name: found[name] for name in ("owner",) if name in found}
        if act.kind in _STATES:
            found["state"] = _STATES[act.kind]
            found["waived_until"] = act.until if act.kind == "waived" else None
            found["closed_at"] = act.at if act.kind == "closed" else None
        elif act.kind == "assigned":
            found["owner"] = UUID(act.data["owner"]["id"])
        elif act.kind == "judged":
            found["disposition"] = act.data["disposition"]
        elif act.kind == "cause":
            found["cause"] = act.reason
        elif act.kind in ("case_fix", "system_fix"):
            found[act.kind] = {"text": act.reason, **act.data}
    return Standing(**found)
