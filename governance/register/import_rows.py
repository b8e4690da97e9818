"""What a row of a file would do to the register, and what is wrong with it: column, fault, and what would be right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from governance.models import AISystem, Person, Unit, UseCase
from governance.register import files
from governance.register.submit import CODE, KEY, ROLES_UNDER_THE_ACT

PLAIN = ("name", "purpose", "sector", "affected_people", "data_used")
# Decided by acts of their own, never by a file; for a new entry the last four say with what it begins.
DECIDED = ("lifecycle", "tier", "mode")
HELD = ("roles", "owner", "systems", "suppliers")
MOST_A_DAY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """What one row would do: ``new``, ``changed``, ``same`` or ``wrong``; ``problems`` name the column.

    ``number`` is the row as a spreadsheet counts it, in JSON the place in the list. ``brings`` says who and what is
    added with a new entry because nobody of that name is on record: a misspelt owner shows here.
    """

    number: int
    ref: str
    name: str
    effect: str
    changes: tuple[str, ...]
    problems: tuple[str, ...]
    brings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of what the rows name: entries by reference and key, references by name, and names."""

    cases: dict[str, UseCase]
    named: dict[str, str]
    people: frozenset[str]
    units: frozenset[str]
    systems: frozenset[str]


def known_of(rows: list[dict[str, str]]) -> Known:
    """Look up what all rows name, in a handful of questions."""

    def given(column: str) -> set[str]:
        return {row[column] for row in rows if row.get(column)}

    systems = {name for row in rows for name in parts(row, "systems")}
    return Known(
        cases=cases_of(rows),
        named=dict(UseCase.objects.filter(name__in=given("name")).order_by("-ref").values_list("name", "ref")),
        people=frozenset(
            Person.objects.filter(name__in=given("owner"), left_at__isnull=True).values_list("name", flat=True)
        ),
        units=frozenset(Unit.objects.filter(name__in=given("unit")).values_list("name", flat=True)),
        systems=frozenset(AISystem.objects.filter(name__in=systems).values_list("name", flat=True)),
    )


def cases_of(rows: list[dict[str, str]]) -> dict[str, UseCase]:
    """Use cases the rows name, by reference and by key."""
    names = {row.get("ref", "").upper() for row in rows} | {row.get("key", "") for row in rows}
    found = UseCase.objects.filter(ref__in=names) | UseCase.objects.filter(key__in=names)
    cases = found.select_related("owner", "unit").prefetch_related("systems__supplier")
    return {name: case for case in cases for name in (case.ref, case.key)}


def line_of(number: int, row: dict[str, str], known: Known, seen: dict[str, int]) -> Line:
    """What one row would do; ``seen`` keeps in which row each use case stood first."""
    case = case_of(row, known.cases)
    problems = _problems(row, case)
    problems += _twice(number, row, case, known, seen)
    changes = changes_of(row, case) if case and not problems else {}
    effect = "wrong" if problems else "new" if case is None else "changed" if changes else "same"
    shown = row.get("name") or (case.name if case else "")
    brings = () if case or problems else tuple(_brings(row, known))
    return Line(number, case.ref if case else "", shown, effect, tuple(sorted(changes)), tuple(problems), brings)


def case_of(row: dict[str, str], cases: dict[str, UseCase]) -> UseCase | None:
    """The entry a row names by reference or key, or None for a new one."""
    return cases.get(row.get("ref", "").upper()) or cases.get(row.get("key", ""))


def _twice(number: int, row: dict[str, str], case: UseCase | None, known: Known, seen: dict[str, int]) -> list[str]:
    """Refuse to enter one thing twice: in the file, or beside an entry of the same name."""
    name, key = row.get("name", ""), row.get("key", "")
    one = case.ref if case else key or (f"name {name.casefold()}" if name else "")
    before = seen.setdefault(one, number) if one else number
    if before != number:
        column = "key" if key else "ref" if case else "name"
        return [_("%(name)s: row %(row)s is about the same use case") % {"name": column, "row": before}]
    if case is None and not key and name in known.named:
        text = _("name: %(ref)s is called the same; write %(ref)s into ref to change it, or give a key to add another")
        return [text % {"ref": known.named[name]}]
    return []


def _brings(row: dict[str, str], known: Known) -> Iterator[str]:
    if row["owner"] not in known.people:
        yield _("adds the person %(name)s") % {"name": row["owner"]}
    if row["unit"] not in known.units:
        yield _("adds the unit %(name)s") % {"name": row["unit"]}
    for name in parts(row, "systems"):
        if name not in known.systems:
            yield _("adds the system %(name)s") % {"name": name}


