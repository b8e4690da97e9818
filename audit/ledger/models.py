"""The ledger's tables. Evidence is inserted and read, never updated; database guards refuse the rest.

There are no foreign keys between them: a checked key costs a lookup per row, and nothing here is ever renamed
or deleted but payloads, whose absence the ledger itself explains.
"""

from django.db import models

from audit.ledger.uuid7 import uuid7


class Entry(models.Model):
    """One entry: its canonical envelope, the very bytes that were hashed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stream = models.CharField(max_length=100)
    envelope = models.BinaryField()

    class Meta:
        db_table = "ledger_entry"
        # The few entries the ledger writes about itself: rotations, removals, holds.
        indexes = [
            models.Index(fields=["stream", "id"], name="ledger_own_entries", condition=models.Q(stream="ledger"))
        ]


class Payload(models.Model):
    """What an entry commits to. Deleting it (with its salt) is the one deletion there is, and leaves proofs whole."""

    entry_id = models.UUIDField(primary_key=True)
    salt = models.BinaryField()
    body = models.BinaryField()
    media_type = models.CharField(max_length=100)
    key_id = models.UUIDField(null=True)  # set: the body is AES-256-GCM under this subject's key

    class Meta:
        db_table = "ledger_payload"


class SubjectKey(models.Model):
    """The data key of one data subject; without it their payloads are unreadable, in every copy."""

    subject = models.UUIDField(primary_key=True)
    key = models.BinaryField()

    class Meta:
        db_table = "ledger_subject_key"


class Queued(models.Model):
    """What one act appended and is not in the tree yet (PostgreSQL; on SQLite always empty).

    ``size`` entries in their order: 16 bytes of each one's id in ``entries``, 32 of its leaf hash in ``leaf_hashes``.
    """

    id = models.BigAutoField(primary_key=True)
    entries = models.BinaryField()
    leaf_hashes = models.BinaryField()
    size = models.IntegerField()
    queued_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_queue"


class Leaf(models.Model):
    """The place of an entry in the tree."""

    idx = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    leaf_hash = models.BinaryField()

    class Meta:
        db_table = "ledger_leaf"


class Tile(models.Model):
    """256 hashes of one level; only the last tile of a level is partial, and it only grows."""

    id = models.BigIntegerField(primary_key=True)  # level * 2^48 + number
    width = models.IntegerField()
    hashes = models.BinaryField()

    class Meta:
        db_table = "ledger_tile"


class SignedCheckpoint(models.Model):
    """A signed tree head. The primary key is the compare-and-swap: one size is signed once."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_checkpoint"


class Anchor(models.Model):
    """Something from outside the house about a checkpoint: a cosignature or a time stamp token."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=200)
    blob = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_anchor"


class Removal(models.Model):
    """Leave to delete one payload: written with the entry that says why, checked by the database guard."""

    entry_id = models.UUIDField(primary_key=True)
    cause_id = models.UUIDField()

    class Meta:
        db_table = "ledger_removal"


class Hold(models.Model):
    """A legal hold: while it stands, payloads of its stream or subject (or all, when neither is named) stay."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stream = models.CharField(max_length=100, blank=True)
    subject = models.UUIDField(null=True)
    reason = models.TextField()
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ledger_hold"
