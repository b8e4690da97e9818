"""Serious incidents: the Art 73 clock, what is reportable, and who is told in which order (Art 73, 26(5))."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows

RECIPIENTS = {
    "ai_office": "AI Office",
    "authority": "market surveillance authority of the Member State where it happened",
    "provider": "provider",
    "supply": "importer or distributor",
    "unreachable": "the provider cannot be reached: its clock then binds the deployer",
}


class IncidentKind(Row, frozen=True, kw_only=True):
    """A kind of serious incident of Art 3(49), or widespread infringement of Art 3(61)."""

    id: str
    definition: str
    article: str
    days: int
    title: str


class UnknownIncidentKind(ValueError):
    """A kind the law data does not list; ``known`` holds those it does."""

    code = "unknown_incident_kind"

    def __init__(self, kinds: Collection[str], known: Collection[str]) -> None:
        self.kinds, self.known = tuple(kinds), tuple(known)
        wrong = ", ".join(kinds) or "nothing"
        super().__init__(f"cannot set a clock for {wrong}; name one or more of {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The latest day for the report. ``strict`` counts; ``next_working_day`` is only a note (Reg. 1182/71 Art 3(4))."""

    kind: str
    article: str
    days: int
    strict: date
    next_working_day: date


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told, in order. ``condition`` empty: always."""

    order: int
    who: str
    article: str
    condition: str = ""


def incident_kinds(version: str = CURRENT_VERSION) -> tuple[IncidentKind, ...]:
    """Kinds of serious incident with their days."""
    return read_rows("incidents", IncidentKind, version)


def deadlines(
    kinds: Collection[str], *, aware_on: date, holidays: Collection[date] = (), version: str = CURRENT_VERSION
) -> tuple[Deadline, ...]:
    """One deadline per kind, earliest first: the first is the one that counts (Art 73(2)-(4)).

    ``aware_on`` is the day the provider (or, where it applies, the deployer) became aware; it is not counted.
    Reporting is due at once; these are the latest days. Raises UnknownIncidentKind.
    """
    table = {kind.id: kind for kind in incident_kinds(version)}
    if not kinds or set(kinds) - set(table):
        raise UnknownIncidentKind(sorted(set(kinds) - set(table)), list(table))
    found = [_deadline(table[kind], aware_on, holidays) for kind in table if kind in kinds]
    return tuple(sorted(found, key=lambda deadline: deadline.strict))


def _deadline(kind: IncidentKind, aware_on: date, holidays: Collection[date]) -> Deadline:
    strict = aware_on + timedelta(days=kind.days)
    working = strict
    while working.weekday() >= 5 or working in holidays:
        working += timedelta(days=1)
    return Deadline(kind=kind.id, article=kind.article, days=kind.days, strict=strict, next_working_day=working)


def reportable(kinds: Collection[str], *, sector_reporting: bool) -> tuple[str, ...]:
    """Kinds to report under the Act: with equivalent sector reporting only Art 3(49)(c) (Art 73(9), (10))."""
    return tuple(kind for kind in kinds if not sector_reporting or kind == "fundamental_rights")


def recipients(role: str, *, ai_office: bool = False) -> tuple[Recipient, ...]:
    """Order of notice: a deployer tells the provider first (Art 26(5)); a provider tells the authority (Art 73(1)).

    ``ai_office``: the AI Office alone supervises the system (Art 75(1)). Raises ValueError for other roles.
    """
    authority = RECIPIENTS["ai_office" if ai_office else "authority"]
    if role == "provider":
        return (Recipient(1, authority, "Art 75(1)" if ai_office else "Art 73(1)"),)
    if role == "deployer":
        return (
            Recipient(1, RECIPIENTS["provider"], "Art 26(5)"),
            Recipient(2, RECIPIENTS["supply"], "Art 26(5)"),
            Recipient(2, authority, "Art 26(5)"),
            Recipient(3, authority, "Art 73", RECIPIENTS["unreachable"]),
        )
    raise ValueError(f"no order of notice for {role!r}; use provider or deployer")
