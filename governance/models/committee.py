"""Committees, their members, and the sign-off that brings a policy version into force."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Referenced, Row
from governance.models.person import Person, Unit
from governance.models.use_case import UseCase
from policies.models import OversightPolicy


class Committee(Referenced):
    """An oversight committee; its charter says what it decides and how.

    Scope: ``units``, ``use_cases`` and ``tiers`` together; with none of them it decides on everything.
    """

    name = models.CharField(_("name"), max_length=200, unique=True)
    charter = models.TextField(_("charter"))
    quorum = models.PositiveSmallIntegerField(_("quorum"), default=3)
    quorum_functions = models.JSONField(default=list)  # functions that must take part, e.g. ["legal"]
    rules = models.JSONField(default=dict)  # {item kind: {"rule": "majority", "veto": ["data protection"]}}
    checkpoints = models.JSONField(default=list)  # [{"code", "text"}]: discussed in every meeting
    prompts = models.JSONField(default=list)  # questions answered before each vote
    evidence = models.JSONField(default=list)  # [{"kind", "max_age_days"}]: what an approval needs
    approval_days = models.PositiveIntegerField(null=True, blank=True)  # approvals end after so many days
    units = models.ManyToManyField(Unit, related_name="+", blank=True)
    use_cases = models.ManyToManyField(UseCase, related_name="+", blank=True)
    tiers = models.JSONField(default=list)

    class Meta:
        db_table = "governance_committee"


class Membership(Row):
    """A person's seat, with the function they speak for and their term."""

    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    function = models.CharField(_("function"), max_length=60)  # HR, legal, IT, data protection, business
    chair = models.BooleanField(default=False)
    term_from = models.DateTimeField()
    term_until = models.DateTimeField(null=True, blank=True)
    deputy = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="deputises_for")

    class Meta:
        db_table = "governance_membership"
        constraints = [
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=models.F("person")), name="nobody_is_their_own_deputy"
            ),
            models.UniqueConstraint(
                fields=["committee", "person"], condition=Q(term_until__isnull=True), name="one_open_seat_per_person"
            ),
        ]


class SignOff(Referenced):
    """A recorded decision of a committee. ``digest`` is of the very document the members voted on."""

    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="sign_offs")
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="sign_offs")
    policy = models.ForeignKey(OversightPolicy, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    resolution = models.TextField(_("resolution"))
    conditions = models.JSONField(default=list)
    digest = models.CharField(max_length=71)
    outcome = models.CharField(max_length=10, choices=[("approved", _("Approved")), ("rejected", _("Rejected"))])
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "governance_sign_off"


class Vote(Row):
    """One member's vote, with the reason they gave."""

    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="votes")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(
        max_length=8,
        choices=[("yes", _("Yes")), ("no", _("No")), ("abstain", _("Abstain")), ("recuse", _("Recused"))],
    )
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "governance_vote"
        constraints = [models.UniqueConstraint(fields=["sign_off", "membership"], name="one_vote_per_member")]


class PolicyInForce(Row):
    """Which policy version binds a use case, and when: only a sign-off makes one."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="policies_in_force")
    policy = models.ForeignKey(OversightPolicy, on_delete=models.PROTECT, related_name="in_force")
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="+")
    in_force_from = models.DateTimeField()
    in_force_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_policy_in_force"
        constraints = [
            models.UniqueConstraint(
                fields=["use_case"], condition=Q(in_force_until__isnull=True), name="one_open_policy_per_use_case"
            ),
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True) | Q(in_force_until__gt=models.F("in_force_from")),
                name="policy_ends_after_it_begins",
            ),
        ]
