"""The crosswalk: one control, the closest provisions of the AI Act, and the checklist points that give evidence.

Best effort; a mapping is no presumption of conformity with either text.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from policies.eu_ai_act.annexes import annex_iv
from policies.eu_ai_act.checklist import check_rows
from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import convert
from policies.eu_ai_act.yaml_data import read_yaml

FRAMEWORKS = ("iso_42001", "nist_ai_rmf")
_DATA = Path(__file__).parent / "data"
_ANNEX_IV = "Annex IV"


class Control(Row, frozen=True, kw_only=True):
    """One control or subcategory; ``ai_act`` holds article references such as ``26(2)`` or ``Annex IV 2(d)``."""

    id: str
    title: str
    ai_act: tuple[str, ...]


class Framework(Row, frozen=True, kw_only=True):
    """A framework with its controls in order."""

    id: str
    title: str
    source: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What answers a control: ids of checklist points and of Annex IV items; both empty: nothing computed or filed."""

    control: str
    points: tuple[str, ...]
    annex_iv: tuple[str, ...]


@lru_cache(maxsize=4)
def framework(framework_id: str) -> Framework:
    """A framework by id. Raises ValueError for an unknown one."""
    if framework_id not in FRAMEWORKS:
        raise ValueError(f"no framework {framework_id!r}; there is {', '.join(FRAMEWORKS)}")
    return convert(read_yaml(_DATA / f"{framework_id}.yaml"), Framework, f"{framework_id}.yaml")


@lru_cache(maxsize=4)
def evidence_for(framework_id: str) -> tuple[Evidence, ...]:
    """For each control, in order, the points of the AI Act checklist that give the same evidence."""
    return tuple(_evidence(control) for control in framework(framework_id).controls)


def controls_for(point: str, framework_id: str) -> tuple[str, ...]:
    """Controls that a checklist point (its id, such as ``26(2)``) gives evidence for."""
    return tuple(found.control for found in evidence_for(framework_id) if point in found.points)


def _evidence(control: Control) -> Evidence:
    articles = [ref for ref in control.ai_act if not ref.startswith(_ANNEX_IV)]
    annex = [ref.removeprefix(_ANNEX_IV).strip() for ref in control.ai_act if ref.startswith(_ANNEX_IV)]
    return Evidence(
        control=control.id,
        points=tuple(row.id for row in check_rows() if any(_within(row.article, f"Art {ref}") for ref in articles)),
        annex_iv=tuple(item.id for item in annex_iv() if any(_within(item.item, ref) for ref in annex)),
    )


def _within(article: str, reference: str) -> bool:
    """Whether an article lies at or below a reference: ``Art 9(2)(a)`` is within ``Art 9(2)``."""
    if not reference or article == reference:
        return True
    return article.startswith(reference) and article[len(reference)] in "(,/"
