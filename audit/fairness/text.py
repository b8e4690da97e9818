"""An assessment as plain text for a terminal."""

from audit.fairness.assessment import Assessment
from audit.fairness.groups import GroupFigures
from audit.fairness.rates import METRICS
from audit.fairness.wording import METRIC_NAMES, VERDICT_WORDS, count_text, number, percent, sentence, warning_text
from audit.statistics import Interval


def _figure(figure: Interval | None) -> str:
    if figure is None or figure.value is None:
        return "-"
    return f"{number(figure.value, 3)} [{number(figure.low, 3)}, {number(figure.high, 3)}]"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(row: list[str]) -> str:
        return "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()

    return [line(head), "  ".join("-" * width for width in widths), *map(line, rows)]


def _group_row(group: GroupFigures, metrics: list[str]) -> list[str]:
    name = group.group if group.excluded is None else f"{group.group} (left out)"
    return [name, count_text(group.confusion.n), *(_figure(group.rates.get(metric)) for metric in metrics)]


def as_text(assessment: Assessment) -> str:
    """Return groups with rates and intervals, then the verdict sentences, then the warnings."""
    config, schema = assessment.config, assessment.schema
    favourable = f"{schema.decision} = {schema.favourable}"
    lines = [
        f"{count_text(assessment.n)} decisions; favourable: {favourable}; intervals at {percent(config.level)}; "
        f"ratio = group / reference, threshold {number(config.threshold)}"
    ]
    shown = list(dict.fromkeys(comparison.metric for comparison in assessment.comparisons)) or ["selection_rate"]
    metrics = [name for name in METRICS if name in shown]
    for attribute in dict.fromkeys(group.attribute for group in assessment.groups):
        head = [attribute, "n", *(METRIC_NAMES[metric] for metric in metrics)]
        rows = [_group_row(group, metrics) for group in assessment.groups if group.attribute == attribute]
        lines += ["", *_table(head, rows)]
    lines.append("")
    lines += [f"- {sentence(comparison, config)}" for comparison in assessment.comparisons]
    if assessment.warnings:
        lines += ["", "Read with this:"]
        lines += [f"- {warning_text(warning)}" for warning in assessment.warnings]
    worst = assessment.worst
    lines += ["", f"Assessed: {VERDICT_WORDS[assessment.state]}."]
    if worst is not None:
        lines.append(f"Deciding comparison ({worst.attribute}): {sentence(worst, config)}")
    return "\n".join(lines)
