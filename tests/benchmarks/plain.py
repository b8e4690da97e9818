"""An event without a ledger: the columns a plain Django REST framework viewset would insert."""

from django.db import models

FIELDS = ("event_id", "source", "type", "decision_id", "time", "payload")


class PlainEvent(models.Model):
    """Abstract, so that it stands under any settings."""

    event_id = models.CharField(max_length=255, unique=True)
    source = models.CharField(max_length=500)
    type = models.CharField(max_length=200)
    decision_id = models.CharField(max_length=200)
    time = models.DateTimeField()
    payload = models.JSONField()

    class Meta:
        abstract = True
