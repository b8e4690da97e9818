"""Name and logo of the organisation as a report carries them: those in force when it is prepared, and kept in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.reports.content import Logo
from governance.letterhead import letterhead_at


def printed(at: datetime) -> tuple[str, Logo | None]:
    """Return the organisation's name, empty where none was set, and its logo, as of ``at``."""
    found = letterhead_at(at)
    if found is None:
        return "", None
    if not found.logo_sha256:
        return found.name, None
    logo = Logo(png=bytes(found.logo), width=found.width, height=found.height, sha256=found.logo_sha256)
    return found.name, logo


def under_letterhead(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a paper (:mod:`audit.reports.papers`) with name and logo as of its preparation."""
    name, logo = printed(content["prepared_at"])
    return {**content, "organisation": content.get("organisation") or name, "logo": logo}
