"""Object permissions by direct foreign key: django-guardian's generic tables cannot use an index."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from governance.models.ai_system import AISystem
from governance.models.committee import Committee
from governance.models.person import Unit
from governance.models.use_case import UseCase


class Given(models.Model):
    """A permission of one account, with what it rests on: a duty, or a reason somebody gave, for a time."""

    by_duty = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True

    @staticmethod
    def in_force() -> Q:
        """Rows that permit now: a duty lasts until it is ended, what was given until its last moment."""
        return Q(by_duty=True) | Q(until__isnull=True) | Q(until__gt=Now())

    def ended(self, at: datetime) -> bool:
        """Whether it permits no more: the twin of ``in_force`` for a row at hand."""
        return not self.by_duty and self.until is not None and self.until <= at

    @property
    def only_by_duty(self) -> bool:
        """It rests on a duty alone and ends with it; nobody gave it, so nobody withdraws it."""
        return self.by_duty and not self.reason


def _end_needs_reason(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(until__isnull=True) | ~Q(reason=""), name=name)


class UseCaseGroupGrant(GroupObjectPermissionBase):
    content_object = models.ForeignKey(UseCase, on_delete=models.CASCADE)


class UseCaseUserGrant(UserObjectPermissionBase, Given):
    content_object = models.ForeignKey(UseCase, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        constraints = [_end_needs_reason("use_case_grant_ends_with_a_reason")]


class UnitGroupGrant(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Unit, on_delete=models.CASCADE)


class UnitUserGrant(UserObjectPermissionBase, Given):
    content_object = models.ForeignKey(Unit, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        constraints = [_end_needs_reason("unit_grant_ends_with_a_reason")]


class AISystemGroupGrant(GroupObjectPermissionBase):
    content_object = models.ForeignKey(AISystem, on_delete=models.CASCADE)


class AISystemUserGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(AISystem, on_delete=models.CASCADE)


class CommitteeGroupGrant(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Committee, on_delete=models.CASCADE)


class CommitteeUserGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(Committee, on_delete=models.CASCADE)
