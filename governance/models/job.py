"""Long work: the row is the truth, a queue's message is only a wake-up call."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models.base import Row


class Job(Row):
    """One piece of work, written in the transaction that asked for it.

    ``key`` makes asking idempotent; ``lease_until`` tells the sweep that a worker died; a worker may
    only finish the attempt whose number it holds.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, unique=True)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    woken_at = models.DateTimeField(null=True, blank=True)  # when workers were last called; null: not yet
    progress = models.FloatField(default=0.0)  # 0 to 1
    progress_text = models.CharField(max_length=200, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)  # {"code", "detail"}
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_job"
        indexes = [models.Index(fields=["state", "due_at"], name="job_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(progress__gte=0.0) & models.Q(progress__lte=1.0), name="job_progress_is_a_share"
            )
        ]
