"""Bring a file into the register: checked first without writing anything, applied as a whole or not at all."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.models import AISystem, Person, RegisterImport, Unit, UseCase, User
from governance.register import files
from governance.register.edit import edit_use_case
from governance.register.people import name_person, name_unit
from governance.register.submit import KEY, ROLES_UNDER_THE_ACT, free_key, register_system, submit_use_case

PLAIN = ("name", "purpose", "sector", "affected_people", "data_used")
READ_ONLY = ("lifecycle", "tier", "mode")  # decided by acts of their own, never by a file


@dataclass(frozen=True, slots=True)
class Line:
    """What one row would do: ``new``, ``changed``, ``same`` or ``wrong``; ``problems`` name the column."""

    number: int
    ref: str
    name: str
    effect: str
    changes: tuple[str, ...]
    problems: tuple[str, ...]


class NotClean(DomainError):
    """Rows are wrong; nothing was written."""

    code = "import_not_clean"


def take(*, actor: User, at: datetime, content: bytes, name: str) -> RegisterImport:
    """Read a file and keep its rows for a dry run; raises :class:`Invalid` for a file that cannot be read."""
    rows = files.read(content, name)
    return RegisterImport.objects.create(
        file_name=name[-200:],
        digest=hashlib.sha256(content).hexdigest(),
        rows=rows,
        asked_by=actor,
        asked_at=at,
    )


def dry_run(batch: RegisterImport) -> list[Line]:
    """What every row would do now; writes nothing."""
    known = _known(batch.rows)
    seen: set[str] = set()
    return [_line(number, row, known, seen) for number, row in enumerate(batch.rows, start=2)]


def apply(*, actor: User, at: datetime, batch: RegisterImport) -> list[Line]:
    """Write every row, or nothing: raises :class:`NotClean` while a row is wrong, or when it was applied before."""
    with transaction.atomic():
        current = RegisterImport.objects.select_for_update().get(pk=batch.pk)
        if current.applied_at is not None:
            raise NotClean(_("This file was applied already."))
        lines = dry_run(current)
        wrong = sum(bool(line.problems) for line in lines)
        if wrong:
            raise NotClean(_("%(n)s rows are wrong; correct the file and check it again.") % {"n": wrong}, wrong=wrong)
        for line, row in zip(lines, current.rows, strict=True):
            if line.effect != "same":
                _write(actor, at, row)
        current.applied_at = at
        current.save(update_fields=["applied_at"])
        record_change(
            actor=actor,
            at=at,
            action="register.imported",
            obj=current,
            before=None,
            after={
                "file": current.file_name,
                "sha256": current.digest,
                "new": sum(line.effect == "new" for line in lines),
                "changed": sum(line.effect == "changed" for line in lines),
            },
        )
    return lines


def _known(rows: list[dict[str, str]]) -> dict[str, UseCase]:
    """Use cases the rows name, by reference and by key."""
    names = {row.get("ref", "").upper() for row in rows} | {row.get("key", "") for row in rows}
    found = UseCase.objects.filter(ref__in=names) | UseCase.objects.filter(key__in=names)
    cases = found.select_related("owner", "unit").prefetch_related("systems__supplier")
    return {name: case for case in cases for name in (case.ref, case.key)}


def _line(number: int, row: dict[str, str], known: dict[str, UseCase], seen: set[str]) -> Line:
    case = _case(row, known)
    problems = _problems(row, case)
    name = row.get("key") or row.get("ref", "").upper()
    if name and name in seen:
        problems.append(_("key: this use case stands in the file twice"))
    seen.add(name)
    changes = _changes(row, case) if case else {}
    effect = "wrong" if problems else "new" if case is None else "changed" if changes else "same"
    shown = row.get("name") or (case.name if case else "")
    return Line(number, case.ref if case else "", shown, effect, tuple(sorted(changes)), tuple(problems))


def _case(row: dict[str, str], known: dict[str, UseCase]) -> UseCase | None:
    return known.get(row.get("ref", "").upper()) or known.get(row.get("key", ""))


def _problems(row: dict[str, str], case: UseCase | None) -> list[str]:
    found = []
    if row.get("ref") and case is None:
        found.append(_("ref: there is no use case %(ref)s") % {"ref": row["ref"][:40]})
    if case is None:
        for name in ("name", "purpose", "owner", "unit"):
            if not row.get(name):
                found.append(_("%(name)s: a new use case needs it") % {"name": name})
        if row.get("key") and not KEY.match(row["key"]):
            found.append(_("key: 3 to 80 lower-case letters, digits and hyphens"))
    unknown = set(_list(row, "roles")) - ROLES_UNDER_THE_ACT
    if unknown:
        found.append(_("roles: unknown %(roles)s") % {"roles": ", ".join(sorted(unknown))[:80]})
    for name, known_values in (("effect", UseCase.Effect.values), ("reversibility", UseCase.Reversibility.values)):
        if row.get(name) and row[name] not in known_values:
            found.append(_("%(name)s: one of %(known)s") % {"name": name, "known": ", ".join(known_values)})
    found += _shape_problems(row)
    if case is not None:
        found += [
            _("%(name)s: a file cannot change it") % {"name": name}
            for name in READ_ONLY
            if row.get(name) and row[name] != getattr(case, name)
        ]
    return found


def _shape_problems(row: dict[str, str]) -> list[str]:
    found = []
    if row.get("first_use") and _day(row["first_use"]) is None:
        found.append(_("first_use: write it as 2026-11-21"))
    if row.get("decisions_per_day") and not row["decisions_per_day"].isdecimal():
        found.append(_("decisions_per_day: a whole number"))
    for name, most in (("name", 200), ("sector", 60), ("affected_people", 300), ("owner", 200), ("unit", 200)):
        if len(row.get(name, "")) > most:
            found.append(_("%(name)s: at most %(most)s characters") % {"name": name, "most": most})
    if any("\x00" in value for value in row.values()):
        found.append(_("the row holds the character U+0000"))
    return found


def _changes(row: dict[str, str], case: UseCase) -> dict[str, Any]:
    """Fields whose value in the file is given and differs; an empty cell says nothing."""
    values: dict[str, Any] = {name: row[name] for name in (*PLAIN, "effect", "reversibility") if row.get(name)}
    values |= {name: _list(row, name) for name in ("countries", "languages") if row.get(name)}
    if row.get("first_use"):
        values["first_use"] = _day(row["first_use"])
    if row.get("decisions_per_day"):
        values["decisions_per_day"] = int(row["decisions_per_day"])
    changed = {name: value for name, value in values.items() if getattr(case, name) != value}
    if row.get("unit") and row["unit"] != case.unit.name:
        changed["unit"] = row["unit"]
    return changed


def _write(actor: User, at: datetime, row: dict[str, str]) -> None:
    case = _case(row, _known([row]))
    if case is not None:
        changes = _changes(row, case)
        if "unit" in changes:
            changes["unit"] = name_unit(actor=actor, at=at, name=changes["unit"])
        edit_use_case(actor=actor, at=at, use_case=case, changes=changes)
        return
    unit = Unit.objects.filter(name=row["unit"]).first() or name_unit(actor=actor, at=at, name=row["unit"])
    owner = Person.objects.filter(name=row["owner"], left_at__isnull=True).order_by("ref").first()
    owner = owner or name_person(actor=actor, at=at, name=row["owner"], unit=unit)
    suppliers = _list(row, "suppliers")
    systems = [
        AISystem.objects.filter(name=name).order_by("ref").first()
        or register_system(actor=actor, at=at, name=name, supplier=suppliers[0] if len(suppliers) == 1 else "")
        for name in _list(row, "systems")
    ]
    given: dict[str, Any] = {name: row.get(name, "") for name in PLAIN}
    submit_use_case(
        actor=actor,
        at=at,
        key=row.get("key") or free_key(row["name"]),
        owner=owner,
        unit=unit,
        roles=_list(row, "roles") or ["deployer"],
        systems=systems,
        countries=_list(row, "countries"),
        languages=_list(row, "languages"),
        first_use=_day(row.get("first_use", "")),
        effect=row.get("effect", ""),
        reversibility=row.get("reversibility", ""),
        decisions_per_day=int(row["decisions_per_day"]) if row.get("decisions_per_day") else None,
        **given,
    )


def _list(row: dict[str, str], name: str) -> list[str]:
    return [part.strip() for part in row.get(name, "").replace(",", ";").split(";") if part.strip()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


__all__ = ["Invalid", "Line", "NotClean", "apply", "dry_run", "take"]
