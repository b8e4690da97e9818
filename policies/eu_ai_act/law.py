"""The Act as one frozen, dated value: questions, rules, dates, duties, roles. Loaded once from YAML and validated.

Paraphrase of Regulation (EU) 2024/1689 as amended by Regulation (EU) 2026/1744; every row names its article.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeVar

import msgspec

from policies.eu_ai_act.conditions import Condition

K = TypeVar("K")
V = TypeVar("V")


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of law data; fields nobody knows are refused on load."""


class DateRow(Row, frozen=True, kw_only=True):
    """When something applies (section 1.2 of the fact sheet); ``applies_from`` is None for a trigger."""

    id: str
    kind: str
    provision: str
    subject: str
    confidence: str
    applies_from: date | None = None
    previous: date | None = None
    trigger: str = ""


class Outcome(Row, frozen=True, kw_only=True):
    """A code a classification may carry, most demanding first by ``rank``."""

    code: str
    rank: int
    tier: str
    title: str
    article: str
    meaning: str
    flag: bool = False


class Question(Row, frozen=True, kw_only=True):
    """One question of the wizard. ``fill`` False: the general answer ``otherwise`` does not reach it."""

    id: str
    section: str
    article: str
    text: str
    help: str
    examples: tuple[str, ...]
    kind: str
    values: Mapping[str, str]
    affects: str
    required: bool
    fill: bool
    ask_when: Condition | None
    section_when: Condition | None
    section_unless: Condition | None


class Rule(Row, frozen=True, kw_only=True):
    """A stable rule: when it fires, what it rests on, and the outcome it establishes (if any)."""

    id: str
    stage: str
    text: str
    basis: tuple[str, ...]
    when: Condition | None
    outcome: str = ""
    date: str = ""
    point: str = ""
    basis_from: str = ""


class DutyDates(Row, frozen=True, kw_only=True):
    """Row ids of the formal and the operative date of a duty (open reading, section 1.5)."""

    formal: str
    operative: str


class DutyRow(Row, frozen=True, kw_only=True):
    """A duty: whom it binds, what triggers it, and on which facts it depends."""

    id: str
    article: str
    roles: tuple[str, ...]
    profile: str
    trigger: tuple[str, ...]
    text: str
    when: Condition | None


class Role(Row, frozen=True, kw_only=True):
    """An operator role of Art 3."""

    id: str
    title: str
    article: str
    test: str
    note: str


class RoleQuestion(Row, frozen=True, kw_only=True):
    """One question of the role wizard and the roles a yes gives."""

    id: str
    text: str
    roles: tuple[str, ...]


class Flip(Row, frozen=True, kw_only=True):
    """A role flip of Art 25(1): the question that asks and the rule that fires."""

    id: str
    article: str
    rule: str
    title: str


class Section(Row, frozen=True, kw_only=True):
    """A heading of the wizard."""

    id: str
    title: str


class Head(Row, frozen=True, kw_only=True):
    """Which text this is."""

    version: str
    title: str
    celex: str
    in_force_from: date
    checked_on: date
    source: str
    otherwise: str


class Law(Row, frozen=True, kw_only=True):
    """One version of the law as data. ``digest``: SHA-256 over its files, stored with an assessment."""

    head: Head
    digest: str
    dates: Mapping[str, DateRow]
    outcomes: Mapping[str, Outcome]
    sections: tuple[Section, ...]
    questions: Mapping[str, Question]
    rules: Mapping[str, Rule]
    stages: Mapping[str, tuple[Rule, ...]]
    duties: tuple[DutyRow, ...]
    profiles: Mapping[str, Mapping[str, DutyDates]]
    roles: tuple[Role, ...]
    role_questions: tuple[RoleQuestion, ...]
    flips: tuple[Flip, ...]
    warnings: Mapping[str, str]

    @property
    def version(self) -> str:
        """Name of this version, for example ``2026-07-27.1``."""
        return self.head.version

    def stage(self, name: str) -> tuple[Rule, ...]:
        """Rules of one stage, in order."""
        return self.stages[name]

    def day(self, row_id: str) -> date | None:
        """The date a row of the date table gives; None where only a trigger is known."""
        return self.dates[row_id].applies_from

    def group(self, prefix: str) -> tuple[str, ...]:
        """Letter-level questions of a number, for example ``Q16`` gives Q16a, Q16b, Q16c; empty if it is a question."""
        if prefix in self.questions or not re.fullmatch(r"Q\d+", prefix):
            return ()
        return tuple(q for q in self.questions if q[: len(prefix)] == prefix and q[len(prefix) :].isalpha())


def frozen(mapping: dict[K, V]) -> Mapping[K, V]:
    """A read-only view that keeps order."""
    return MappingProxyType(mapping)


def digest(parts: Mapping[str, bytes]) -> str:
    """SHA-256 over names and bytes of the files, in name order, length-prefixed."""
    total = hashlib.sha256()
    for name in sorted(parts):
        for piece in (name.encode(), parts[name]):
            total.update(len(piece).to_bytes(8, "big") + piece)
    return total.hexdigest()
