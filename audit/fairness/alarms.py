"""From the watch over time to findings: an alarm opens one, with the bound it came with; a bad day never does.

Each attribute is watched on closed days, from the day its last finding was put right. The e-process errs at most with
``ALPHA`` ever, the e-CUSUM at most once in a thousand fair days on average; a watch that begins anew after a fix has
bounds of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from audit.fairness.aggregates import history, simulated_in
from audit.fairness.declared import config_of, schema_of
from audit.fairness.errors import FairnessError
from audit.fairness.live import dated
from audit.fairness.monitoring import CUSUM_THRESHOLD, Track
from audit.fairness.schema import CROSS
from audit.fairness.watching import Watch, watch_counts
from audit.findings.acts import acts_of
from audit.findings.playbook import DISPARITY
from audit.findings.raising import raise_finding
from audit.findings.standing import standing
from audit.models import Finding
from governance.models import UseCase

ALPHA: Final = 0.05
STAGE: Final = "final"


@dataclass(frozen=True)
class Alarm:
    """What a watch says: which group against which reference, since when, by which of the two, and how sure."""

    attribute: str
    group: str
    reference: str
    day: date
    method: str
    since: date | None

    @property
    def subject(self) -> str:
        """What the finding is about."""
        return f"{self.attribute}: {self.group} / {self.reference}"

    def explanation(self) -> dict[str, Any]:
        """What the finding keeps: no rates, since whoever sees the use case reads it."""
        bound = (
            "if both groups share a rate, the chance of ever raising this is at most 5 %"
            if self.method == "e_process"
            else "if both groups share a rate, this is raised at most once in 1,000 days on average"
        )
        return {
            "sentence": f"{self.subject}: selected at different rates, alarm of {self.day.isoformat()} ({bound}).",
            "attribute": self.attribute,
            "group": self.group,
            "reference": self.reference,
            "metric": "selection_rate",
            "stage": STAGE,
            "alarm": self.day.isoformat(),
            "method": self.method,
            "alpha": ALPHA,
            "cusum_threshold": CUSUM_THRESHOLD,
            "since": self.since.isoformat() if self.since else None,
        }


def watch_all_cases(*, at: datetime) -> dict[str, int]:
    """Watch every use case that declares groups and raise what alarms; return how many were watched and raised."""
    watched = raised = 0
    for use_case in UseCase.objects.exclude(lifecycle="retired").order_by("ref"):
        if schema_of(use_case.fairness) is None:
            continue
        watched += 1
        raised += len(raise_alarms(use_case, at=at))
    return {"watched": watched, "raised": raised}


def raise_alarms(use_case: UseCase, *, at: datetime) -> list[Finding]:
    """Raise a finding for each alarm of ``use_case`` that has none open; asked twice it raises once."""
    until = at.astimezone(UTC).date()
    try:
        alarms = alarms_of(use_case, until=until)
    except FairnessError:
        return []
    invented = bool(alarms) and simulated_in(use_case, window=(None, until)) > 0
    raised = [
        raise_finding(
            use_case=use_case,
            code=DISPARITY,
            subject=alarm.subject,
            severity="soft",
            explanation=alarm.explanation(),
            at=at,
            simulated=invented or use_case.simulated,
        )
        for alarm in alarms
    ]
    return [finding for finding in raised if finding is not None]


def alarms_of(use_case: UseCase, *, until: date) -> list[Alarm]:
    """Return what alarms on the days before ``until``, one at most for each attribute. Raises ``FairnessError``."""
    config = config_of(use_case.fairness)
    starts = _starts(use_case)
    days = [(day, part.counts.stage(STAGE)) for day, part in dated(history(use_case, window=(date(1, 1, 2), until)))]
    found = []
    for start in sorted({starts.get(name) for name in _names(config.groupings)}, key=lambda each: each or date.min):
        later = [(day, counts) for day, counts in days if start is None or day >= start]
        for watch in watch_counts(later, config, alpha=ALPHA, parcel=config.floor.shown):
            if starts.get(watch.attribute) == start and (alarm := _alarm(watch, start)) is not None:
                found.append(alarm)
    return found


def _names(groupings: Iterable[tuple[str, ...]]) -> list[str]:
    return [CROSS.join(grouping) for grouping in groupings]


def _alarm(watch: Watch, since: date | None) -> Alarm | None:
    """The first of what either method says, on the group with most evidence that day."""
    changed = [track for track in watch.tracks if track.change_alarm is not None]
    late = min(changed, key=lambda track: track.change_alarm or date.max, default=None)
    if watch.first_alarm is not None and (late is None or watch.first_alarm <= (late.change_alarm or date.max)):
        day = watch.first_alarm
        track = max(watch.tracks, key=lambda each: _evidence(each, day))
        return Alarm(watch.attribute, track.group, watch.reference, day, "e_process", since)
    if late is not None and late.change_alarm is not None:
        return Alarm(watch.attribute, late.group, watch.reference, late.change_alarm, "e_cusum", since)
    return None


def _evidence(track: Track, day: date) -> float:
    return max((point.log_e for point in track.points if point.day <= day), default=0.0)


def _starts(use_case: UseCase) -> dict[str, date]:
    """The day from which each attribute is watched anew: when its last finding was put right, or found false."""
    starts: dict[str, date] = {}
    for finding in Finding.objects.filter(use_case=use_case, code=DISPARITY, state=Finding.State.CLOSED):
        stands = standing(acts_of(finding))
        moment = stands.closed_at
        if stands.system_fix is not None:
            moment = datetime.fromisoformat(stands.system_fix["effective"])
        if moment is not None:
            attribute = finding.explanation["attribute"]
            day = moment.astimezone(UTC).date() + timedelta(days=1)
            starts[attribute] = max(starts.get(attribute, day), day)
    return starts
