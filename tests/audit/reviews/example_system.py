"""A decision system of fifty lines that keeps to the rules: it waits at the gate, obeys a stop, shows its label.

It knows nothing but the HTTP API: ``call(method, path, body)`` returns status and JSON.
"""

from collections.abc import Callable
from typing import Any

Call = Callable[[str, str, dict[str, Any] | None], tuple[int, Any]]
MAY = {"approved", "modified", "not_required"}


class System:
    """One system of one use case; ``done`` is what it did in the world."""

    def __init__(self, call: Call, use_case: str, source: str) -> None:
        self.call, self.use_case, self.source = call, use_case, source
        self.base = f"/api/v1/use-cases/{use_case}"
        self.done: dict[str, str] = {}

    def propose(self, name: str, value: str, now: str) -> None:
        """Say what it would do, and do nothing."""
        self._send(f"{name}-p", now, {"decision_id": name, "decision_class": value, "phase": "proposed",
                                      "proposal": {"value": value}, "confidence": 0.8})  # fmt: skip

    def try_to_execute(self, name: str, value: str, now: str) -> str:
        """Execute when people and control allow this very action; return why not, or ``done``."""
        _, control = self.call("GET", f"{self.base}/control", None)
        if control["state"] in ("paused", "stopped"):
            return str(control["state"])
        _, gate = self.call("GET", f"{self.base}/decisions/{name}/gate", None)
        if gate["state"] not in MAY:
            return str(gate["state"])
        status, token = self.call("POST", f"{self.base}/decisions/{name}/gate/token", {"digest": gate["digest"]})
        if status != 201:
            return str(token["code"])
        status, answer = self.call("POST", f"{self.base}/decisions/{name}/gate/redeem", {"token": token["token"]})
        if status != 200:
            return str(answer["code"])
        self.done[name] = value
        self._send(f"{name}-x", now, {"decision_id": name, "phase": "executed", "executed_at": now,
                                      "executed_value": value, "executed_digest": gate["digest"]})  # fmt: skip
        return "done"

    def label(self, name: str) -> str:
        """What it shows beside its decision."""
        return str(self.call("GET", f"{self.base}/decisions/{name}/label", None)[1]["text"])

    def _send(self, event: str, now: str, data: dict[str, Any]) -> None:
        body = {"specversion": "1.0", "id": event, "source": self.source, "type": "ai.oversight.decision.v1",
                "time": now, "data": data}  # fmt: skip
        status, answer = self.call("POST", "/api/v1/events", body)
        assert status == 201, answer
