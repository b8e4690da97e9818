"""Fairness counts of live decisions: definitions, running totals and the deltas that lead to them (projection)."""

from django.db import models

from governance.models import UseCase


class FairnessDefinition(models.Model):
    """One declared definition under which a use case's decisions are counted; ``digest`` is its schema's.

    ``first_index``: the first ledger index counted under it. A changed declaration makes a new definition, filled
    from its first index on; ``custodes rebuild`` counts everything under the current one.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    schema = models.JSONField()
    first_index = models.PositiveBigIntegerField()

    class Meta:
        db_table = "audit_fairness_definition"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "digest"], name="one_fairness_definition_per_digest")
        ]


class FairnessTotals(models.Model):
    """The running counts of one day and model version. Written by the follower alone.

    ``day`` is the proleptic ordinal of the decision's UTC date, 0 when its time is unknown. ``cells``: the count
    matrix, one row of little-endian int64 per group tuple of ``groups``, zlib-compressed.
    """

    definition = models.ForeignKey(FairnessDefinition, on_delete=models.CASCADE, related_name="totals", db_index=False)
    day = models.PositiveIntegerField()
    version = models.CharField(max_length=200, blank=True)
    groups = models.JSONField()
    cells = models.BinaryField()
    simulated = models.BigIntegerField(default=0)

    class Meta:
        db_table = "audit_fairness_totals"
        constraints = [
            models.UniqueConstraint(fields=["definition", "day", "version"], name="one_fairness_total_per_day")
        ]


class FairnessDelta(models.Model):
    """One case entering (+1) or leaving (-1) a cell because of one ledger entry.

    Totals less the deltas from index N on are the figures as of checkpoint N. ``decision`` is the row's key; None:
    the sum of cases whose records were removed, under the index of the next issued report or of the removal.
    """

    id = models.BigAutoField(primary_key=True)
    definition = models.ForeignKey(FairnessDefinition, on_delete=models.CASCADE, related_name="+", db_index=False)
    index = models.PositiveBigIntegerField()
    day = models.PositiveIntegerField()
    version = models.CharField(max_length=200, blank=True)
    group = models.JSONField()
    cell = models.PositiveSmallIntegerField()
    score = models.FloatField(null=True)
    sign = models.IntegerField()
    simulated = models.BooleanField(default=False)
    decision = models.UUIDField(null=True)

    class Meta:
        db_table = "audit_fairness_delta"
        indexes = [models.Index(fields=["definition", "index"], name="fairness_delta_by_index")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sign__in=[-1, 1]) | models.Q(decision=None), name="fairness_delta_by_one"
            )
        ]


class FairnessSummary(models.Model):
    """The figures of one closed month, sealed before its group data is deleted; the digest is in the ledger.

    Kept outside the projections: what it says can then no longer be recomputed. ``content`` is what a page would
    have shown of the month, small groups withheld, both stages.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()  # its first day
    definition = models.CharField(max_length=64)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    entry = models.UUIDField()

    class Meta:
        db_table = "audit_fairness_summary"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "month", "definition"], name="one_fairness_summary_a_month")
        ]


class GroupTerm(models.Model):
    """How long group data of a use case is kept, and why; a person asks, another one agrees.

    The newest agreed row counts. ``keep_days`` runs from the recording of a group event. ``entry`` is that of the
    agreement.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="group_terms")
    keep_days = models.PositiveIntegerField()
    necessity = models.TextField()
    asked_by_id = models.UUIDField()
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    agreed_by_id = models.UUIDField(null=True)
    agreed_by_name = models.CharField(max_length=200, blank=True)
    agreed_at = models.DateTimeField(null=True)
    entry = models.UUIDField(null=True)

    class Meta:
        db_table = "audit_group_term"
        constraints = [
            models.CheckConstraint(condition=models.Q(keep_days__gt=0), name="group_term_keeps_a_day"),
            models.CheckConstraint(
                condition=models.Q(agreed_by_id__isnull=True) | ~models.Q(agreed_by_id=models.F("asked_by_id")),
                name="group_term_by_two_people",
            ),
        ]
