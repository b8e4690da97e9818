"""Competence and authority: training with validity, what a person may do to a system, experts from outside."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Referenced, Row
from governance.models.person import Person, Unit
from governance.models.use_case import UseCase


class TrainingModule(Row):
    """A training people complete; completing it gives a qualification named ``code`` for ``valid_days``."""

    class Topic(models.TextChoices):
        LIMITS = "limits", _("What the system can and cannot do")
        BIAS = "bias", _("Bias, the system's and one's own")
        READING = "reading", _("Reading figures and intervals")
        INTERVENING = "intervening", _("Overriding and stopping")
        RECORDING = "recording", _("Recording decisions")

    code = models.SlugField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    topic = models.CharField(_("topic"), max_length=12, choices=Topic.choices)
    valid_days = models.PositiveIntegerField(_("valid for, in days"), null=True, blank=True)  # null: for ever
    offered_from = models.DateTimeField()

    class Meta:
        db_table = "governance_training_module"

    def __str__(self) -> str:
        return self.name


class AuthorityGrant(Referenced):
    """The right of a person to do something to systems, for a scope and a time (AI Act Art 26(2)).

    Scope: one use case, all of one unit, or with neither the whole organisation.
    """

    class Act(models.TextChoices):
        REVIEW = "review", _("review decisions")
        OVERRIDE = "override", _("override decisions")
        LIMIT = "limit", _("limit a system")
        PAUSE = "pause", _("pause a system")
        STOP = "stop", _("stop a system")
        RESUME = "resume", _("let a system run again")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="authority")
    act = models.CharField(_("act"), max_length=8, choices=Act.choices)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="authority")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"), blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "governance_authority_grant"
        constraints = [
            models.CheckConstraint(
                condition=Q(act__in=["review", "override", "limit", "pause", "stop", "resume"]),
                name="authority_act_known",
            ),
            models.CheckConstraint(condition=Q(use_case=None) | Q(unit=None), name="authority_has_one_scope"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="authority_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["person", "act"], name="authority_by_person")]


class Engagement(Row):
    """An expert from outside, for a time: outside it they hold nothing and may do nothing."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="engagements")
    employer = models.CharField(_("employer"), max_length=200)
    purpose = models.TextField(_("purpose"))
    sponsor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # when the sign-in was closed

    class Meta:
        db_table = "governance_engagement"
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="engagement_ends_after_it_begins")
        ]
