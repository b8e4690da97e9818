"""Findings: opened by evidence, closed by people."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models import Person, UseCase


class Finding(models.Model):
    """One thing found: what, where, how bad, whose. The key is a UUIDv5 of use case, code and decision or subject.

    The row is a projection: what the evidence shows is folded from events, what monitoring raised follows from the
    act that raised it. The acts (:class:`FindingAct`) are kept for ever; owner, state, waiver and disposition are
    read off them.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WAIVED = "waived", _("Waived")
        CLOSED = "closed", _("Closed")

    class Origin(models.TextChoices):
        EVIDENCE = "evidence", _("Decision logs")
        MONITORING = "monitoring", _("Monitoring")

    class Disposition(models.TextChoices):
        TRUE_POSITIVE = "true_positive", _("True positive")
        FALSE_POSITIVE = "false_positive", _("False positive")

    id = models.UUIDField(primary_key=True, editable=False)
    ref = models.CharField(max_length=20, unique=True)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="findings", db_index=False)
    code = models.CharField(max_length=40)
    decision_id = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)  # what it is about where that is no single decision
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.EVIDENCE)
    policy_ref = models.CharField(max_length=60, blank=True)
    severity = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    count = models.PositiveBigIntegerField(default=1)
    opened_index = models.PositiveBigIntegerField()
    opened_at = models.DateTimeField()
    case_at = models.DateTimeField(null=True)  # when its decision was proposed; without a decision, when it was opened
    closed_index = models.PositiveBigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    waived_until = models.DateTimeField(null=True)
    disposition = models.CharField(max_length=14, choices=Disposition.choices, blank=True)
    explanation = models.JSONField(default=dict)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="findings")
    simulated = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)

    class Meta:
        db_table = "audit_finding"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "waived", "closed"]), name="finding_state_known"),
            models.CheckConstraint(
                condition=~Q(state="waived") | Q(waived_until__isnull=False), name="finding_waiver_ends"
            ),
            models.CheckConstraint(
                condition=Q(disposition__in=["", "true_positive", "false_positive"]), name="finding_disposition_known"
            ),
        ]
        indexes = [
            models.Index(fields=["use_case", "state", "code"], name="finding_by_state"),
            models.Index(fields=["use_case", "decision_id"], name="finding_by_decision"),
            models.Index(fields=["-opened_at", "id"], name="finding_by_time"),
            # All that a report counts, so that its window of a million decisions is read from the index alone.
            models.Index(
                fields=[
                    "use_case",
                    "case_at",
                    "drill",
                    "code",
                    "severity",
                    "state",
                    "count",
                    "simulated",
                    "opened_index",
                    "closed_index",
                ],
                name="finding_by_case",
            ),
            models.Index(fields=["use_case", "state", "opened_index"], name="finding_by_opening"),
            models.Index(fields=["waived_until"], name="finding_waivers", condition=Q(state="waived")),
        ]

    def __str__(self) -> str:
        return self.ref


class FindingNumber(models.Model):
    """The number a finding keeps for ever, also through a rebuild."""

    finding = models.UUIDField(unique=True, editable=False)
    number = models.BigAutoField(primary_key=True)

    class Meta:
        db_table = "audit_finding_number"


class FindingAct(models.Model):
    """What was done about a finding; each act has its entry in the ledger and survives a rebuild.

    ``state`` is the finding's after the act. ``actor_id`` is empty for what the clock or the monitoring did. ``data``
    holds what the kind needs: owner, resolution, disposition, link of a fix, figures of an alarm.
    """

    class Kind(models.TextChoices):
        RAISED = "raised", _("raised by monitoring")
        ASSIGNED = "assigned", _("given an owner")
        JUDGED = "judged", _("judged")
        CAUSE = "cause", _("cause named")
        CASE_FIX = "case_fix", _("case fix linked")
        SYSTEM_FIX = "system_fix", _("system fix linked")
        WAIVED = "waived", _("waived")
        EXPIRED = "expired", _("waiver expired")
        CLOSED = "closed", _("closed")
        REOPENED = "reopened", _("reopened")

    id = models.UUIDField(primary_key=True, editable=False)
    finding = models.UUIDField()
    number = models.PositiveIntegerField()  # the finding's first act is 1
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=Finding.State.choices)
    reason = models.TextField(blank=True)
    until = models.DateTimeField(null=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    entry = models.UUIDField()

    class Meta:
        db_table = "audit_finding_act"
        ordering = ["finding", "number"]
        constraints = [
            models.UniqueConstraint(fields=["finding", "number"], name="one_act_at_a_time"),
            models.CheckConstraint(
                condition=~Q(kind="waived") | Q(until__gt=models.F("at")), name="finding_waiver_ends_later"
            ),
        ]
