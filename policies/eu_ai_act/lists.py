"""Screening lists: several questions on one page, so that a person reads ten lines instead of turning ten pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from policies.eu_ai_act import engine
from policies.eu_ai_act.answers import read_answers
from policies.eu_ai_act.law import Law, Row
from policies.eu_ai_act.loading import CURRENT_LAW, CURRENT_VERSION, read_rows


class ListItem(Row, frozen=True, kw_only=True):
    """A question or a number (all its letters), in one line."""

    id: str
    label: str


class ScreeningList(Row, frozen=True, kw_only=True):
    """One page of lines to mark."""

    id: str
    section: str
    title: str
    items: tuple[ListItem, ...]


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list as it is asked now: its lines, and the questions behind each line that are asked and open."""

    list: ScreeningList
    lines: tuple[tuple[ListItem, tuple[str, ...]], ...]

    def not_marked(self, marked: Collection[str]) -> tuple[str, ...]:
        """Questions answered "no" by not marking their line. Raises ValueError for a line the list does not have."""
        unknown = sorted(set(marked) - {item.id for item, _ in self.lines})
        if unknown:
            raise ValueError(f"{self.list.id} has no line {', '.join(unknown)}")
        return tuple(question for item, questions in self.lines if item.id not in marked for question in questions)


def screening_lists(version: str = CURRENT_VERSION) -> tuple[ScreeningList, ...]:
    """Every list, in the order of the wizard."""
    return read_rows("lists", ScreeningList, version)


def members(item: ListItem, law: Law = CURRENT_LAW) -> tuple[str, ...]:
    """The questions behind a line."""
    return law.group(item.id) or (item.id,)


def open_list(
    question: str, answers: Mapping[str, str], *, on_date: date, passed: Collection[str], law: Law = CURRENT_LAW
) -> OpenList | None:
    """The list to show instead of ``question``, or None: it stands in none, or its list was ``passed`` before."""
    found = next(
        (each for each in screening_lists() if question in {m for item in each.items for m in members(item, law)}), None
    )
    if found is None or found.id in passed:
        return None
    given = read_answers(answers, law).given
    asked = {each.id for each in engine.asked(engine.establish(law, given, on_date))} - set(given)
    lines = [(item, tuple(m for m in members(item, law) if m in asked)) for item in found.items]
    return OpenList(found, tuple((item, questions) for item, questions in lines if questions))
