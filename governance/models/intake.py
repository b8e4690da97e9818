"""How things come into the register: proposals of anybody, requests to change an entry, files."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Referenced, Row
from governance.models.use_case import UseCase


class Proposal(Referenced):
    """What somebody sent through the public intake form, until a registrar takes it in or declines it."""

    class State(models.TextChoices):
        NEW = "new", _("New")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    name = models.CharField(max_length=200)
    purpose = models.TextField()
    system = models.CharField(max_length=200, blank=True)
    supplier = models.CharField(max_length=200, blank=True)
    affected_people = models.CharField(max_length=300, blank=True)
    unit = models.CharField(max_length=200, blank=True)
    sender = models.CharField(max_length=200)
    contact = models.CharField(max_length=200, blank=True)
    code_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the code the sender holds
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    reason = models.TextField(blank=True)  # why it was declined; while it is new, what the sender is asked
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    received_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "governance_proposal"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(use_case__isnull=False), name="accepted_proposal_names_its_use_case"
            )
        ]


class ChangeRequest(Referenced):
    """A change to a use case somebody asks for; the role flips of Art 25(1) are asked with each."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        DONE = "done", _("Done")

    class Kind(models.TextChoices):
        PURPOSE = "purpose", _("Intended purpose")
        SYSTEM = "system", _("System, model or version")
        DATA = "data", _("Data or people affected")
        OVERSIGHT = "oversight", _("Oversight")
        OTHER = "other", _("Something else")

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="change_requests")
    kind = models.CharField(_("what changes"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("what and why"))
    flips = models.JSONField(default=dict)  # {flip_a | flip_b | flip_c: yes | no | unsure}
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "governance_change_request"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="nobody_decides_their_own_request",
            )
        ]


class RegisterImport(Row):
    """A file as it was read and checked; nothing enters the register until somebody applies it."""

    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.JSONField()  # [{column: text}]
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "governance_register_import"


class SavedView(Row):
    """A list as somebody wants to see it again: the query part of its address under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    place = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500)

    class Meta:
        db_table = "governance_saved_view"
        constraints = [models.UniqueConstraint(fields=["user", "place", "name"], name="one_saved_view_per_name")]
