"""Where people find a meeting and their own work; addresses are permanent, so notices may carry them."""

from typing import Final

MINE: Final = "/committee/mine/"


def meeting_path(ref: str) -> str:
    """Return the path of a meeting's page."""
    return f"/committee/meetings/{ref}/"
