"""Keys of integrated systems: hashed, scoped to use cases, sources and verbs."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.models import UseCase
from governance.models.base import Row


class ApiKey(Row):
    """One key ``cst_<public_id>_<secret>``; only the SHA-256 of its 256-bit secret is kept.

    Any number of keys may be live for one system at once, so that a secret is rotated without a pause.
    """

    public_id = models.CharField(max_length=16, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    label = models.CharField(_("label"), max_length=200)
    use_cases = models.ManyToManyField(UseCase, related_name="api_keys")
    sources = models.JSONField(_("sources"), default=list)  # exact CloudEvents sources, or a prefix ending in *
    scopes = models.JSONField(_("scopes"), default=list)  # ["events:write", "control:read", ...]
    events_per_minute = models.PositiveIntegerField(_("events per minute"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "audit_api_key"

    def __str__(self) -> str:
        return f"{self.prefix} ({self.label})"

    @property
    def prefix(self) -> str:
        """What may be shown of the key: never its secret."""
        return f"cst_{self.public_id}"

    @property
    def ref(self) -> str:
        """How the ledger names the key."""
        return self.prefix


class KeyUsage(models.Model):
    """Events a key took from its quota in one minute, over all processes."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    minute = models.PositiveBigIntegerField()  # Unix minutes
    taken = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "audit_key_usage"
        constraints = [models.UniqueConstraint(fields=["key", "minute"], name="one_usage_row_per_minute")]
