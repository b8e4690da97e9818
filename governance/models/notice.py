"""What people are told, how they want to be told, and what other systems are told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Row
from governance.models.person import Person
from governance.models.use_case import UseCase


class Notice(Row):
    """One thing one person was told. ``key`` names the occasion: the same occasion tells a person once."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="notices")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)  # a path of this site
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mail_after = models.DateTimeField(null=True, blank=True)  # null: no mail is wanted
    mail_claimed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_notice"
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_notice_per_person_and_occasion")]
        indexes = [
            models.Index(fields=["person", "-at"], name="notice_by_person"),
            models.Index(
                fields=["mail_after"], name="notice_to_mail", condition=Q(mailed_at=None, mail_after__isnull=False)
            ),
        ]


class NoticePreference(Row):
    """How one person wants to be told; without a row: mail at once, no quiet hours."""

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", _("A mail for each notice")
        DAILY = "daily", _("One mail a day")
        NONE = "none", _("No mail")

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="notice_preference")
    mail = models.CharField(_("mail"), max_length=8, choices=Mail.choices, default=Mail.AT_ONCE)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)  # in the installation's time zone
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        db_table = "governance_notice_preference"
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            )
        ]


class WebhookEndpoint(Row):
    """An address other systems are told at. The signing secret is stored sealed and shown once."""

    label = models.CharField(_("name"), max_length=200)
    url = models.CharField(_("address"), max_length=500)
    use_cases = models.ManyToManyField(UseCase, related_name="webhook_endpoints")
    kinds = models.JSONField(_("events"), default=list)
    sealed_secret = models.TextField(editable=False)
    sealed_previous_secret = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)  # attempts in a row that failed
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "governance_webhook_endpoint"

    def __str__(self) -> str:
        return self.label


class WebhookDelivery(Row):
    """One message to one endpoint, and how it went. ``message_id`` is the same in every attempt."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    message_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=60)
    body = models.TextField()  # the very bytes that are signed, as UTF-8
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_webhook_delivery"
        constraints = [models.UniqueConstraint(fields=["endpoint", "message_id"], name="one_delivery_per_message")]
        indexes = [
            models.Index(fields=["next_at"], name="webhook_due", condition=Q(state="waiting")),
            models.Index(fields=["-created_at"], name="webhook_by_time"),
        ]
