"""Meetings: who was there, what they saw, how each voted, what was resolved and what follows from it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.ai_system import Supplier
from governance.models.base import Referenced, Row
from governance.models.committee import Committee, Membership, SignOff
from governance.models.person import Person
from governance.models.use_case import UseCase
from policies.models import OversightPolicy

CHOICES = [("yes", _("Yes")), ("no", _("No")), ("abstain", _("Abstain")), ("recuse", _("Recused"))]


class Meeting(Referenced):
    """One meeting of a committee, or one written procedure (``deadline`` is its last moment, excluded)."""

    class Form(models.TextChoices):
        SESSION = "session", _("Meeting")
        WRITTEN = "written", _("Written procedure")

    class State(models.TextChoices):
        CONVENED = "convened", _("Convened")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField(_("title"), max_length=200)
    form = models.CharField(max_length=8, choices=Form.choices, default=Form.SESSION)
    state = models.CharField(max_length=9, choices=State.choices, default=State.CONVENED)
    starts_at = models.DateTimeField(_("starts"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    deadline = models.DateTimeField(_("deadline"), null=True, blank=True)
    convened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    convened_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        db_table = "governance_meeting"
        indexes = [models.Index(fields=["committee", "-starts_at"], name="meeting_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["convened", "open", "closed", "cancelled"]), name="meeting_state_known"
            ),
            models.CheckConstraint(
                condition=Q(form="session", deadline=None) | Q(form="written", deadline__isnull=False),
                name="written_procedure_has_a_deadline",
            ),
        ]


class DataPack(Row):
    """The figures as the members saw them: stored once, hashed, named in the ledger and in the minutes."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="pack")
    data = models.BinaryField()  # canonical JSON
    sha256 = models.CharField(max_length=64)
    checkpoint_size = models.PositiveBigIntegerField(null=True)
    frozen_at = models.DateTimeField()
    entry = models.UUIDField()

    class Meta:
        db_table = "governance_data_pack"


class Attendance(Row):
    """One stay of one person in a meeting, for a seat: their own, or one they deputise for."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendance")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_attendance"
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "membership"], condition=Q(left_at=None), name="one_presence_per_seat"
            ),
            models.UniqueConstraint(
                fields=["meeting", "person"], condition=Q(left_at=None), name="one_presence_per_person"
            ),
        ]


class AgendaItem(Row):
    """One point of an agenda. ``digest`` binds votes to what was put to the vote; ``source`` says what put it there."""

    class Kind(models.TextChoices):
        DISCUSS = "discuss", _("For discussion")
        POLICY = "policy", _("Bring a policy into force")
        APPROVE = "approve", _("Approve a use case")
        MODE = "mode", _("Change the oversight mode")
        SUSPEND = "suspend", _("Suspend a use case")
        RISK = "risk", _("Accept a risk")
        WAIVE = "waive", _("Waive a finding for a time")
        EXPAND = "expand", _("Extend a pilot")
        CHARTER = "charter", _("Amend the charter")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        VOTING = "voting", _("Vote open")
        DECIDED = "decided", _("Decided")
        DISCUSSED = "discussed", _("Discussed")
        DEFERRED = "deferred", _("Deferred")

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    question = models.TextField(_("what is to be decided"), blank=True)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items")
    policy = models.ForeignKey(OversightPolicy, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    effect = models.JSONField(default=dict)  # what adopting it does, by kind: {"mode": "HOTL"}, {"finding": "F-0001"}
    options = models.JSONField(default=list)  # [{"key", "text", "pros": [], "cons": []}]
    prompts = models.JSONField(default=list)  # questions each voter answers before voting
    conditions = models.JSONField(default=list)  # [{"text", "owner": person ref, "due": date}]
    mandatory = models.BooleanField(default=False)  # a checkpoint of the charter: the meeting cannot close without it
    source = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    motion = models.CharField(max_length=9, choices=[("adopt", _("Adopt")), ("send_back", _("Send back"))], blank=True)
    option = models.CharField(max_length=40, blank=True)
    digest = models.CharField(max_length=71, blank=True)
    excluded = models.JSONField(default=list)  # [{"person", "name", "grounds": []}] when the vote was opened
    note = models.TextField(_("what was said"), blank=True)
    voting_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_agenda_item"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="one_item_per_number"),
            models.UniqueConstraint(fields=["meeting", "source"], condition=~Q(source=""), name="one_item_per_source"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "voting", "decided", "discussed", "deferred"]),
                name="agenda_item_state_known",
            ),
            models.CheckConstraint(condition=~Q(state="voting") | ~Q(digest=""), name="a_vote_binds_to_a_digest"),
        ]


class ItemVote(Row):
    """One person's vote for one seat on one digest; voided when what was voted on changed."""

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="votes")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=8, choices=CHOICES)
    reason = models.TextField(_("reason"), blank=True)
    reflections = models.JSONField(default=list)  # [{"prompt", "answer"}]
    digest = models.CharField(max_length=71)
    cast_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_item_vote"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "membership"], condition=Q(voided_at=None), name="one_vote_per_seat"
            ),
            models.UniqueConstraint(fields=["item", "person"], condition=Q(voided_at=None), name="one_vote_per_person"),
            models.CheckConstraint(
                condition=Q(choice__in=["yes", "no", "abstain", "recuse"]), name="item_vote_choice_known"
            ),
        ]


