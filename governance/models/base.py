"""What every governance row shares: a UUIDv7 key and, where people speak of it, a short reference."""

from django.db import models
from django.db.models import F

from audit.ledger.uuid7 import uuid7


class Row(models.Model):
    """A row with a UUIDv7 key: it can stand in a URL and carry a grant, and says nothing about volume."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class ReferenceCounter(models.Model):
    """The last number given out per prefix; read and raised only inside the caller's transaction."""

    prefix = models.CharField(max_length=8, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "governance_reference_counter"


def next_reference(prefix: str) -> str:
    """Return the next short reference, for example ``UC-0042``; needs an open transaction.

    The UPDATE holds the counter's row until commit, so two registrations never share a number.
    """
    ReferenceCounter.objects.get_or_create(prefix=prefix)
    ReferenceCounter.objects.filter(prefix=prefix).update(last=F("last") + 1)
    return f"{prefix}-{ReferenceCounter.objects.get(prefix=prefix).last:04d}"


class Referenced(Row):
    """A row people speak of by a short reference such as ``UC-0042``."""

    ref = models.CharField(max_length=20, unique=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.ref
