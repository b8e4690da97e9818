"""The live checks of a use case: proposal, final decision, what the human step changed, and the watch over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from audit.events.groups import log_reading
from audit.fairness.aggregates import Stretch, Window, history, paired_counts_for, simulated_in
from audit.fairness.assessment import Assessment, assess
from audit.fairness.declared import STAGES, config_of
from audit.fairness.human_step import StepChange, human_step
from audit.fairness.watching import Watch, watch_counts
from governance.access import may_read_groups
from governance.models import UseCase, User


class GroupsForbidden(PermissionError):
    """The reader may not see group data of this use case, not even in aggregate."""

    code = "groups_forbidden"

    def __init__(self, use_case: str) -> None:
        super().__init__(f"group figures of {use_case} need the permission to read group data")
        self.use_case = use_case


@dataclass(frozen=True)
class LiveFairness:
    """Both stages of one window, judged alike; ``human_step`` compares them on the same cases."""

    proposal: Assessment
    final: Assessment
    human_step: tuple[StepChange, ...]
    simulated: int


def live_fairness(use_case: UseCase, *, window: Window | None, as_of: int | None = None) -> LiveFairness:
    """Assess a window as known at checkpoint ``as_of``. For callers that have checked who may read; see ``read``.

    Raises ``NotDeclared`` and ``InvalidCheck``.
    """
    counts = paired_counts_for(use_case, window=window, as_of=as_of)
    config = config_of(use_case.fairness)
    proposal, final = (assess(counts.stage(stage), config) for stage in STAGES)
    simulated = simulated_in(use_case, window=window, as_of=as_of)
    return LiveFairness(proposal, final, tuple(human_step(counts, config)), simulated)


def read(
    use_case: UseCase, *, actor: User, purpose: str, at: datetime, window: Window | None, as_of: int | None = None
) -> LiveFairness:
    """Assess a window for a person and write into the access log that group data was read, and for what.

    Raises ``GroupsForbidden``.
    """
    if not may_read_groups(actor, use_case):
        raise GroupsForbidden(use_case.ref)
    log_reading(use_case=use_case, actor=actor, purpose=purpose, at=at)
    return live_fairness(use_case, window=window, as_of=as_of)


def watched(
    use_case: UseCase, *, window: Window | None = None, as_of: int | None = None, stage: str = "final"
) -> list[Watch]:
    """Watch the selection rates of a use case over its days, with the bound on false alarms of ``monitoring``."""
    days = dated(history(use_case, window=window, as_of=as_of))
    config = config_of(use_case.fairness)
    parts = [(day, part.counts.stage(stage)) for day, part in days]
    return watch_counts(parts, config, parcel=config.floor.shown)


def versions(stretches: Sequence[Stretch]) -> list[tuple[date, str]]:
    """Return the days on which a model version first decided, to annotate a chart."""
    first: dict[str, date] = {}
    for day, stretch in dated(stretches):
        first.setdefault(stretch.version, day)
    return sorted((day, version) for version, day in first.items())


def dated(stretches: Sequence[Stretch]) -> list[tuple[date, Stretch]]:
    """Return the stretches whose day is known."""
    return [(stretch.day, stretch) for stretch in stretches if stretch.day is not None]
