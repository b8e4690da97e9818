"""Serious incidents: clocks of AI Act Art 73, who is told, what was sent, what is put right."""

from governance.incidents.acts import (
    add_action,
    close_incident,
    finish_action,
    freeze,
    open_incident,
    send_report,
    unfreeze,
)

__all__ = ["add_action", "close_incident", "finish_action", "freeze", "open_incident", "send_report", "unfreeze"]
