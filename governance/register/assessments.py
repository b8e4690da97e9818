"""Structured papers about a use case: drafted, proposed from the register, signed, renewed when the use changes."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.models import Assessment, Change, Classification, UseCase, User, next_reference
from governance.register.classify import latest_classification, under_its_law
from policies.eu_ai_act import CURRENT_LAW
from policies.eu_ai_act.annexes import registration_sections
from policies.eu_ai_act.forms import Form, FormItem, form
from policies.eu_ai_act.fria import REASONS, FriaRequirement, fria_required

# A change of one of these makes an assessment that describes it out of date (Art 27(2)).
DESCRIBED = ("edited", "mode", "classified", "fairness")


class AlreadySigned(DomainError):
    """A signed version stays as it is; begin the next one."""

    code = "already_signed"


def save_assessment(
    *, actor: User, at: datetime, use_case: UseCase, kind: str, answers: Mapping[str, Any]
) -> Assessment:
    """Keep ``answers`` in the draft of ``kind``, or begin the next version after a signed one.

    ``answers``: ``{item id: text, or a list of rows for a table}``. Items the form does not have are refused.
    """
    wanted = _form(kind)
    given = {item.id: _clean(item, answers[item.id]) for item in wanted.items if item.id in answers}
    unknown = sorted(set(answers) - {item.id for item in wanted.items})
    if unknown:
        raise Invalid(_("The form has no such item."), field=unknown[0], unknown=unknown)
    with transaction.atomic():
        rows = Assessment.objects.select_for_update().filter(use_case=use_case, kind=kind)
        latest = rows.order_by("-version").first()
        before = dict(latest.answers) if latest else None
        if latest is None or latest.signed_at is not None:
            latest = Assessment(
                ref=next_reference("AS"), use_case=use_case, kind=kind, version=latest.version + 1 if latest else 1
            )
        latest.answers, latest.law_version = given, CURRENT_LAW.version
        latest.edited_by, latest.edited_at = actor, at
        latest.save()
        if before != given or latest.version == 1:
            _record(actor, at, latest, "saved", before={"answers": before}, after={"answers": given})
    return latest


def sign_assessment(*, actor: User, at: datetime, assessment: Assessment) -> Assessment:
    """Sign a draft whose required items are all answered; its digest goes into the ledger."""
    with transaction.atomic():
        current = Assessment.objects.select_for_update().get(pk=assessment.pk)
        if current.signed_at is not None:
            raise AlreadySigned(_("This version is signed already."), ref=current.ref)
        missing = _form(current.kind).missing(current.answers)
        if missing:
            raise Invalid(
                _("Not everything is answered yet: %(items)s.") % {"items": ", ".join(missing)},
                field=missing[0],
                missing=list(missing),
            )
        current.digest = digest_of(current)
        current.signed_by, current.signed_at = actor, at
        current.save()
        _record(actor, at, current, "signed", before=None, after={"digest": current.digest})
    return current


def note_notified(*, actor: User, at: datetime, assessment: Assessment) -> Assessment:
    """Note that the authority was told of a signed assessment (Art 27(3))."""
    with transaction.atomic():
        current = Assessment.objects.select_for_update().get(pk=assessment.pk)
        if current.signed_at is None:
            raise Invalid(_("Sign the assessment first; the authority is told its result."), field="signed_at")
        if current.notified_at is None:
            current.notified_at = at
            current.save(update_fields=["notified_at"])
            _record(actor, at, current, "notified", before=None, after={"notified_at": at.isoformat()})
    return current


def latest_assessment(use_case: UseCase, kind: str, *, signed: bool = False) -> Assessment | None:
    """The newest version of ``kind``, or the newest signed one."""
    rows = use_case.assessments.filter(kind=kind).select_related("signed_by", "edited_by")
    return (rows.filter(signed_at__isnull=False) if signed else rows).order_by("-version").first()


def out_of_date(assessment: Assessment) -> bool:
    """Whether the register changed after ``assessment`` was signed in a way such a paper describes."""
    wanted = form(assessment.kind)
    if assessment.signed_at is None or wanted is None or not wanted.renew_on_change:
        return False
    actions = [f"register.use_case.{name}" for name in DESCRIBED]
    newer = Change.objects.filter(object_type="usecase", object_id=assessment.use_case_id, action__in=actions)
    return newer.filter(at__gt=assessment.signed_at).exists()


def digest_of(assessment: Assessment) -> str:
    """SHA-256 over what is signed: which form of which use case, version, law and answers."""
    content = {
        "answers": assessment.answers,
        "kind": assessment.kind,
        "law_version": assessment.law_version,
        "use_case": assessment.use_case.ref,
        "version": assessment.version,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def fria_rule(classification: Classification | None) -> FriaRequirement:
    """Whether Art 27 asks for an assessment of this use case; ``required`` None while facts are open."""
    if classification is None:
        return FriaRequirement(None, REASONS["not_classified"], ("classification",))
    if "HIGH_RISK_ANNEX_III" not in classification.outcomes:
        return FriaRequirement(False, REASONS["not_annex_iii"])
    if "deployer" not in (classification.roles or ["deployer"]):
        return FriaRequirement(False, REASONS["not_deployer"])
    points = [
        basis.removeprefix("Annex III ") for basis in classification.legal_basis if basis.startswith("Annex III ")
    ]
    facts = {"yes": True, "no": False}
    return fria_required(
        points,
        public_body=facts.get(classification.answers.get("public_body", "")),
        private_public_service=facts.get(classification.answers.get("private_public_service", "")),
    )


def needed_forms(use_case: UseCase) -> dict[str, bool | None]:
    """Which forms the classification asks for: True, False, or None where facts are open. Others may still be kept."""
    row = latest_classification(use_case)
    duties = {duty["id"] for duty in row.duties if duty.get("certain", True)} if row else set()
    sections = {f"annex_viii_{name.lower()}" for name in _sections(row)} if row else set()
    asked = {
        "dpia": "art-26-9" in duties,
        "risk": "art-9" in duties,
        "instructions": "art-13" in duties,
        "annex_iv": "art-11" in duties,
        "qms": "art-17" in duties,
        "pmm": "art-72" in duties,
        "annex_v": "art-47" in duties,
        **{name: name in sections for name in ("annex_viii_a", "annex_viii_b", "annex_viii_c")},
    }
    return {"fria": fria_rule(row).required, **asked}


def _sections(row: Classification) -> tuple[str, ...]:
    return registration_sections(under_its_law(row))


def proposed(use_case: UseCase, kind: str) -> dict[str, str]:
    """What the register can propose for the items of ``kind``; a person checks every line."""
    wanted = _form(kind)
    found = _from_register(use_case)
    return {item.id: text for item in wanted.items if (text := _proposal(kind, item, found))}


def _from_register(use_case: UseCase) -> dict[str, str]:
    systems = list(use_case.systems.select_related("supplier"))
    supplier = next((system.supplier for system in systems if system.supplier), None)
    people = use_case.assignments.filter(until__isnull=True).select_related("person").order_by("duty", "since")
    named = "; ".join(f"{row.get_duty_display()}: {row.person.name}" for row in people)
    states = {"live": _("in service"), "pilot": _("in service, as a pilot"), "retired": _("no longer in service")}
    return {
        "provider": "; ".join(filter(None, (supplier.name, supplier.address, supplier.contact))) if supplier else "",
        "names": "; ".join(f"{system.name} {system.version}".strip() + f" ({system.ref})" for system in systems),
        "purpose": use_case.purpose,
        "status": states.get(use_case.lifecycle, _("not yet in service")),
        "countries": ", ".join(use_case.countries),
        "affected": use_case.affected_people,
        "oversight": "; ".join(filter(None, (use_case.get_mode_display() if use_case.mode else "", named))),
        "frequency": _("about %(n)s decisions a day") % {"n": use_case.decisions_per_day}
        if use_case.decisions_per_day
        else "",
        "database": "; ".join(system.eu_database_id for system in systems if system.eu_database_id),
        "unit": use_case.unit.name,
    }


_SOURCES = {
    "A1": "provider", "A4": "names", "A5": "purpose", "A7": "status", "A10": "countries",
    "B1": "provider", "B4": "names", "B5": "purpose", "B8": "status", "C1": "unit", "C3": "database",
    "1": "names", "2": "provider", "1a": "purpose", "1c": "names",
    "27(1)(a)": "purpose", "27(1)(b)": "frequency", "27(1)(c)": "affected", "27(1)(e)": "oversight",
}  # fmt: skip


def _proposal(kind: str, item: FormItem, found: Mapping[str, str]) -> str:
    return found.get(_SOURCES.get(item.id, ""), "") if kind.startswith("annex") or kind == "fria" else ""


def _form(kind: str) -> Form:
    found = form(kind)
    if found is None:
        raise Invalid(_("There is no such form."), field="kind")
    return found


def _clean(item: FormItem, answer: Any) -> Any:
    if not item.columns:
        return str(answer).strip()
    names = [name for name, _label in item.columns]
    rows = [{name: str(row.get(name, "")).strip() for name in names} for row in answer if isinstance(row, Mapping)]
    return [row for row in rows if any(row.values())]


def _record(
    actor: User,
    at: datetime,
    assessment: Assessment,
    what: str,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    named = {"use_case": assessment.use_case.ref, "kind": assessment.kind, "version": assessment.version}
    record_change(
        actor=actor,
        at=at,
        action=f"register.assessment.{what}",
        obj=assessment,
        before=before,
        after={**named, **after},
        simulated=assessment.use_case.simulated,
    )
