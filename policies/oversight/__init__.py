"""Oversight: what a policy asks of people and systems, and whether the log shows that it happened. Pure.

check(decision, policies=..., people=..., controls=..., coverage=..., as_of=...) -> tuple[Verdict, ...]
"""

from policies.oversight.checker import check
from policies.oversight.context import Controls, Coverage, People, PolicyInForce
from policies.oversight.document import PolicyDocument, parse, parse_yaml
from policies.oversight.verdict import Verdict

__all__ = [
    "Controls",
    "Coverage",
    "People",
    "PolicyDocument",
    "PolicyInForce",
    "Verdict",
    "check",
    "parse",
    "parse_yaml",
]
