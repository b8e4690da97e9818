"""A use of AI: what it is for, who answers for it, how people oversee it, what it may do."""

from django.db import models
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext_lazy as _

from governance.models.ai_system import AISystem
from governance.models.base import Referenced
from governance.models.person import Person, Unit

# From the strictest to the loosest; the empty one is not classified yet.
TIERS = ("prohibited", "high", "limited", "minimal", "review", "out_of_scope", "")


class UseCase(Referenced):
    """One entry of the register. ``key`` is what integrated systems put into the event's ``usecase``."""

    class Lifecycle(models.TextChoices):
        PLANNED = "planned", _("Planned")
        PILOT = "pilot", _("Pilot")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        RETIRED = "retired", _("Retired")

    class Mode(models.TextChoices):
        HITL = "HITL", _("Human in the loop")
        HOTL = "HOTL", _("Human on the loop")
        HIC = "HIC", _("Human in command")
        HOOTL = "HOOTL", _("No human in the loop (justified)")

    class Effect(models.TextChoices):
        NONE = "none", _("None")
        MINOR = "minor", _("Minor")
        SIGNIFICANT = "significant", _("Legal or similarly significant")

    class Reversibility(models.TextChoices):
        REVERSIBLE = "reversible", _("Easily")
        COSTLY = "costly", _("With effort or loss")
        IRREVERSIBLE = "irreversible", _("No")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    purpose = models.TextField(_("intended purpose"))
    lifecycle = models.CharField(max_length=10, choices=Lifecycle.choices, default=Lifecycle.PLANNED)
    mode = models.CharField(_("oversight mode"), max_length=5, choices=Mode.choices, blank=True)
    mode_reason = models.TextField(_("why this mode"), blank=True)
    # What the suggested mode rests on; empty is unknown.
    effect = models.CharField(_("effect on people"), max_length=12, choices=Effect.choices, blank=True)
    reversibility = models.CharField(_("can it be undone"), max_length=12, choices=Reversibility.choices, blank=True)
    decisions_per_day = models.PositiveIntegerField(_("decisions a day"), null=True, blank=True)
    # The tier of the latest classification; the verb that classifies writes both.
    tier = models.CharField(_("tier"), max_length=20, blank=True, editable=False)
    # Sorting by tier reads an index: its place in ``TIERS``, kept by the database.
    tier_rank = models.GeneratedField(
        expression=models.Case(
            *(models.When(tier=tier, then=models.Value(rank)) for rank, tier in enumerate(TIERS)),
            default=models.Value(len(TIERS)),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    # What the search reads, folded once by the database instead of at each search.
    search_text = models.GeneratedField(
        expression=Lower(
            Concat(
                *("name", models.Value("\n"), "ref", models.Value("\n"), "key", models.Value("\n"), "purpose"),
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    sector = models.CharField(_("sector"), max_length=60, blank=True)
    roles = models.JSONField(_("roles under the AI Act"), default=list)  # provider, deployer, ...
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="owned_use_cases")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="use_cases")
    systems = models.ManyToManyField(AISystem, related_name="use_cases", blank=True)
    affected_people = models.CharField(_("people affected"), max_length=300, blank=True)
    countries = models.JSONField(default=list)
    languages = models.JSONField(default=list)
    data_used = models.TextField(_("data used"), blank=True)
    first_use = models.DateField(_("first use"), null=True, blank=True)
    # What the fairness assessment needs declared and never guesses:
    # {"favourable": str, "positive": str, "attributes": {name: reference}, "crosses": [[a, b]], "threshold": "0.8"}
    fairness = models.JSONField(default=dict, blank=True)
    simulated = models.BooleanField(_("example data"), default=False)
    registered_at = models.DateTimeField()

    class Meta:
        db_table = "governance_use_case"
        indexes = [
            models.Index(fields=["tier", "ref"], name="use_case_by_tier"),
            models.Index(fields=["tier_rank", "ref"], name="use_case_by_rank"),
            models.Index(fields=["name", "ref"], name="use_case_by_name"),
            # Counts of what somebody sees, by tier, mode and lifecycle, from the index alone.
            models.Index(fields=["tier", "mode", "lifecycle", "unit", "owner", "id"], name="use_case_overview"),
        ]
        permissions = [
            ("review_usecase", "Can review decisions of the use case"),
            ("stop_usecase", "Can stop the use case"),
            ("view_groups_usecase", "Can read group data of the use case, in aggregate"),
            ("report_usecase", "Can issue reports on the use case"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lifecycle__in=["planned", "pilot", "live", "paused", "retired"]),
                name="use_case_lifecycle_known",
            ),
            models.CheckConstraint(
                condition=models.Q(mode__in=["", "HITL", "HOTL", "HIC", "HOOTL"]), name="use_case_mode_known"
            ),
        ]
