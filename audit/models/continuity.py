"""What a source owes: numbers that never came and stretches without a sign of life (projections)."""

from django.db import models
from django.db.models import Q

from governance.models import UseCase


class SourceState(models.Model):
    """How far a source's numbers and clock have come; ``due_at`` is when what is missing is looked at next."""

    source = models.CharField(max_length=500, primary_key=True)
    state = models.JSONField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_source_state"
        indexes = [
            models.Index(fields=["due_at"], name="source_state_by_due", condition=models.Q(due_at__isnull=False))
        ]


class LogHole(models.Model):
    """One hole in the log of a use case, as it was known from ``known_from`` until ``known_until``.

    A gap misses numbers; a silence (``missing`` is null) goes on while ``until`` is null.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=500)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    missing = models.BigIntegerField(null=True)
    name = models.CharField(max_length=60)  # what the hole is known by while its extent changes
    known_from = models.DateTimeField()
    known_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_log_hole"
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "source", "name"], condition=Q(known_until=None), name="one_current_form_of_a_hole"
            ),
            models.CheckConstraint(condition=Q(missing=None) | Q(missing__gt=0), name="hole_misses_something"),
        ]
        indexes = [models.Index(fields=["use_case", "until"], name="hole_by_end")]
