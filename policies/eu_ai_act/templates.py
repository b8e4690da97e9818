"""Templates for the sectors and examples: a purpose, first answers, the tier they give, a mode and its reviewers."""

from collections.abc import Mapping
from datetime import date

from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows


class UseCaseTemplate(Row, frozen=True, kw_only=True):
    """A starting point. ``answers`` go to the wizard as presets, with ``otherwise: no`` for the screening questions.

    ``mode`` empty: the practice is prohibited; ``tier_from``: the day that tier begins; ``mode_reason``: why the
    preset differs from the suggestion. ``example``: the golden case it follows.
    """

    id: str
    sector: str
    title: str
    purpose: str
    answers: Mapping[str, str]
    tier: str
    mode: str
    effect: str
    reversibility: str
    decisions_per_day: int
    reviewers: tuple[str, ...]
    affected: str
    example: str = ""
    tier_from: date | None = None
    mode_reason: str = ""
    two_persons: bool = False
    note: str = ""

    def wizard_answers(self) -> dict[str, str]:
        """Answers ready for ``classify``: in scope, with an EU link, everything not named "no"."""
        return {"otherwise": "no", "Q1": "yes", "Q2": "yes", **self.answers}


def templates(version: str = CURRENT_VERSION) -> tuple[UseCaseTemplate, ...]:
    """Every template, by sector as listed."""
    return read_rows("templates", UseCaseTemplate, version)
