"""AI systems, the models inside them, their versions, and who supplies them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.base import Referenced, Row


class Supplier(Row):
    """Who supplies a system or a model; ``""`` country is unknown."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)

    class Meta:
        db_table = "governance_supplier"

    def __str__(self) -> str:
        return self.name


class AIModel(Referenced):
    """A model inside one or more systems, for example a language model that a vendor serves."""

    name = models.CharField(_("name"), max_length=200)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="models")
    description = models.TextField(_("description"), blank=True)
    general_purpose = models.BooleanField(_("general-purpose model (AI Act Art 3(63))"), default=False)

    class Meta:
        db_table = "governance_ai_model"


class ModelVersion(Row):
    """One version of a model, as systems report it."""

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(_("version"), max_length=80)
    released_on = models.DateField(_("released on"), null=True, blank=True)

    class Meta:
        db_table = "governance_model_version"
        constraints = [models.UniqueConstraint(fields=["model", "version"], name="one_row_per_model_version")]


class AISystem(Referenced):
    """An AI system in the sense of AI Act Art 3(1); a use case may use several, a system may serve several."""

    name = models.CharField(_("name"), max_length=200)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="systems")
    description = models.TextField(blank=True)
    version = models.CharField(max_length=80, blank=True)
    eu_database_id = models.CharField(_("number in the EU database"), max_length=80, blank=True)

    class Meta:
        db_table = "governance_ai_system"


class SystemVersion(Row):
    """One version of a system, what is inside it and when it was in use."""

    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(_("version"), max_length=80)
    model_versions = models.ManyToManyField(ModelVersion, related_name="system_versions", blank=True)
    in_use_from = models.DateField(_("in use from"), null=True, blank=True)
    in_use_until = models.DateField(_("in use until"), null=True, blank=True)
    # Art 3(23): a change not foreseen in the conformity assessment; None: nobody has looked
    substantial = models.BooleanField(_("substantial modification"), null=True, blank=True)
    note = models.TextField(_("what changed"), blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "governance_system_version"
        constraints = [
            models.UniqueConstraint(fields=["system", "version"], name="one_row_per_system_version"),
            models.CheckConstraint(
                condition=Q(in_use_until__isnull=True)
                | Q(in_use_from__isnull=True)
                | Q(in_use_until__gte=models.F("in_use_from")),
                name="system_version_ends_after_it_begins",
            ),
        ]
