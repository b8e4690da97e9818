"""Which conformity assessment a high-risk system takes (Art 43)."""

from collections.abc import Collection


def conformity_routes(
    *, annex_iii_points: Collection[str] = (), annex_i_section_a: bool = False, standards_in_full: bool = False
) -> tuple[str, ...]:
    """Routes open to the provider: ``sector``, ``annex_vi`` (internal control), ``annex_vii`` (notified body).

    ``annex_iii_points``: numbers such as ``"1"``. A product of Annex I Section A takes the product's procedure (43(3)).
    Biometrics (point 1) may choose internal control only where harmonised standards or common specifications are
    applied in full (43(1)); none was cited in the Official Journal in anything seen up to summer 2026.
    """
    if annex_i_section_a:
        return ("sector",)
    if "1" in annex_iii_points:
        return ("annex_vi", "annex_vii") if standards_in_full else ("annex_vii",)
    return ("annex_vi",) if annex_iii_points else ()


def needs_new_assessment(*, substantial: bool, predetermined: bool) -> bool:
    """Art 43(4): a substantial modification needs a new one; a change fixed beforehand (Annex IV 2(f)) is none."""
    return substantial and not predetermined
