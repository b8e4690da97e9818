"""Who must assess the impact on fundamental rights, and what the assessment contains (Art 27)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

ELEMENTS = {
    "27(1)(a)": "the processes in which the system is used",
    "27(1)(b)": "the period and frequency of use",
    "27(1)(c)": "the categories of persons and groups affected",
    "27(1)(d)": "the specific risks of harm to them, using the provider's Art 13 information",
    "27(1)(e)": "how human oversight is implemented",
    "27(1)(f)": "measures if the risks occur, governance and complaints",
}
REASONS = {
    "credit_or_insurance": "any deployer of Annex III 5(b) or 5(c)",
    "no_point": "no Annex III point other than 2",
    "public": "body governed by public law or private provider of public services",
    "open": "depends on who deploys it",
    "private": "private deployer without public services",
    "not_classified": "not classified",
    "not_annex_iii": "not high-risk under Annex III",
    "not_deployer": "not a deployer",
}
_ANY_DEPLOYER = {"5(b)", "5(c)"}


@dataclass(frozen=True, slots=True)
class FriaRequirement:
    """``required`` None: the facts in ``depends_on`` decide. ``reason`` names the limb of Art 27(1)."""

    required: bool | None
    reason: str
    depends_on: tuple[str, ...] = ()


def fria_required(
    annex_iii: Collection[str], *, public_body: bool | None, private_public_service: bool | None
) -> FriaRequirement:
    """The rule of Art 27(1) for a deployer. ``annex_iii``: high-risk points such as ``"5(b)"``, ``"2"``.

    Pass no points for Annex I or for a system derogated under Art 6(3): neither needs one.
    """
    points = set(annex_iii)
    if points & _ANY_DEPLOYER:
        return FriaRequirement(True, REASONS["credit_or_insurance"])
    if not points - {"2"}:
        return FriaRequirement(False, REASONS["no_point"])
    facts = {"public_body": public_body, "private_public_service": private_public_service}
    if True in facts.values():
        return FriaRequirement(True, REASONS["public"])
    unknown = tuple(name for name, value in facts.items() if value is None)
    if unknown:
        return FriaRequirement(None, REASONS["open"], unknown)
    return FriaRequirement(False, REASONS["private"])


def fria_in_time(*, assessed_on: date | None, first_use: date | None) -> bool | None:
    """Whether it was made before first use (27(1)); None while either date is unknown and nothing is used yet."""
    if first_use is None:
        return None
    return assessed_on is not None and assessed_on < first_use
