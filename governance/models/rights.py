"""The rights of people a system decides about: what they are told, and what they ask."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Referenced
from governance.models.person import Person
from governance.models.use_case import UseCase


class Disclosure(Referenced):
    """One version of what people are told (AI Act Arts 26(7), 26(11), 50); a new text is a new row."""

    class Kind(models.TextChoices):
        WORKERS = "workers", _("Workers and their representatives, Art 26(7)")
        PEOPLE = "people", _("People decided about, Art 26(11)")
        INTERACTION = "interaction", _("People who interact with it or see its output, Art 50")

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="disclosures")
    kind = models.CharField(_("who is told"), max_length=12, choices=Kind.choices)
    version = models.PositiveIntegerField()
    text = models.TextField(_("what they are told"))
    language = models.CharField(_("language"), max_length=10)
    audience = models.JSONField(default=list)  # for workers: ["representatives", "workers"]
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "governance_disclosure"
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "kind", "language", "version"], name="one_disclosure_per_version"
            )
        ]


class Appeal(Referenced):
    """What a person asks about a decision: to look at it again, to explain it (Art 86), or a concern.

    ``code_hash`` is the SHA-256 of the code the person holds; nobody else can read the answer with it.
    """

    class Kind(models.TextChoices):
        APPEAL = "appeal", _("Look at the decision again")
        EXPLANATION = "explanation", _("Explain the decision")
        CONCERN = "concern", _("Raise a concern")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        ASSIGNED = "assigned", _("With a reviewer")
        ANSWERED = "answered", _("Answered")

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("The decision stands")
        CHANGED = "changed", _("The decision was changed")
        PARTLY = "partly", _("The decision was changed in part")
        EXPLAINED = "explained", _("The decision was explained")
        NOTED = "noted", _("The concern was answered")
        NOT_OURS = "not_ours", _("No such decision was found")

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="appeals")
    about = models.CharField(max_length=200, blank=True)  # what the person wrote as the decision's letter or service
    decision_id = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField()
    sender = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, blank=True)
    code_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="appeals")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    explanation = models.TextField(blank=True)  # the AI's role and the main elements, in plain words
    correction = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "governance_appeal"
        indexes = [models.Index(fields=["state", "due_at"], name="appeal_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="answered")
                | (~Q(outcome="") & ~Q(explanation="") & Q(answered_at__isnull=False) & Q(answered_by__isnull=False)),
                name="answered_appeal_has_an_answer",
            )
        ]
