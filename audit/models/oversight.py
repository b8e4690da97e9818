"""Oversight counts of live decisions: totals per day and month, the deltas behind them, what people improved."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.models import Person, UseCase
from governance.models.base import Referenced


class OversightTotals(models.Model):
    """The running counts of one day. Written by the follower alone.

    ``day`` is the proleptic ordinal of the decision's UTC date, 0 when its time is unknown. ``cells``: a JSON object
    from the words of a cell, joined by U+001F, to its count, zlib-compressed. ``shifts``: by reviewer, what their
    reviews of the day amount to in the order they were given.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.PositiveIntegerField()
    cells = models.BinaryField()
    shifts = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_oversight_totals"
        constraints = [models.UniqueConstraint(fields=["use_case", "day"], name="one_oversight_total_per_day")]


class OversightMonth(models.Model):
    """The running counts of one calendar month (UTC), whole (``dimension`` empty) or of one slice such as a class.

    ``month`` is twelve times the year plus the month less one, 0 when the time is unknown.
    """

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.PositiveIntegerField()
    dimension = models.CharField(max_length=10, blank=True)
    value = models.CharField(max_length=200, blank=True)
    cells = models.BinaryField()

    class Meta:
        db_table = "audit_oversight_month"
        constraints = [
            models.UniqueConstraint(
                fields=["use_case", "dimension", "value", "month"], name="one_oversight_total_per_month_and_slice"
            )
        ]


class OversightDelta(models.Model):
    """What one ledger entry changed in the counts of one decision; cells may be negative.

    The deltas of a decision add up to what it counts now; totals less the deltas from index N on are the figures as
    of checkpoint N. ``slice``: the decision's class, confidence band, model version and language.
    """

    id = models.BigAutoField(primary_key=True)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    decision_id = models.CharField(max_length=200)
    index = models.PositiveBigIntegerField()
    day = models.PositiveIntegerField()
    slice = models.JSONField(default=list)
    cells = models.JSONField()

    class Meta:
        db_table = "audit_oversight_delta"
        indexes = [
            models.Index(fields=["use_case", "index"], name="oversight_delta_by_index"),
            models.Index(fields=["use_case", "decision_id"], name="oversight_delta_by_decision"),
        ]


class OversightReview(models.Model):
    """One submitted review in its place in time, as known from entry ``index`` until entry ``until_index``."""

    id = models.BigAutoField(primary_key=True)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.PositiveIntegerField()
    reviewer = models.CharField(max_length=255)
    at = models.DateTimeField(null=True)
    decision_id = models.CharField(max_length=200)
    review_id = models.CharField(max_length=200)
    changed = models.BooleanField(null=True)  # None: neither approved nor changed, such as a referral
    active_ms = models.PositiveBigIntegerField(null=True)
    index = models.PositiveBigIntegerField()
    until_index = models.PositiveBigIntegerField(null=True)

    class Meta:
        db_table = "audit_oversight_review"
        indexes = [
            models.Index(fields=["use_case", "day"], name="oversight_review_by_day"),
            models.Index(fields=["use_case", "reviewer", "day"], name="oversight_review_by_person"),
            models.Index(
                fields=["use_case", "decision_id"], name="oversight_review_current", condition=Q(until_index=None)
            ),
            models.Index(fields=["use_case", "index"], name="oversight_review_by_index"),
            models.Index(
                fields=["use_case", "until_index"], name="oversight_review_by_end", condition=~Q(until_index=None)
            ),
        ]


class OversightArrivals(models.Model):
    """What one source sent for one use case on one day of recording that is over; such a day never changes."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=500)
    day = models.PositiveIntegerField()
    received = models.PositiveBigIntegerField()
    sequenced = models.PositiveBigIntegerField()
    low = models.BigIntegerField(null=True)
    high = models.BigIntegerField(null=True)

    class Meta:
        db_table = "audit_oversight_arrivals"
        constraints = [
            models.UniqueConstraint(fields=["use_case", "source", "day"], name="one_arrival_row_per_source_and_day")
        ]
        indexes = [models.Index(fields=["source", "day"], name="oversight_arrivals_by_source")]


class OversightReading(models.Model):
    """What the measures of a use case said when they were read last, for lists of many use cases (projection)."""

    use_case = models.OneToOneField(
        UseCase, on_delete=models.PROTECT, primary_key=True, related_name="oversight_reading"
    )
    index = models.PositiveBigIntegerField()
    day = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        db_table = "audit_oversight_reading"


class Improvement(Referenced):
    """What a pattern of overrides led to: a cause, a change, and since when it works. Its effect is computed."""

    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="improvements")
    dimension = models.CharField(max_length=10)
    value = models.CharField(max_length=200)
    cause = models.TextField()
    change = models.TextField(blank=True)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    in_effect_on = models.DateField(null=True)

    class Meta:
        db_table = "audit_improvement"
        constraints = [
            models.CheckConstraint(
                condition=Q(dimension__in=["class", "band", "version", "language", "reason"]),
                name="improvement_dimension_known",
            ),
            models.CheckConstraint(
                condition=Q(in_effect_on__isnull=True) | ~Q(change=""), name="improvement_in_effect_says_what_changed"
            ),
        ]
