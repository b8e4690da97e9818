"""Pilots with exit criteria, and the oversight test a use case passes before it goes live."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Row
from governance.models.person import Person
from governance.models.use_case import UseCase


class PilotPhase(Row):
    """A stretch of a pilot: whom it covers, until when, and what must hold before it is extended."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="pilot_phases")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=200)
    cohort = models.CharField(_("population"), max_length=300)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    criteria = models.JSONField(default=list)  # [{"code", "text"}]
    results = models.JSONField(default=list)  # [{"code", "state": "met" | "not_met" | "unknown", "evidence"}]
    lessons = models.TextField(_("what was learned"), blank=True)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    evaluated_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        db_table = "governance_pilot_phase"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["use_case", "number"], name="one_phase_per_number"),
            models.UniqueConstraint(
                fields=["use_case"], condition=Q(evaluated_at=None), name="one_running_phase_per_use_case"
            ),
        ]


class OversightTest(Row):
    """A test of the planned oversight before going live: scenario, what should happen, what happened."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="oversight_tests")
    held_at = models.DateTimeField()
    scenario = models.TextField(_("scenario"))
    expected = models.TextField(_("what people should do"))
    observed = models.TextField(_("what they did"))
    passed = models.BooleanField()
    led_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "governance_oversight_test"
        indexes = [models.Index(fields=["use_case", "-held_at"], name="oversight_test_latest")]
