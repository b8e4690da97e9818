"""Ready-made checks as data. None of them is legal advice; each says what its rule does and does not set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ReferenceRule = Literal["declared", "largest", "highest"]


@dataclass(frozen=True)
class Preset:
    """Parameters of a check that a law or practice suggests.

    ``threshold`` None: no pass mark exists, so no verdict is given. ``exclude_below``: groups under that share of
    the cases used are left out of the comparison, with their count and rate still shown.
    """

    name: str
    title: str
    source: str
    note: str
    threshold: float | None
    reference_rule: ReferenceRule
    metrics: tuple[str, ...] | None = None
    exclude_below: float = 0.0
    minimum_shown: int = 10
    publication: bool = False
    questions: tuple[str, ...] = ()


def gettext_noop(message: str) -> str:
    """Mark a text for the catalogues; the doors translate it."""
    return message


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="ll144",
            title=gettext_noop("New York City Local Law 144 bias audit"),
            source="NYC Admin. Code 20-870 to 20-874; 6 RCNY 5-300 to 5-304",
            note=gettext_noop(
                "The law asks for impact ratios against the category with the highest rate and sets no pass mark; the "
                "verdict beside them uses 0.80, a rule of thumb of the US enforcement agencies."
            ),
            threshold=0.8,
            reference_rule="highest",
            metrics=("selection_rate",),
            exclude_below=0.02,
            # The law has every category's count and rate published, however small.
            minimum_shown=1,
            publication=True,
        ),
        Preset(
            name="us_four_fifths",
            title=gettext_noop("US four-fifths rule"),
            source="29 CFR 1607.4(D)",
            note=gettext_noop(
                "Indicator, US rule of thumb: a selection rate below four fifths of the highest group's is generally "
                "seen as evidence of adverse impact. Smaller gaps may count and larger ones may not: read the ratio, "
                "the interval, the test and n together. Not EU law."
            ),
            threshold=0.8,
            reference_rule="highest",
            metrics=("selection_rate",),
            exclude_below=0.02,
        ),
        Preset(
            name="eu",
            title=gettext_noop("EU: intervals and questions"),
            source="Regulation (EU) 2024/1689 Art. 10(2)(f) and (g); EU non-discrimination law",
            note=gettext_noop(
                "Neither the AI Act nor EU non-discrimination law sets a fixed ratio. The figures are shown with their "
                "intervals; whether a difference is justified is for people to say."
            ),
            threshold=None,
            reference_rule="largest",
            questions=(
                gettext_noop("Does the provision, criterion or practice put this group at a particular disadvantage?"),
                gettext_noop("Which legitimate aim does it serve, and is it appropriate and necessary for that aim?"),
                gettext_noop("Would a less unequal way reach the same aim?"),
                gettext_noop(
                    "Which measures detect, prevent and mitigate the difference, and who checks their effect?"
                ),
            ),
        ),
    )
}
