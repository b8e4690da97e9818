"""The answer to "what is this under the AI Act?", with the answers given and the law of the day."""

from django.conf import settings
from django.db import models

from governance.models.base import Row
from governance.models.use_case import UseCase


class Classification(Row):
    """One classification, never changed: a new answer is a new row, the latest one counts."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="classifications")
    answers = models.JSONField()
    # {question id: {"reason": str, "by": name, "at": ISO time}}; an answer nobody commented on has no reason
    answer_notes = models.JSONField(default=dict)
    on_date = models.DateField()
    law_version = models.CharField(max_length=60)
    law_digest = models.CharField(max_length=64, blank=True)  # SHA-256 over the law's files
    tier = models.CharField(max_length=20)  # prohibited | high | limited | minimal | out_of_scope | review
    outcomes = models.JSONField()  # outcome codes, e.g. ["HIGH_RISK_ANNEX_III", "TRANSPARENCY"]
    flags = models.JSONField(default=list)  # ["GPAI", "GPAI_SYSTEMIC"]
    legal_basis = models.JSONField()  # to letter level, e.g. ["Art 6(2)", "Annex III 5(a)"]
    rules = models.JSONField()  # ids of the rules that fired
    roles = models.JSONField(default=list)  # effective roles, with the role flips of Art 25
    duties = models.JSONField()  # [{"id", "article", "role", "text", "formal_from", "operative_from"}]
    open_tasks = models.JSONField(default=list)  # duties a derogation still lacks
    needs_legal_review = models.JSONField(default=list)  # questions answered "unsure"
    unanswered = models.JSONField(default=list)
    unanswered_facts = models.JSONField(default=list)
    assumed = models.JSONField(default=list)  # questions the general answer filled
    warnings = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "governance_classification"
        get_latest_by = "made_at"
        indexes = [models.Index(fields=["use_case", "-made_at"], name="classification_latest")]


class ClassificationDraft(models.Model):
    """A wizard somebody has not finished; it binds nothing and goes when the classification is stored."""

    use_case = models.OneToOneField(
        UseCase, primary_key=True, on_delete=models.CASCADE, related_name="classification_draft"
    )
    answers = models.JSONField(default=dict)
    notes = models.JSONField(default=dict)  # as Classification.answer_notes
    presets = models.JSONField(default=dict)  # answers a template or an earlier classification proposes, not given yet
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "governance_classification_draft"
