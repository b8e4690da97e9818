"""Who answers for a use case, in which duty, from when until when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Row
from governance.models.person import Person
from governance.models.use_case import UseCase


class Assignment(Row):
    """A person's duty for a use case over time; the open owner row always names ``UseCase.owner``."""

    class Duty(models.TextChoices):
        OWNER = "owner", _("Owner")
        REVIEWER = "reviewer", _("Reviewer")
        STOP = "stop", _("May stop the system")
        ESCALATION = "escalation", _("Escalation contact")
        DATA_PROTECTION = "data_protection", _("Data protection contact")
        TECHNICAL = "technical", _("Technical contact")

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    duty = models.CharField(_("duty"), max_length=20, choices=Duty.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "governance_assignment"
        indexes = [models.Index(fields=["use_case", "since"], name="assignment_by_use_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["use_case"], condition=Q(duty="owner", until__isnull=True), name="one_open_owner"
            ),
            models.UniqueConstraint(
                fields=["use_case", "person", "duty"], condition=Q(until__isnull=True), name="one_open_assignment"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
                name="assignment_ends_after_it_begins",
            ),
        ]
