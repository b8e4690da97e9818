"""What changed in the register: before, after, who, when, and the ledger entry that proves it."""

from django.db import models

from governance.models.base import Row


class Change(Row):
    """One change. Names are kept as they were; rows are never edited."""

    object_type = models.CharField(max_length=40)
    object_id = models.UUIDField()
    object_ref = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=80)  # dotted, e.g. register.use_case.submitted
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    entry = models.UUIDField()

    class Meta:
        db_table = "governance_change"
        indexes = [
            models.Index(fields=["object_type", "object_id", "-at"], name="change_by_object"),
            models.Index(fields=["-at"], name="change_by_time"),
        ]