def _problems(row: dict[str, str], case: UseCase | None) -> list[str]:
    found = _new_problems(row) if case is None else _held_problems(row, case)
    unknown = set(parts(row, "roles")) - ROLES_UNDER_THE_ACT
    if unknown:
        given = {"roles": ", ".join(sorted(unknown))[:80], "known": ", ".join(sorted(ROLES_UNDER_THE_ACT))}
        found.append(_("roles: unknown is %(roles)s; known are %(known)s") % given)
    for name, known_values in (("effect", UseCase.Effect.values), ("reversibility", UseCase.Reversibility.values)):
        if row.get(name) and row[name] not in known_values:
            found.append(_("%(name)s: one of %(known)s") % {"name": name, "known": ", ".join(known_values)})
    return found + _shape_problems(row)


def _new_problems(row: dict[str, str]) -> list[str]:
    if row.get("ref"):
        text = _("ref: there is no use case %(ref)s; leave it empty for a new one, its number is given here")
        return [text % {"ref": row["ref"][:40]}]
    found = [
        _("%(name)s: a new use case needs it") % {"name": name}
        for name in ("name", "purpose", "owner", "unit")
        if not row.get(name)
    ]
    if row.get("key") and not KEY.match(row["key"]):
        found.append(_("key: 3 to 80 lower-case letters, digits and hyphens, for example cv-ranking"))
    if row.get("lifecycle") not in {None, "", UseCase.Lifecycle.PLANNED}:
        found.append(_("lifecycle: every use case begins as planned; leave it empty, and move it on its page"))
    for name in ("tier", "mode"):
        if row.get(name):
            found.append(
                _("%(name)s: decided on the page of the use case, with reasons; leave it empty") % {"name": name}
            )
    if len(parts(row, "suppliers")) > 1:
        found.append(_("suppliers: one for all systems of the row; register systems of several suppliers first"))
    return found


def _held_problems(row: dict[str, str], case: UseCase) -> list[str]:
    now, found = files.row_of(case), []
    for name in (*DECIDED, *HELD):
        if row.get(name) and row[name] != now[name] and set(parts(row, name)) != set(parts(now, name)):
            text = _("%(name)s: a file cannot change it; leave it empty (on record: %(now)s)")
            found.append(text % {"name": name, "now": now[name] or _("unknown")})
    return found


def _shape_problems(row: dict[str, str]) -> list[str]:
    found = []
    if row.get("first_use") and day_of(row["first_use"]) is None:
        found.append(_("first_use: write it as 2026-11-21"))
    for name, example in (("countries", "DE; LV"), ("languages", "de; lv")):
        if any(not CODE.match(code) for code in parts(row, name)):
            found.append(
                _("%(name)s: codes of two letters, for example %(example)s") % {"name": name, "example": example}
            )
    many = row.get("decisions_per_day", "")
    if many and not (many.isascii() and many.isdecimal() and len(many) <= 10 and int(many) <= MOST_A_DAY):
        found.append(_("decisions_per_day: a whole number, for example 250"))
    for name, most in (("name", 200), ("sector", 60), ("affected_people", 300), ("owner", 200), ("unit", 200)):
        if len(row.get(name, "")) > most:
            found.append(_("%(name)s: at most %(most)s characters") % {"name": name, "most": most})
    return found


def changes_of(row: dict[str, str], case: UseCase) -> dict[str, Any]:
    """Fields whose value in the file is given and differs; an empty cell says nothing."""
    values: dict[str, Any] = {name: row[name] for name in (*PLAIN, "effect", "reversibility") if row.get(name)}
    values |= {name: parts(row, name) for name in ("countries", "languages") if row.get(name)}
    if row.get("first_use"):
        values["first_use"] = day_of(row["first_use"])
    if row.get("decisions_per_day"):
        values["decisions_per_day"] = int(row["decisions_per_day"])
    changed = {name: value for name, value in values.items() if getattr(case, name) != value}
    if row.get("unit") and row["unit"] != case.unit.name:
        changed["unit"] = row["unit"]
    return changed


def parts(row: dict[str, str], name: str) -> list[str]:
    """The values of a list column, between semicolons or commas."""
    return [part.strip() for part in row.get(name, "").replace(",", ";").split(";") if part.strip()]


def day_of(text: str) -> date | None:
    """The day a cell names, as it was written or as a spreadsheet keeps it."""
    try:
        return date.fromisoformat(text.removesuffix(" 00:00:00")) if text else None
    except ValueError:
        return None
