"""The fields of a row that a change keeps, as JSON values."""

from typing import Any

from governance.models import AISystem, Person, UseCase


def use_case_snapshot(use_case: UseCase) -> dict[str, Any]:
    """Return what the register says about ``use_case`` now."""
    return {
        "ref": use_case.ref,
        "key": use_case.key,
        "name": use_case.name,
        "purpose": use_case.purpose,
        "lifecycle": use_case.lifecycle,
        "mode": use_case.mode,
        "mode_reason": use_case.mode_reason,
        "effect": use_case.effect,
        "reversibility": use_case.reversibility,
        "decisions_per_day": use_case.decisions_per_day,
        "sector": use_case.sector,
        "roles": use_case.roles,
        "owner": use_case.owner.ref,
        "unit": use_case.unit.name,
        "systems": sorted(use_case.systems.values_list("ref", flat=True)),
        "affected_people": use_case.affected_people,
        "countries": use_case.countries,
        "languages": use_case.languages,
        "data_used": use_case.data_used,
        "first_use": use_case.first_use.isoformat() if use_case.first_use else None,
        "fairness": use_case.fairness,
    }


def system_snapshot(system: AISystem) -> dict[str, Any]:
    """Return what the register says about ``system`` now."""
    return {
        "ref": system.ref,
        "name": system.name,
        "supplier": system.supplier.name if system.supplier else None,
        "version": system.version,
        "description": system.description,
        "eu_database_id": system.eu_database_id,
    }


def person_snapshot(person: Person) -> dict[str, Any]:
    """Return what the register says about ``person`` now."""
    return {
        "ref": person.ref,
        "name": person.name,
        "function": person.function,
        "unit": person.unit.name if person.unit else None,
        "pseudonym": person.pseudonym,
    }
