"""Structured papers about a use case: FRIA, DPIA, risk register, technical documentation, and the like."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.models.base import Referenced, Row
from governance.models.person import Person
from governance.models.use_case import UseCase


class Assessment(Referenced):
    """One version of one form. A draft is edited; once signed it stays, and a change begins the next version."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="assessments")
    kind = models.CharField(max_length=20)  # a form of policies.eu_ai_act.forms
    version = models.PositiveIntegerField()
    answers = models.JSONField(default=dict)  # {item id: text, or a list of rows for a table}
    law_version = models.CharField(max_length=60)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=71, blank=True)  # of what was signed
    missing = models.JSONField(default=list)  # items without an answer when it was signed
    notified_at = models.DateTimeField(null=True)  # Art 27(3): the authority was told

    class Meta:
        db_table = "governance_assessment"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "kind", "version"], name="one_assessment_per_version"),
            models.UniqueConstraint(
                fields=["use_case", "kind"], condition=Q(signed_at__isnull=True), name="one_draft_per_assessment"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, digest="")
                | Q(signed_at__isnull=False, digest__startswith="sha256:"),
                name="signed_assessment_has_a_digest",
            ),
        ]


class DutyRecord(Row):
    """What people say about one point of the checklist of a use case; the point itself is law data."""

    class State(models.TextChoices):
        OPEN = "open"
        SHOWN = "shown"  # evidence is named
        NOT_APPLICABLE = "not_applicable"

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="duty_records")
    point = models.CharField(max_length=40)  # id of a checklist point, e.g. "26(2)"
    role = models.CharField(max_length=30)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    responsible = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="duties")
    evidence = models.TextField(blank=True)
    due_on = models.DateField(null=True, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "governance_duty_record"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "point", "role"], name="one_record_per_duty_point"),
            models.CheckConstraint(
                condition=~Q(state__in=["shown", "not_applicable"]) | ~Q(evidence=""), name="duty_state_needs_words"
            ),
        ]
