"""Classify a use case under the AI Act and keep the answers with the law of the day."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from governance.access import record_change
from governance.models import Classification, ClassificationDraft, UseCase, User
from policies import eu_ai_act


def classify_use_case(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    answers: Mapping[str, str],
    on_date: date,
    reason: str = "",
    answer_notes: Mapping[str, Mapping[str, str]] | None = None,
) -> Classification:
    """Classify ``use_case`` from ``answers`` as the law stands ``on_date`` and store the result whole.

    Classified and applicable are two things: duties carry the dates from which they apply. ``answer_notes``:
    ``{question: {"reason", "by", "at"}}``. Answers that name our roles become the use case's roles. Raises the errors
    of :func:`policies.eu_ai_act.classify` for unknown questions or values.
    """
    result = eu_ai_act.classify(answers, on_date=on_date)
    with transaction.atomic():
        current = UseCase.objects.select_for_update().get(pk=use_case.pk)
        previous = latest_classification(current)
        classification = Classification.objects.create(
            use_case=current,
            answers=dict(answers),
            answer_notes={name: dict(note) for name, note in (answer_notes or {}).items()},
            reason=reason,
            made_by=actor,
            made_at=at,
            **stored(result),
        )
        current.tier, changed = result.tier, ["tier"]
        if result.roles and set(result.roles) != set(current.roles):
            current.roles, changed = list(result.roles), ["tier", "roles"]
        current.save(update_fields=changed)
        ClassificationDraft.objects.filter(use_case=current).delete()
        record_change(
            actor=actor,
            at=at,
            action="register.use_case.classified",
            obj=current,
            before=_summary(previous) if previous else None,
            after=_summary(classification),
            simulated=current.simulated,
        )
    use_case.tier, use_case.roles = current.tier, current.roles
    return classification


def latest_classification(use_case: UseCase, *, before: datetime | None = None) -> Classification | None:
    """The classification that counts now, or counted at ``before``."""
    rows = use_case.classifications.order_by("-made_at", "-pk")
    return (rows.filter(made_at__lte=before) if before else rows).first()


def stored(result: eu_ai_act.Classification) -> dict[str, Any]:
    """The fields of the row that hold ``result``, as JSON values."""
    return {
        "on_date": result.on_date,
        "law_version": result.law_version,
        "law_digest": result.law_digest,
        "tier": result.tier,
        "outcomes": list(result.outcomes),
        "flags": list(result.flags),
        "legal_basis": list(result.legal_basis),
        "rules": list(result.rules),
        "roles": list(result.roles),
        "duties": [_json(asdict(duty)) for duty in result.duties],
        "open_tasks": list(result.open_tasks),
        "needs_legal_review": list(result.needs_legal_review),
        "unanswered": list(result.unanswered),
        "unanswered_facts": list(result.unanswered_facts),
        "assumed": list(result.assumed),
        "warnings": [_json(asdict(warning)) for warning in result.warnings],
    }


def again(classification: Classification, *, on_date: date) -> eu_ai_act.Classification:
    """What the same answers give ``on_date`` under the law of this installation, to compare with what is stored."""
    return eu_ai_act.classify(classification.answers, on_date=on_date)


def under_its_law(classification: Classification) -> eu_ai_act.Classification:
    """The stored answers read again under the law version and date they were classified with."""
    law = eu_ai_act.load_law(classification.law_version)
    return eu_ai_act.classify(classification.answers, on_date=classification.on_date, law=law)


def save_draft(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    answers: Mapping[str, str],
    notes: Mapping[str, Mapping[str, str]],
    presets: Mapping[str, str],
) -> ClassificationDraft:
    """Keep a wizard that is not finished, so that anybody who may classify can go on with it."""
    values = {"answers": dict(answers), "notes": dict(notes), "presets": dict(presets)}
    draft, _ = ClassificationDraft.objects.update_or_create(
        use_case=use_case, defaults={**values, "updated_by": actor, "updated_at": at}
    )
    return draft


def _summary(classification: Classification) -> dict[str, Any]:
    return {
        "tier": classification.tier,
        "outcomes": classification.outcomes,
        "flags": classification.flags,
        "roles": classification.roles,
        "legal_basis": classification.legal_basis,
        "rules": classification.rules,
        "law_version": classification.law_version,
        "law_digest": classification.law_digest,
        "on_date": _iso(classification.on_date),
        "needs_legal_review": classification.needs_legal_review,
        "open_tasks": classification.open_tasks,
        "answer_notes": classification.answer_notes,
        "answers": classification.answers,
        "reason": classification.reason,
    }


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _iso(value) for name, value in values.items()}


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
