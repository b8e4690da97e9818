"""What arrived: the identity of every event for ever, and what did not fit together."""

from django.db import models

from audit.models.api_key import ApiKey
from governance.models import UseCase

_BYTES = "varchar_pattern_ops"


class Event(models.Model):
    """One recorded event; the key is its ledger entry's, the content is the ledger's payload.

    ``quarantined`` marks a type this version does not know: kept and proven, read by nobody.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    source = models.CharField(max_length=500)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=200)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    decision_id = models.CharField(max_length=200, blank=True)
    time = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    simulated = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)
    quarantined = models.BooleanField(default=False)
    personal = models.BooleanField(default=False)  # personal data was seen in free text, and flagged or blacked out
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    sequence = models.BigIntegerField(null=True)

    class Meta:
        db_table = "audit_event"
        # PostgreSQL compares bytes in both: names are asked for by equality, and the rules of a language cost CPU.
        constraints = [
            models.UniqueConstraint(
                fields=["source", "event_id"], name="one_event_per_source_and_id", opclasses=[_BYTES, _BYTES]
            )
        ]
        indexes = [
            models.Index(fields=["use_case", "decision_id"], name="event_by_decision", opclasses=["uuid_ops", _BYTES]),
            models.Index(
                fields=["source", "sequence"], name="event_by_sequence", condition=models.Q(sequence__isnull=False)
            ),
        ]


class EventConflict(models.Model):
    """The same ``source`` and ``id`` arrived again with other content; the first such arrival is ledgered."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="conflict")
    entry = models.UUIDField()
    first_at = models.DateTimeField()

    class Meta:
        db_table = "audit_event_conflict"


class Heartbeat(models.Model):
    """A sign of life of a source, with what it says it sent (projection)."""

    id = models.UUIDField(primary_key=True, editable=False)
    source = models.CharField(max_length=500)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+")
    time = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    sequence_high = models.BigIntegerField(null=True)
    declared_count = models.BigIntegerField(null=True)
    open_reviews = models.BigIntegerField(null=True)
    index = models.PositiveBigIntegerField()

    class Meta:
        db_table = "audit_heartbeat"
        indexes = [models.Index(fields=["source", "recorded_at"], name="heartbeat_by_source")]


class EventBlock(models.Model):
    """The events of one type in one block of the ledger (:mod:`audit.events.tally`); a block never changes."""

    block = models.PositiveBigIntegerField()
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=500)
    type = models.CharField(max_length=200)
    n = models.PositiveBigIntegerField()
    simulated = models.PositiveBigIntegerField()
    drill = models.PositiveBigIntegerField()
    quarantined = models.PositiveBigIntegerField()
    first = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_event_block"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "block", "source", "type"], name="one_tally_per_block_and_type")
        ]


class SourceBlock(models.Model):
    """The sequence numbers of a source in one block: the extent, and how many came here for the first time."""

    block = models.PositiveBigIntegerField()
    source = models.CharField(max_length=500)
    fresh = models.PositiveBigIntegerField()
    low = models.BigIntegerField()
    high = models.BigIntegerField()

    class Meta:
        db_table = "audit_source_block"
        constraints = [models.UniqueConstraint(fields=["source", "block"], name="one_tally_per_source_and_block")]


class TalliedBlock(models.Model):
    """A block that is counted, also when it holds no event."""

    block = models.PositiveBigIntegerField(primary_key=True)

    class Meta:
        db_table = "audit_tallied_block"
