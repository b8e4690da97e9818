"""Bring a file into the register: checked first without writing anything, applied as a whole or not at all."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.access import DomainError, Invalid, record_change
from governance.models import AISystem, Person, RegisterImport, Unit, User
from governance.register import files
from governance.register.edit import edit_use_case
from governance.register.import_rows import PLAIN, Line, case_of, cases_of, changes_of, day_of, known_of, line_of, parts
from governance.register.people import name_person, name_unit
from governance.register.submit import free_key, register_system, submit_use_case


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
    known, seen = known_of(batch.rows), dict[str, int]()
    return [line_of(number, row, known, seen) for number, row in _numbered(batch)]


def apply(*, actor: User, at: datetime, batch: RegisterImport) -> list[Line]:
    """Write every row, or nothing: raises :class:`NotClean` while a row is wrong, or when it was applied before."""
    with transaction.atomic():
        current = RegisterImport.objects.select_for_update().get(pk=batch.pk)
        if current.applied_at is not None:
            raise NotClean(_("This file was applied already."))
        lines = dry_run(current)
        wrong = sum(bool(line.problems) for line in lines)
        if wrong:
            text = ngettext(
                "%(n)s row is wrong; correct the file and check it again.",
                "%(n)s rows are wrong; correct the file and check it again.",
                wrong,
            )
            raise NotClean(text % {"n": wrong}, wrong=wrong)
        for line, (_number, row) in zip(lines, _numbered(current), strict=True):
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


def _numbered(batch: RegisterImport) -> list[tuple[int, dict[str, str]]]:
    """Rows that hold something, with the number by which whoever made the file finds them."""
    first = 1 if batch.file_name.lower().endswith(".json") else 2
    return [(number, row) for number, row in enumerate(batch.rows, start=first) if row]


def _write(actor: User, at: datetime, row: dict[str, str]) -> None:
    case = case_of(row, cases_of([row]))
    if case is not None:
        changes = changes_of(row, case)
        if "unit" in changes:
            changes["unit"] = name_unit(actor=actor, at=at, name=changes["unit"])
        edit_use_case(actor=actor, at=at, use_case=case, changes=changes)
        return
    unit = Unit.objects.filter(name=row["unit"]).first() or name_unit(actor=actor, at=at, name=row["unit"])
    owner = Person.objects.filter(name=row["owner"], left_at__isnull=True).order_by("ref").first()
    owner = owner or name_person(actor=actor, at=at, name=row["owner"], unit=unit)
    suppliers = parts(row, "suppliers")
    systems = [
        AISystem.objects.filter(name=name).order_by("ref").first()
        or register_system(actor=actor, at=at, name=name, supplier=suppliers[0] if len(suppliers) == 1 else "")
        for name in parts(row, "systems")
    ]
    given: dict[str, Any] = {name: row.get(name, "") for name in PLAIN}
    submit_use_case(
        actor=actor,
        at=at,
        key=row.get("key") or free_key(row["name"]),
        owner=owner,
        unit=unit,
        roles=parts(row, "roles") or ["deployer"],
        systems=systems,
        countries=parts(row, "countries"),
        languages=parts(row, "languages"),
        first_use=day_of(row.get("first_use", "")),
        effect=row.get("effect", ""),
        reversibility=row.get("reversibility", ""),
        decisions_per_day=int(row["decisions_per_day"]) if row.get("decisions_per_day") else None,
        **given,
    )


__all__ = ["Invalid", "Line", "NotClean", "apply", "dry_run", "take"]