class Resolution(Referenced):
    """What a vote came to, and its effect; one per item, never changed."""

    class Outcome(models.TextChoices):
        ADOPTED = "adopted", _("Adopted")
        REJECTED = "rejected", _("Rejected")
        SENT_BACK = "sent_back", _("Sent back")

    item = models.OneToOneField(AgendaItem, on_delete=models.PROTECT, related_name="resolution")
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    ground = models.CharField(max_length=20)  # the rule that settled it: majority, veto ...
    text = models.TextField(_("resolution"))
    tally = models.JSONField()  # {"yes", "no", "abstain", "recuse", "took_part", "quorum"}
    digest = models.CharField(max_length=71)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="resolutions")
    sign_off = models.OneToOneField(
        SignOff, on_delete=models.PROTECT, null=True, blank=True, related_name="resolved_by"
    )
    decided_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    entry = models.UUIDField()

    class Meta:
        db_table = "governance_resolution"
        indexes = [
            models.Index(fields=["expires_at"], name="resolution_by_expiry", condition=~Q(expires_at=None)),
            models.Index(fields=["use_case", "-decided_at"], name="resolution_by_use_case"),
        ]


class Action(Referenced):
    """Something to be done by somebody until a day: a condition of an approval, or what a meeting agreed."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="actions")
    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    text = models.TextField(_("what is to be done"))
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="actions")
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(null=True, blank=True)
    done_note = models.TextField(_("how it was done"), blank=True)
    delegated_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        db_table = "governance_action"
        indexes = [models.Index(fields=["owner", "due_at"], name="action_open", condition=Q(done_at=None))]


class Minutes(Referenced):
    """The signed minutes of a meeting: the data they are drawn from, the pages, and their ledger entry."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="minutes")
    language = models.CharField(max_length=8)
    data = models.BinaryField()
    data_sha256 = models.CharField(max_length=64)
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64, db_index=True)
    signed_pdf = models.BinaryField(null=True)
    signed_pdf_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entry = models.UUIDField()

    class Meta:
        db_table = "governance_minutes"


class Interest(Row):
    """A declared interest of a person in a use case or a supplier; it excludes them from votes on it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="interests")
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"))
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_interest"
        constraints = [
            models.CheckConstraint(
                condition=Q(use_case=None, supplier__isnull=False) | Q(use_case__isnull=False, supplier=None),
                name="interest_has_one_object",
            )
        ]


class CalendarFeed(Row):
    """A secret address under which one person's meetings and due dates are read; only its hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_calendar_feed"
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="one_live_feed_per_user")
        ]
