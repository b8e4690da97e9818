"""The review queue: what waits for a person, who holds it, how it ended; escalations; approval tokens.

Tasks are opened by evidence and closed by people, evidence or time. They are not thrown away by a rebuild: it finds
each task already there.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.models.api_key import ApiKey
from governance.models import Person, UseCase
from governance.models.base import Row


class ReviewTask(models.Model):
    """One review somebody must give. The key is a UUIDv5 of use case, decision and number.

    ``claimed_by`` stays after the end: who had it. ``action_digest`` is of the very action the review is about.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLAIMED = "claimed", _("Claimed")
        SUBMITTED = "submitted", _("Submitted")
        EXPIRED = "expired", _("Ran out of time")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="review_tasks", db_index=False)
    decision_id = models.CharField(max_length=200)
    number = models.PositiveSmallIntegerField()
    policy_ref = models.CharField(max_length=60)
    decision_class = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=35, blank=True)
    action_value = models.TextField(null=True)
    action_digest = models.CharField(max_length=255, blank=True)
    wanted = models.JSONField(default=list)  # qualifications the reviewer must hold, all of them
    desk = models.CharField(max_length=120, blank=True)  # the role it was referred to
    excluded = models.JSONField(default=list)  # pseudonyms of people who may not review it
    excluded_roles = models.JSONField(default=list)
    terms = models.JSONField(default=dict)  # what the policy of its day asks of the review
    why = models.JSONField(default=dict)  # {"rules": [...], "gaps": [...], "silent": bool}
    priority = models.PositiveSmallIntegerField(default=0)  # the higher, the earlier
    own_first = models.BooleanField(default=False)
    blind = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    claimed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="review_tasks")
    claimed_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)  # when the one who holds it first saw it
    initial_judgement = models.CharField(max_length=1000, blank=True)
    advice_shown_at = models.DateTimeField(null=True)
    evidence_opened = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)
    ended_index = models.PositiveBigIntegerField(null=True)  # the ledger index that ended it, when evidence did
    ended_why = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    default_applied = models.CharField(max_length=10, blank=True)
    simulated = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)

    class Meta:
        db_table = "audit_review_task"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "claimed", "submitted", "expired", "closed"]), name="review_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "submitted"]) | Q(claimed_by__isnull=False),
                name="review_held_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(claimed_by__isnull=True), name="open_review_held_by_nobody"
            ),
            models.UniqueConstraint(fields=["use_case", "decision_id", "number"], name="one_review_task_per_number"),
            models.UniqueConstraint(
                fields=["use_case", "decision_id", "claimed_by"],
                condition=Q(state__in=["claimed", "submitted"]),
                name="one_review_per_person_and_decision",
            ),
        ]
        indexes = [
            models.Index(
                fields=["use_case", "-priority", "due_at"],
                name="review_queue",
                condition=Q(state__in=["open", "claimed"]),
            ),
            models.Index(fields=["due_at"], name="review_due", condition=Q(state__in=["open", "claimed"])),
            models.Index(fields=["claimed_by", "state"], name="review_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.review_id}"

    @property
    def review_id(self) -> str:
        """How events name the review; numbers are given per decision."""
        return f"custodes-{self.number}"

    @property
    def ref(self) -> str:
        """How the ledger names the task."""
        return str(self.pk)


class ReviewEscalation(Row):
    """One climb along a policy's chain. The row is the timer: ``due_at`` is when the next hop is told."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        RESOLVED = "resolved", _("Resolved")
        EXPIRED = "expired", _("Expired")

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="escalations")
    criteria = models.CharField(max_length=40)
    chain = models.JSONField()  # [{"to": role, "ack_s": seconds}], as the policy of its day says
    last_hop = models.CharField(max_length=10)
    hop = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    raised_at = models.DateTimeField()
    notified_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    told = models.JSONField(default=list)  # pseudonyms or names of who was told at this hop
    acknowledged_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_review_escalation"
        constraints = [models.UniqueConstraint(fields=["task", "criteria"], name="one_escalation_per_occasion")]
        indexes = [
            models.Index(fields=["due_at"], name="escalation_due", condition=Q(state__in=["running", "acknowledged"]))
        ]


class ApprovalToken(Row):
    """A one-time permission to execute one action; only the SHA-256 of its 256-bit secret is kept.

    There is one per action for ever: when it ran out unused it may be issued anew, once redeemed never again.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+")
    decision_id = models.CharField(max_length=200)
    action_digest = models.CharField(max_length=255)
    token_hash = models.CharField(max_length=64, unique=True)
    issued_to = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_approval_token"
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "decision_id", "action_digest"], name="one_approval_token_per_action"
            )
        ]
