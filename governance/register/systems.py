"""Models, versions and suppliers: what is inside a system, since when, and who stands behind it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from governance.access import Invalid, record_change
from governance.models import (
    AIModel,
    AISystem,
    Incident,
    ModelVersion,
    Supplier,
    SystemVersion,
    User,
    next_reference,
)
from governance.register.edit import refuse_overtaken
from governance.register.snapshot import system_snapshot


def register_model(
    *,
    actor: User,
    at: datetime,
    name: str,
    supplier: str = "",
    description: str = "",
    general_purpose: bool = False,
    versions: Iterable[str] = (),
) -> AIModel:
    """Register a model, its supplier when it is new, and the versions known so far."""
    if not name.strip():
        raise Invalid(_("A model needs a name."), field="name")
    with transaction.atomic():
        maker = Supplier.objects.get_or_create(name=supplier.strip())[0] if supplier.strip() else None
        model = AIModel.objects.create(
            ref=next_reference("M"),
            name=name.strip(),
            supplier=maker,
            description=description,
            general_purpose=general_purpose,
        )
        known = [version.strip() for version in versions if version.strip()]
        ModelVersion.objects.bulk_create(ModelVersion(model=model, version=version) for version in dict.fromkeys(known))
        after = {
            "ref": model.ref,
            "name": model.name,
            "supplier": maker.name if maker else None,
            "general_purpose": general_purpose,
            "versions": known,
        }
        record_change(actor=actor, at=at, action="register.model.registered", obj=model, before=None, after=after)
    return model


def add_model_version(
    *, actor: User, at: datetime, model: AIModel, version: str, released_on: date | None = None
) -> ModelVersion:
    """Record a new version of a model."""
    if not version.strip():
        raise Invalid(_("A version needs a name, as the system reports it."), field="version")
    try:
        with transaction.atomic():
            made = ModelVersion.objects.create(model=model, version=version.strip(), released_on=released_on)
            record_change(
                actor=actor,
                at=at,
                action="register.model.versioned",
                obj=model,
                before=None,
                after={"version": made.version, "released_on": released_on.isoformat() if released_on else None},
            )
    except IntegrityError as error:
        raise Invalid(_("This version is on record already."), field="version") from error
    return made


class Frozen(Invalid):
    """The system must not be altered while an incident is investigated (AI Act Art 73(6))."""

    code = "system_frozen"


def add_system_version(
    *,
    actor: User,
    at: datetime,
    system: AISystem,
    version: str,
    model_versions: Iterable[ModelVersion] = (),
    in_use_from: date | None = None,
    substantial: bool | None = None,
    note: str = "",
) -> SystemVersion:
    """Record a new version of a system; the one in use before ends on the day this one begins.

    Raises :class:`Frozen` while an incident holds the system unaltered.
    """
    if not version.strip():
        raise Invalid(_("A version needs a name, as the system reports it."), field="version")
    if Incident.objects.filter(system=system, frozen_since__isnull=False, closed_at__isnull=True).exists():
        raise Frozen(_("An open incident holds this system unaltered (AI Act Art 73(6))."), field="version")
    before = system_snapshot(system)
    try:
        with transaction.atomic():
            if in_use_from is not None:
                open_rows = system.versions.filter(in_use_from__lte=in_use_from, in_use_until__isnull=True)
                open_rows.update(in_use_until=in_use_from)
            made = SystemVersion.objects.create(
                system=system,
                version=version.strip(),
                in_use_from=in_use_from,
                substantial=substantial,
                note=note,
                recorded_at=at,
            )
            made.model_versions.set(model_versions)
            system.version = made.version
            system.save(update_fields=["version"])
            after = {
                **system_snapshot(system),
                "in_use_from": in_use_from.isoformat() if in_use_from else None,
                "substantial": substantial,
                "models": sorted(
                    f"{row.model.name} {row.version}" for row in made.model_versions.select_related("model")
                ),
                "note": note,
            }
            record_change(
                actor=actor, at=at, action="register.system.versioned", obj=system, before=before, after=after
            )
    except IntegrityError as error:
        raise Invalid(_("This version is on record already."), field="version") from error
    return made


def describe_system(
    *, actor: User, at: datetime, system: AISystem, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> AISystem:
    """Change the name, description, supplier (by name) or EU database number of a system.

    ``seen``: the snapshot the editor started from; :class:`EditConflict` where one of these fields moved since.
    """
    unknown = sorted(set(changes) - {"name", "description", "supplier", "eu_database_id"})
    if unknown:
        raise Invalid(_("This cannot be changed here."), field=unknown[0], unknown=unknown)
    if not str(changes.get("name", system.name)).strip():
        raise Invalid(_("A system needs a name."), field="name")
    with transaction.atomic():
        current = AISystem.objects.select_for_update().get(pk=system.pk)
        before = system_snapshot(current)
        if seen is not None:
            refuse_overtaken(before, seen, set(changes))
        values = dict(changes)
        if "supplier" in values:
            maker = str(values["supplier"]).strip()
            values["supplier"] = Supplier.objects.get_or_create(name=maker)[0] if maker else None
        for name, value in values.items():
            setattr(current, name, value.strip() if isinstance(value, str) else value)
        current.save()
        if system_snapshot(current) != before:
            record_change(
                actor=actor,
                at=at,
                action="register.system.edited",
                obj=current,
                before=before,
                after=system_snapshot(current),
            )
    return current


def describe_supplier(*, actor: User, at: datetime, supplier: Supplier, changes: Mapping[str, str]) -> Supplier:
    """Change the country (two letters), address or contact of a supplier."""
    fields = ("country", "address", "contact")
    unknown = sorted(set(changes) - set(fields))
    if unknown:
        raise Invalid(_("This cannot be changed here."), field=unknown[0], unknown=unknown)
    with transaction.atomic():
        current = Supplier.objects.select_for_update().get(pk=supplier.pk)
        before = {name: getattr(current, name) for name in fields}
        for name, value in changes.items():
            setattr(current, name, value.strip().upper() if name == "country" else value.strip())
        current.save()
        after = {name: getattr(current, name) for name in fields}
        if after != before:
            record_change(
                actor=actor,
                at=at,
                action="register.supplier.edited",
                obj=current,
                before={"name": current.name, **before},
                after={"name": current.name, **after},
            )
    return current
