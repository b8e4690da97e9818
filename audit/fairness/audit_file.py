"""A whole one-off audit: from a file and declared columns to an assessment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import pandas as pd

from audit.fairness.assessment import Assessment, assess
from audit.fairness.config import AssessmentConfig, preset_named, with_preset
from audit.fairness.details import conditional_details, representation_details, score_details, strata_named
from audit.fairness.encoding import UNKNOWN_TOKENS
from audit.fairness.errors import InvalidCheck
from audit.fairness.human_step import human_step
from audit.fairness.multiclass import multiclass_from_frame
from audit.fairness.publication import publication
from audit.fairness.reading import Columns, FileCounts, count_file, count_scoring, read_table

MOST_CLASSES = 30


@dataclass(frozen=True)
class Request:
    """What a user asks of a file. ``threshold``, ``exclude_below`` and ``minimum_shown`` override the preset's.

    ``final`` is the column of the decision a person took on the AI's; ``strata`` are held fixed in conditional
    figures; ``benchmarks`` declare the share each group should have.
    """

    path: Path
    config: AssessmentConfig
    decision: str | None = None
    favourable: str | None = None
    outcome: str | None = None
    positive: str | None = None
    score: str | None = None
    final: str | None = None
    strata: tuple[str, ...] = ()
    benchmarks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    preset: str | None = None
    threshold: float | None = None
    exclude_below: float | None = None
    minimum_shown: int | None = None
    unknown: tuple[str, ...] = ()
    delimiter: str = ","

    @property
    def columns(self) -> Columns:
        """The columns of the file by meaning."""
        crossed = [name for cross in self.config.crosses for name in cross]
        attributes = tuple(dict.fromkeys([*self.config.groups, *crossed]))
        return Columns(
            attributes=attributes + strata_named(self.strata, attributes),
            decision=self.decision,
            favourable=self.favourable,
            outcome=self.outcome,
            positive=self.positive,
            score=self.score,
            final=self.final,
            unknown=UNKNOWN_TOKENS | frozenset(self.unknown),
        )


def effective_config(request: Request) -> AssessmentConfig:
    """Return the configuration with the preset and the explicit overrides in place."""
    config = request.config if request.preset is None else with_preset(request.config, request.preset)
    if request.config.metrics is not None:
        config = replace(config, metrics=request.config.metrics)
    if request.threshold is not None:
        config = replace(config, threshold=request.threshold)
    if request.exclude_below is not None:
        config = replace(config, exclude_below=request.exclude_below)
    if request.minimum_shown is not None:
        config = replace(config, floor=replace(config.floor, shown=request.minimum_shown))
    return config


def _check(request: Request) -> None:
    if request.decision is None and not (request.preset == "ll144" and request.score is not None):
        raise InvalidCheck("name the decision column with --decision and its favourable value with --favourable")
    if request.decision is not None and request.favourable is None:
        raise InvalidCheck("declare which decision is favourable with --favourable; it is never guessed")
    if request.outcome is not None and request.positive is None:
        raise InvalidCheck("declare which outcome is positive with --positive; it is never guessed")
    if request.positive is not None and request.outcome is None:
        raise InvalidCheck("--positive needs the column of the outcome: --outcome")
    if request.final is not None and request.decision is None:
        raise InvalidCheck("--final needs the column of the AI's proposal: --decision")
    for name in request.benchmarks:
        if name not in request.columns.attributes:
            raise InvalidCheck(f"a benchmark is declared for {name!r}, which is not among the groups compared")


def audit_file(request: Request, source: IO[bytes] | None = None) -> Assessment:
    """Read, count and judge a file. Raises a ``FairnessError`` for whatever was asked wrongly.

    ``source`` is the opened file, where the caller shows progress.
    With ``final`` the assessment is of the AI's proposal; the final decision and the change stand beside it.
    """
    _check(request)
    config = effective_config(request)
    frame = read_table(request.path, request.columns, delimiter=request.delimiter, source=source)
    scoring = None
    if request.preset == "ll144" and request.score is not None:
        scoring = _scoring(frame, request, config)
    if request.decision is None:
        assert scoring is not None  # noqa: S101
        return scoring
    counted = count_file(frame, request.columns)
    counts = counted.counts.stage(counted.counts.schema.stages[0])
    assessment = assess(counts, config)
    extra: dict[str, Any] = {} if scoring is None else {"scoring": scoring.to_json()}
    if request.final is not None:
        extra["final"] = assess(counted.counts.stage("final"), config).to_json()
        extra["human_step"] = [step.to_json() for step in human_step(counted.counts, config)]
    if counts.schema.bins:
        extra["scores"] = score_details(counts, config)
    if request.strata:
        extra["conditional"] = [row for by in request.strata for row in conditional_details(counts, assessment, by)]
    if request.benchmarks:
        extra["representation"] = representation_details(counts, request.benchmarks, config.level)
    extra |= _classes(frame, request, config)
    return _with_notes(assessment, counted, extra)


def _classes(frame: pd.DataFrame, request: Request, config: AssessmentConfig) -> dict[str, Any]:
    """Return how often each group gets each value of the decision, where it has more than two.

    No value but the declared one is favourable, so there is no pass mark: differences with intervals, Holm within a
    value. More than ``MOST_CLASSES`` values are a number or a text, not a choice, and are left out.
    """
    assert request.decision is not None  # noqa: S101
    counted = multiclass_from_frame(frame, request.columns.attributes, request.decision)
    if not 2 < len(counted.classes) <= MOST_CLASSES:
        return {}
    open_end = replace(config, metrics=("selection_rate",), threshold=None, preset=None)
    found = []
    for name, counts in counted.each_class().items():
        of_class = assess(counts, open_end).to_json()
        found.append({"value": name, **{part: of_class[part] for part in ("n", "groups", "comparisons")}})
    return {"values": found}


def _scoring(frame: pd.DataFrame, request: Request, config: AssessmentConfig) -> Assessment:
    counted = count_scoring(frame, request.columns)
    return _with_notes(assess(counted.counts, replace(config, metrics=("scoring_rate",))), counted, {})


def _with_notes(assessment: Assessment, counted: FileCounts, extra: dict[str, Any]) -> Assessment:
    published = {}
    if assessment.config.preset is not None and preset_named(assessment.config.preset).publication:
        published = {"publication": publication(assessment)}
    return replace(
        assessment,
        warnings=(*counted.warnings, *assessment.warnings),
        extra={"rows": counted.rows, **counted.notes, **published, **extra},
    )
