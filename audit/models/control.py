"""What people planned for the stop control and for sampling, and what they show the public."""

from django.db import models
from django.db.models import F, Q

from governance.models import UseCase


class Drill(models.Model):
    """A planned rehearsal of the stop: it fires once, at ``fires_at``, which an unannounced drill keeps to itself."""

    id = models.UUIDField(primary_key=True, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="drills", db_index=False)
    fires_at = models.DateTimeField()
    announced = models.BooleanField()
    planned_at = models.DateTimeField()
    planned_by = models.CharField(max_length=200)
    planned_by_id = models.UUIDField()
    intervention_id = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_drill"
        indexes = [models.Index(fields=["use_case", "fires_at"], name="drill_by_time")]


class SamplingKey(models.Model):
    """The key of one sampling period: its hash is in the ledger before the period, the key itself after it."""

    id = models.UUIDField(primary_key=True, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="sampling_keys", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField()
    commitment = models.CharField(max_length=71)
    key = models.BinaryField(max_length=32)
    committed_entry = models.UUIDField()
    revealed_at = models.DateTimeField(null=True)
    revealed_entry = models.UUIDField(null=True)

    class Meta:
        db_table = "audit_sampling_key"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "since"], name="one_sampling_key_per_period"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="sampling_period_has_length"),
            models.CheckConstraint(
                condition=Q(revealed_at=None) | Q(revealed_at__gte=F("until")), name="sampling_key_revealed_after_end"
            ),
        ]


class PublicNotice(models.Model):
    """What an organisation tells the people concerned about a use case; the page exists while it is published."""

    use_case = models.OneToOneField(UseCase, on_delete=models.PROTECT, primary_key=True, related_name="public_notice")
    statement = models.TextField()
    contact = models.CharField(max_length=300)
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_public_notice"
