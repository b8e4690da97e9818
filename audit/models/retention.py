"""Keeping and removing: periods in force, removals that wait for a second person, and sealed figures."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Referenced, Row


class Seal(Row):
    """The figures of what a removal took away, sealed in its transaction; ``entry`` holds the digest. No projection.

    ``index``: how many ledger entries were folded by then. ``skipped``: ranges of indexes that stand in ``figures``
    and are not folded again. ``figures`` is canonical JSON, one member per room, counts only; ``digest`` is the hex
    SHA-256 of exactly these bytes.
    """

    index = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    skipped = models.JSONField()
    figures = models.BinaryField()
    digest = models.CharField(max_length=64)
    entry = models.UUIDField(unique=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "audit_seal"
        indexes = [models.Index(fields=["index"], name="seal_by_index")]


class RetentionPeriod(Row):
    """How long the payloads of one stream are kept; the newest row of a stream is in force. Two people set it.

    ``rule`` is the id of the law's rule that gives the floor, ``months`` are calendar months.
    """

    stream = models.CharField(max_length=100)
    months = models.PositiveIntegerField()
    rule = models.CharField(max_length=60)
    reason = models.TextField()
    set_by_id = models.UUIDField()
    set_by_name = models.CharField(max_length=200)
    agreed_by_id = models.UUIDField()
    agreed_by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    entry = models.UUIDField()

    class Meta:
        db_table = "audit_retention_period"
        indexes = [models.Index(fields=["stream", "-at"], name="retention_by_stream")]
        constraints = [
            models.CheckConstraint(condition=Q(months__gte=6), name="retention_at_least_six_months"),
            models.CheckConstraint(condition=~Q(set_by_id=F("agreed_by_id")), name="retention_set_by_two_people"),
        ]


class RemovalRequest(Referenced):
    """What one person asks and another must agree to: an erasure, a pruning, the end of a hold, a shorter period.

    ``arguments`` name what is meant: ``use_case`` and ``subject_ref`` or ``decision_id``, a ``stream``, a ``hold``.
    They are emptied when an erasure is done, so that the request does not keep what was erased.
    """

    class Kind(models.TextChoices):
        ERASE = "erase", _("Erase")
        PRUNE = "prune", _("Prune")
        LIFT_HOLD = "lift_hold", _("Lift a hold")
        RETENTION = "retention", _("Change a retention period")

    class State(models.TextChoices):
        OPEN = "open", _("Waits for a second person")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    arguments = models.JSONField()
    reason = models.TextField()
    asked_by_id = models.UUIDField()
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    answered_by_id = models.UUIDField(null=True)
    answered_by_name = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    payloads = models.PositiveBigIntegerField(null=True)
    entry = models.UUIDField(null=True)

    class Meta:
        db_table = "audit_removal_request"
        indexes = [models.Index(fields=["state", "-asked_at"], name="removal_request_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "done", "refused"]), name="removal_state_known"),
            models.CheckConstraint(
                condition=Q(answered_by_id=None) | ~Q(state="done") | ~Q(answered_by_id=F("asked_by_id")),
                name="removal_agreed_by_another",
            ),
        ]
