"""Upper limits of fines (Arts 99-101). A cap, never a forecast: Art 99(7) weighs the case."""

from dataclasses import dataclass
from decimal import Decimal

from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows

SIZES = ("large", "smc", "sme")


class PenaltyTier(Row, frozen=True, kw_only=True):
    """A tier of fines; ``percent`` is None where only the fixed amount counts."""

    id: str
    infringement: str
    articles: tuple[str, ...]
    fixed: int
    percent: str
    sme_lower: bool
    smc_lower: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FineCap:
    """Cap in EUR, or None where the turnover that decides it is not known; ``rule`` says which amount won."""

    tier: str
    amount: Decimal | None
    rule: str


def penalty_tiers(version: str = CURRENT_VERSION) -> tuple[PenaltyTier, ...]:
    """Tiers of Arts 99(3)-(5), 100 and 101."""
    return read_rows("penalties", PenaltyTier, version)


def fine_cap(
    tier: str,
    *,
    turnover: Decimal | int | None,
    size: str,
    undertaking: bool = True,
    version: str = CURRENT_VERSION,
) -> FineCap:
    """The cap for one tier. ``turnover``: worldwide, EUR, preceding year; ``size``: large, smc or sme.

    Higher of the two amounts; lower for SMEs (99(6)) and, outside Art 5, small mid-caps (99(6a)). A body that is no
    undertaking: the fixed amount. Raises ValueError for an unknown tier or size.
    """
    table = {row.id: row for row in penalty_tiers(version)}
    if tier not in table or size not in SIZES:
        raise ValueError(f"no cap for tier {tier!r}, size {size!r}; tiers {', '.join(table)}; sizes {', '.join(SIZES)}")
    row = table[tier]
    if not undertaking or not row.percent:
        return FineCap(tier=tier, amount=Decimal(row.fixed), rule="fixed")
    if turnover is None:
        return FineCap(tier=tier, amount=None, rule="turnover not known")
    share = Decimal(turnover) * Decimal(row.percent) / 100
    lower = (size == "sme" and row.sme_lower) or (size == "smc" and row.smc_lower)
    choose = min if lower else max
    return FineCap(tier=tier, amount=choose(Decimal(row.fixed), share), rule="lower" if lower else "higher")


def company_size(*, staff: int, turnover: Decimal | int | None, balance: Decimal | int | None) -> str | None:
    """``sme``, ``smc`` or ``large``; None where the missing figure could decide.

    SME: Rec. 2003/361/EC (< 250 staff, turnover <= EUR 50m or balance <= 43m); SMC: Rec. (EU) 2025/1099 (< 750 staff,
    turnover <= 150m or balance <= 129m).
    """
    for name, limit, top_turnover, top_balance in (("sme", 250, 50, 43), ("smc", 750, 150, 129)):
        if staff >= limit:
            continue
        within = _within(turnover, top_turnover), _within(balance, top_balance)
        if True in within:
            return name
        if None in within:
            return None
    return "large"


def _within(figure: Decimal | int | None, millions: int) -> bool | None:
    return None if figure is None else figure <= millions * 1_000_000
