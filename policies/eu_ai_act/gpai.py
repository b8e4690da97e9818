"""General-purpose AI models: the Commission's indicators of who is a provider (Art 3(63), guidelines of 2025).

The line of systemic risk (Art 51(2), strictly more than 10^25 FLOP) is the rule GPAI-SYSTEMIC-COMPUTE of the law data.
"""

from decimal import Decimal

from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows


class Indicator(Row, frozen=True, kw_only=True):
    """A number of the guidelines."""

    id: str
    value: Decimal
    text: str


def indicators(version: str = CURRENT_VERSION) -> dict[str, Indicator]:
    """The indicators by id."""
    return {row.id: row for row in read_rows("gpai_indicators", Indicator, version)}


def indicates_general_purpose(training_flop: Decimal | str, *, generates_content: bool) -> bool:
    """The indicator: more than 10^23 FLOP and text, audio, or image or video from text."""
    return generates_content and Decimal(training_flop) > indicators()["indicative_flop"].value


def modifier_becomes_provider(own_flop: Decimal | str, original_flop: Decimal | str) -> bool:
    """Whether modifying somebody else's model makes you its provider: own compute over a third of the original's."""
    return Decimal(own_flop) * indicators()["modifier_parts"].value > Decimal(original_flop)
