"""Lists of the annexes as data: technical documentation (IV), declaration (V), registration (VIII A, B, C)."""

from collections.abc import Collection
from dataclasses import dataclass

from policies.eu_ai_act.classification import Classification
from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows

_SECTION_OF_DUTY = {"art-49-1": "A", "art-49-2": "B", "art-49-3": "C"}


class AnnexItem(Row, frozen=True, kw_only=True):
    """One item of an annex. ``computed_from`` empty: a person writes it; ``condition``: only then."""

    id: str
    item: str
    text: str
    computed_from: str = ""
    condition: str = ""
    reduced: bool = False


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a list has evidence; ``open_conditional`` lacks evidence but may not apply."""

    present: tuple[str, ...]
    missing: tuple[str, ...]
    open_conditional: tuple[str, ...]

    @property
    def total(self) -> int:
        """All items, conditional ones included."""
        return len(self.present) + len(self.missing) + len(self.open_conditional)


def annex_iv(version: str = CURRENT_VERSION) -> tuple[AnnexItem, ...]:
    """The 23 leaf items of the technical documentation (Art 11(1))."""
    return read_rows("annex_iv", AnnexItem, version)


def annex_v(version: str = CURRENT_VERSION) -> tuple[AnnexItem, ...]:
    """The 8 items of the EU declaration of conformity (Art 47)."""
    return read_rows("annex_v", AnnexItem, version)


def annex_viii(section: str, *, non_public: bool = False, version: str = CURRENT_VERSION) -> tuple[AnnexItem, ...]:
    """Registration items of section A, B or C; ``non_public``: the reduced set of Art 49(4).

    Raises ValueError for another section.
    """
    if section not in ("A", "B", "C"):
        raise ValueError(f"Annex VIII has no section {section!r}; use A (49(1)), B (49(2)) or C (49(3))")
    rows = read_rows("annex_viii", AnnexItem, version)
    return tuple(row for row in rows if row.id.startswith(section) and (row.reduced or not non_public))


def registration_sections(result: Classification) -> tuple[str, ...]:
    """Sections of Annex VIII the classification asks for, certain ones only (Art 49(1)-(3); point 2 is national)."""
    duties = {duty.id for duty in result.duties if duty.certain}
    return tuple(section for duty, section in _SECTION_OF_DUTY.items() if duty in duties)


def completeness(items: Collection[AnnexItem], filled: Collection[str]) -> Completeness:
    """Which items have evidence. Raises ValueError for an id that is not in the list."""
    known = {item.id for item in items}
    if set(filled) - known:
        raise ValueError(
            f"no such items: {', '.join(sorted(set(filled) - known))}; there are {', '.join(sorted(known))}"
        )
    rest = [item for item in items if item.id not in filled]
    return Completeness(
        present=tuple(item.id for item in items if item.id in filled),
        missing=tuple(item.id for item in rest if not item.condition),
        open_conditional=tuple(item.id for item in rest if item.condition),
    )
