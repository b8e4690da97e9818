"""The organisation's letterhead as reports carry it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Row


class Letterhead(Row):
    """Name and logo from ``set_at`` on. Rows are added, never changed; ``logo`` is a PNG made by us, or empty.

    ``logo_sha256`` is hex, of exactly these bytes; ``entry`` the ledger entry that says so.
    """

    name = models.CharField(_("name"), max_length=200, blank=True)
    logo = models.BinaryField(default=b"")
    logo_sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entry = models.UUIDField()

    class Meta:
        db_table = "governance_letterhead"
        indexes = [models.Index(fields=["-set_at"], name="letterhead_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(logo_sha256="", width=0, height=0) | (~Q(logo_sha256="") & Q(width__gt=0, height__gt=0)),
                name="letterhead_logo_is_whole",
            )
        ]
