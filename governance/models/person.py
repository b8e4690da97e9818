"""People, the units they belong to and what they are qualified for."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models.base import Referenced, Row


class Unit(Row):
    """A part of the organisation. One installation is one organisation; units are rows in it."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        db_table = "governance_unit"

    def __str__(self) -> str:
        return self.name


class Person(Referenced):
    """Somebody who decides or reviews. ``pseudonym`` is what systems send and reports print."""

    name = models.CharField(_("name"), max_length=200)
    function = models.CharField(_("function"), max_length=200, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="person"
    )
    pseudonym = models.CharField(_("pseudonym"), max_length=60, unique=True, null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    class Meta:
        db_table = "governance_person"

    def __str__(self) -> str:
        return self.name


class Qualification(Row):
    """Training or a role a person holds for a time; the checker asks who held what at that instant."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="qualifications")
    code = models.CharField(max_length=80)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)  # certificate, course record, assessment

    class Meta:
        db_table = "governance_qualification"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gt=models.F("valid_from")),
                name="qualification_ends_after_it_begins",
            )
        ]
