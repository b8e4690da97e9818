"""Serious incidents (AI Act Art 73), what was sent to whom, and what was put right."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.ai_system import AISystem
from governance.models.base import Referenced, Row
from governance.models.person import Person
from governance.models.use_case import UseCase


class Incident(Referenced):
    """One incident. Clocks are computed from ``kinds`` and ``aware_on``; they are never stored."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="incidents")
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents")
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("what happened"))
    kinds = models.JSONField(default=list)  # ids of policies.eu_ai_act.incidents; empty: not a serious incident
    role = models.CharField(
        _("our role"), max_length=10, choices=[("provider", _("Provider")), ("deployer", _("Deployer"))]
    )
    occurred_on = models.DateField(_("when it happened"), null=True, blank=True)
    aware_on = models.DateField(_("when we became aware"))
    country = models.CharField(_("country where it happened"), max_length=2, blank=True)
    sector_reporting = models.BooleanField(_("equivalent sector reporting applies"), default=False)
    ai_office = models.BooleanField(_("the AI Office supervises the system"), default=False)
    provider_unreachable = models.BooleanField(_("the provider cannot be reached"), default=False)
    frozen_since = models.DateTimeField(null=True, blank=True)  # Art 73(6): not to be altered
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True)

    class Meta:
        db_table = "governance_incident"
        indexes = [models.Index(fields=["use_case", "-opened_at"], name="incident_by_use_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(occurred_on__isnull=True) | Q(occurred_on__lte=models.F("aware_on")),
                name="aware_after_it_happened",
            ),
            models.CheckConstraint(condition=Q(closed_at__isnull=True) | ~Q(outcome=""), name="closed_with_an_outcome"),
        ]


class IncidentReport(Row):
    """Something that was sent: the initial or the final report, or a notice; never edited."""

    class Kind(models.TextChoices):
        INITIAL = "initial", _("Initial report")
        FINAL = "final", _("Final report")
        NOTICE = "notice", _("Notice")

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    recipient = models.CharField(max_length=200)
    text = models.TextField()
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "governance_incident_report"


class CorrectiveAction(Row):
    """What is done so that it does not happen again, by whom, by when."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="actions")
    text = models.TextField(_("what is done"))
    responsible = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="corrective_actions")
    due_on = models.DateField(_("by"))
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.TextField(blank=True)

    class Meta:
        db_table = "governance_corrective_action"
        constraints = [
            models.CheckConstraint(condition=Q(done_at__isnull=True) | ~Q(result=""), name="done_with_a_result")
        ]
