"""Oversight modes: how a person stands to the decisions of a system.

The words come from the EU expert group's ethics guidelines of 2019, not from the AI Act; a mode never lowers a tier.
"""

from enum import StrEnum


class Mode(StrEnum):
    """The declared mode of a use case; ``HOOTL`` is an exception that needs a justification and an end."""

    HITL = "HITL"
    HOTL = "HOTL"
    HIC = "HIC"
    HOOTL = "HOOTL"


LABELS = {
    Mode.HITL: "Human in the loop",
    Mode.HOTL: "Human on the loop",
    Mode.HIC: "Human in command",
    Mode.HOOTL: "No human in the loop",
}

MEANINGS = {
    Mode.HITL: "A person approves each decision that a rule sends to review before it is executed.",
    Mode.HOTL: "A person watches while the system decides, and can intervene.",
    Mode.HIC: "People set objectives and limits, and decide whether and when the system may decide.",
    Mode.HOOTL: "No person is involved in real time; audits look back at intervals.",
}
