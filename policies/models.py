"""Oversight policies: immutable versions. Which use case a version binds is governance's row, not ours."""

from django.db import models

from audit.ledger.uuid7 import uuid7


class OversightPolicy(models.Model):
    """One version of an oversight policy document; ``digest`` is of its canonical form."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.CharField(max_length=20, unique=True)  # POL-0001
    key = models.CharField(max_length=80)  # the use case's key, as in the document
    version = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=71, unique=True)  # sha256:<hex>
    created_at = models.DateTimeField()

    class Meta:
        db_table = "policies_oversight_policy"
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="one_document_per_version")]

    def __str__(self) -> str:
        return f"{self.ref} ({self.key} v{self.version})"
