"""Requests that write the register: bodies, and the precondition that keeps one writer from undoing another.

A PATCH names the version it changes with ``If-Match`` (RFC 9110, 13.1.1): without it 428, with an old one 412.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from audit.api.problems import ApiProblem
from audit.events.problems import Problem
from governance.access import Invalid, systems_visible_to
from governance.models import AISystem, Person, Unit, UseCase, User

IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True, description="ETag of the version you change."
)
CODE = r"^[A-Za-z]{2}(-[A-Za-z]{2,4})?$"


class _Whole(serializers.Serializer[Any]):
    """A body with names we do not know is refused: it would be taken for stored."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError({unknown[0]: ["This cannot be set here."]})
        return super().to_internal_value(data)


def _codes() -> serializers.ListField:
    return serializers.ListField(child=serializers.RegexField(CODE), required=False, max_length=60)


def _text(length: int) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=length)


class UseCaseChanges(_Whole):
    """Fields of a register entry; ``unit`` is the name of a known unit, ``systems`` are references."""

    name = serializers.CharField(required=False, max_length=200)
    purpose = serializers.CharField(required=False, max_length=20_000)
    unit = serializers.CharField(required=False, max_length=200)
    systems = serializers.ListField(child=serializers.CharField(max_length=20), required=False, max_length=200)
    affected_people = _text(300)
    countries = _codes()
    languages = _codes()
    data_used = _text(20_000)
    first_use = serializers.DateField(required=False, allow_null=True)
    sector = _text(60)
    effect = serializers.ChoiceField(required=False, choices=["", *UseCase.Effect.values])
    reversibility = serializers.ChoiceField(required=False, choices=["", *UseCase.Reversibility.values])
    decisions_per_day = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2_147_483_647)


class UseCaseRequest(UseCaseChanges):
    """A new register entry; ``owner`` is the reference of a person, ``roles`` are those of the AI Act (Art 3)."""

    key = serializers.CharField(max_length=80)
    name = serializers.CharField(max_length=200)
    purpose = serializers.CharField(max_length=20_000)
    owner = serializers.CharField(max_length=20)
    unit = serializers.CharField(max_length=200)
    roles = serializers.ListField(child=serializers.CharField(max_length=40), max_length=6)


class SystemChanges(_Whole):
    """Fields of an AI system; ``supplier`` is a name, and a new one is entered."""

    name = serializers.CharField(required=False, max_length=200)
    description = _text(20_000)
    supplier = _text(200)
    eu_database_id = _text(80)


class SystemRequest(_Whole):
    """A new AI system."""

    name = serializers.CharField(max_length=200)
    supplier = _text(200)
    version = _text(80)
    description = _text(20_000)


def use_case_fields(data: Mapping[str, Any], *, person: User, linked: UseCase | None = None) -> dict[str, Any]:
    """Return ``data`` with rows for references: unit, owner and systems that ``person`` may link."""
    fields = dict(data)
    if "unit" in fields:
        fields["unit"] = Unit.objects.filter(name=fields["unit"]).first()
        if fields["unit"] is None:
            raise Invalid("There is no unit of this name", field="unit")
    if "owner" in fields:
        fields["owner"] = Person.objects.filter(ref=fields["owner"], left_at__isnull=True).first()
        if fields["owner"] is None:
            raise Invalid("There is nobody with this reference", field="owner")
    if "systems" in fields:
        wanted = set(fields["systems"])
        known = AISystem.objects.filter(pk__in=systems_visible_to(person).values("pk"))
        if linked is not None:
            known = known | AISystem.objects.filter(pk__in=linked.systems.values("pk"))
        fields["systems"] = list(known.filter(ref__in=wanted))
        missing = sorted(wanted - {system.ref for system in fields["systems"]})
        if missing:
            raise Invalid(f"There is no system {missing[0]} that you may link", field="systems", unknown=missing)
    return fields


def etag(body: Mapping[str, Any]) -> str:
    """Return the strong entity tag of ``body``: it changes with every value in it."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def require_match(request: Request, body: Mapping[str, Any]) -> None:
    """Let a request pass that names the version ``body`` is; 428 without a name, 412 with another."""
    given = request.headers.get("If-Match")
    if given is None:
        raise ApiProblem(Problem("precondition_required", "Send the ETag of the version you change as If-Match", 428))
    named = {tag.strip() for tag in given.split(",")}
    if "*" not in named and etag(body) not in named:
        raise overtaken()


def overtaken() -> ApiProblem:
    """What to raise where somebody changed it meanwhile."""
    return ApiProblem(Problem("changed", "Somebody changed it meanwhile; read it again", 412))
