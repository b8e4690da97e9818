"""Decisions as folded from events: a projection, thrown away and rebuilt by ``custodes rebuild``."""

from django.db import models

from governance.models import UseCase


class Decision(models.Model):
    """One decision, identified by (use case, ``decision_id``); ``state`` is the whole record as JSON.

    The key is a UUIDv5 of both, so that a rebuilt row keeps its URL.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    decision_id = models.CharField(max_length=200)
    decision_class = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    proposal_value = models.TextField(null=True)
    final_value = models.TextField(null=True)
    confidence = models.DecimalField(max_digits=20, decimal_places=12, null=True)
    model_version = models.CharField(max_length=200, blank=True)
    subject_ref = models.CharField(max_length=255, blank=True)
    reviewed = models.BooleanField(default=False)
    overridden = models.BooleanField(default=False)
    state = models.JSONField()
    entries = models.JSONField(default=list)  # ledger entries folded into it, in ledger order
    first_index = models.PositiveBigIntegerField()
    last_index = models.PositiveBigIntegerField()
    recheck_at = models.DateTimeField(null=True)  # when a verdict that waits for time is due
    simulated = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)

    class Meta:
        db_table = "audit_decision"
        constraints = [models.UniqueConstraint(fields=["use_case", "decision_id"], name="one_row_per_decision")]
        indexes = [
            models.Index(fields=["use_case", "-proposed_at"], name="decision_by_time"),
            models.Index(fields=["use_case", "first_index"], name="decision_by_arrival"),
            models.Index(fields=["use_case", "subject_ref"], name="decision_by_subject"),
            models.Index(fields=["recheck_at"], name="decision_to_recheck", condition=~models.Q(recheck_at=None)),
        ]

    def __str__(self) -> str:
        return self.decision_id


class GroupAttributes(models.Model):
    """Group membership for fairness, apart from decisions; read in aggregate only, and every read is logged."""

    id = models.UUIDField(primary_key=True, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    decision_id = models.CharField(max_length=200, blank=True)
    subject_ref = models.CharField(max_length=255, blank=True)
    attributes = models.JSONField()
    index = models.PositiveBigIntegerField()

    class Meta:
        db_table = "audit_group_attributes"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "decision_id", "subject_ref"], name="one_group_row_per_subject")
        ]
        indexes = [models.Index(fields=["use_case", "subject_ref"], name="groups_by_subject")]


class GroupAccess(models.Model):
    """Who read group data, of which use case, for what: kept outside the projections."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+")
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "audit_group_access"
        indexes = [models.Index(fields=["use_case", "-at"], name="group_access_by_time")]


class Intervention(models.Model):
    """A pause, limit, stop or their end, as reported by events (projection)."""

    id = models.UUIDField(primary_key=True, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="interventions", db_index=False)
    intervention_id = models.CharField(max_length=200)
    decision_id = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=255, blank=True)
    reason_code = models.CharField(max_length=200, blank=True)
    limits = models.JSONField(default=dict)
    scope = models.JSONField(default=dict)  # {"classes": […], "versions": […]}; empty: the whole use case
    instances = models.JSONField(default=dict)  # {"targeted": int, "halted": int} as the system reported
    issued_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True)
    drill = models.BooleanField(default=False)
    entries = models.JSONField(default=list)  # ledger entries folded into it, in ledger order
    index = models.PositiveBigIntegerField()

    class Meta:
        db_table = "audit_intervention"
        constraints = [models.UniqueConstraint(fields=["use_case", "intervention_id"], name="one_row_per_intervention")]


class FollowerCursor(models.Model):
    """How many entries of the ledger a follower has read: the next index it will read."""

    name = models.CharField(max_length=60, primary_key=True)
    index = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "audit_follower_cursor"
