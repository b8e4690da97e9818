"""Issued reports: the data, the pages made from it, and the ledger entry that holds the digests of both."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models import Committee, Unit, UseCase
from governance.models.base import Referenced, Row


class ReportNumber(models.Model):
    """The number a report will carry, set aside for the job that builds it, so that a retry keeps it."""

    key = models.CharField(max_length=200, primary_key=True)
    ref = models.CharField(max_length=20, unique=True)

    class Meta:
        db_table = "audit_report_number"


class IssuedReport(Referenced):
    """A report as issued, never changed. ``data`` is canonical JSON, ``pdf`` the unsigned pages made from it.

    The digests are hex SHA-256 of exactly these bytes; ``entry`` is the ledger entry that says so. ``signed_pdf``
    carries a signature, which no second signing would reproduce, and is therefore no part of the evidence.
    Scope: one use case, or all of one unit, or, with neither, the whole portfolio.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, related_name="reports")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    period_from = models.DateTimeField()
    period_until = models.DateTimeField()
    checkpoint_size = models.PositiveBigIntegerField()
    data = models.BinaryField()
    data_sha256 = models.CharField(max_length=64, unique=True)
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64, unique=True)
    signed_pdf = models.BinaryField(null=True)
    simulated = models.BooleanField(default=False)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entry = models.UUIDField()
    job_key = models.CharField(max_length=200, unique=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        db_table = "audit_issued_report"
        indexes = [models.Index(fields=["use_case", "-issued_at"], name="report_by_time")]
        constraints = [
            models.CheckConstraint(condition=Q(period_until__gt=F("period_from")), name="report_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(use_case=None) | Q(unit=None), name="report_has_one_scope"),
        ]


class ReportAct(Row):
    """What happened to an issued report afterwards. Rows are added, never changed.

    ``entry``: the act's own ledger entry; reading leaves a row here and none in the ledger.
    """

    class Kind(models.TextChoices):
        APPROVED = "approved", _("approved")
        RELEASED = "released", _("released")
        SENT = "sent", _("sent")
        PACKED = "packed", _("handed over with evidence")
        READ = "read", _("read")

    report = models.ForeignKey(IssuedReport, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recipient = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    at = models.DateTimeField()
    entry = models.UUIDField(null=True)

    class Meta:
        db_table = "audit_report_act"
        indexes = [models.Index(fields=["report", "kind", "at"], name="report_acts_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["report"], condition=Q(kind="released"), name="a_report_is_released_once"),
            models.UniqueConstraint(
                fields=["report", "by"], condition=Q(kind="approved"), name="one_approval_per_person"
            ),
            models.CheckConstraint(condition=Q(kind="read") | Q(entry__isnull=False), name="report_act_is_ledgered"),
        ]


class ReportSchedule(Referenced):
    """A report that is asked for again and again, in the name of who set it up, until it is ended."""

    class Every(models.TextChoices):
        MONTH = "month", _("each month")
        QUARTER = "quarter", _("each quarter")
        MEETING = "meeting", _("before each meeting")

    kind = models.CharField(max_length=40)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    every = models.CharField(max_length=8, choices=Every.choices)
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=10)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_report_schedule"
        constraints = [
            models.CheckConstraint(condition=Q(use_case=None) | Q(unit=None), name="report_schedule_has_one_scope"),
            models.CheckConstraint(
                condition=Q(every="meeting", committee__isnull=False) | ~Q(every="meeting") & Q(committee=None),
                name="report_schedule_knows_its_meetings",
            ),
        ]
