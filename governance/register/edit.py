"""Change what the register says about a use case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.models import AISystem, UseCase, User
from governance.register.snapshot import use_case_snapshot
from governance.register.submit import check_words

EDITABLE = frozenset(
    {
        "name", "purpose", "unit", "affected_people", "countries", "languages", "data_used", "first_use",
        "sector", "effect", "reversibility", "decisions_per_day",
    }
)  # fmt: skip


class EditConflict(DomainError):
    """Somebody changed the entry after it was read; ``data['fields']`` names what they changed."""

    code = "edit_conflict"


def edit_use_case(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    changes: Mapping[str, Any],
    systems: list[AISystem] | None = None,
    seen: Mapping[str, Any] | None = None,
    reason: str = "",
) -> UseCase:
    """Change fields of the entry; owner, lifecycle, mode and roles have verbs of their own.

    ``seen`` is the snapshot the editor started from: where somebody changed one of these fields meanwhile, nothing is
    written and :class:`EditConflict` names them. Writes nothing when nothing differs.
    """
    unknown = sorted(set(changes) - EDITABLE)
    if unknown:
        raise Invalid(_("This cannot be changed here."), field=unknown[0], unknown=unknown)
    with transaction.atomic():
        current = UseCase.objects.select_for_update().get(pk=use_case.pk)
        check_words(name=changes.get("name", current.name), purpose=changes.get("purpose", current.purpose))
        before = use_case_snapshot(current)
        if seen is not None:
            refuse_overtaken(before, seen, {*changes, *(["systems"] if systems is not None else [])})
        for name, value in changes.items():
            setattr(current, name, value.strip() if isinstance(value, str) else value)
        current.save(update_fields=list(changes) or None)
        if systems is not None:
            current.systems.set(systems)
        after = use_case_snapshot(current)
        if after != before:
            record_change(
                actor=actor,
                at=at,
                action="register.use_case.edited",
                obj=current,
                before=before,
                after={**after, "reason": reason} if reason else after,
                simulated=current.simulated,
            )
    return current


def refuse_overtaken(now: Mapping[str, Any], seen: Mapping[str, Any], fields: set[str]) -> None:
    """Raise :class:`EditConflict` where one of ``fields`` is no longer what the editor saw."""
    moved = sorted(name for name in fields if name in seen and now.get(name) != seen[name])
    if moved:
        raise EditConflict(
            _("Somebody else changed %(fields)s meanwhile. Look at the entry as it is now and change it again.")
            % {"fields": ", ".join(moved)},
            fields=moved,
        )
