"""Fairness: differences between groups in one use case, one question a page, before and after people looked."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.events.groups import log_reading
from audit.fairness.human_step import human_step
from audit.fairness.presets import PRESETS
from audit.fairness.wording import METRIC_NAMES
from governance.access import may_read_groups, use_cases_visible_to
from governance.models import UseCase
from governance.web import (
    fairness_comparison,
    fairness_human_step,
    fairness_over_time,
    fairness_publication,
    fairness_scores,
    fairness_shares,
    fairness_strata,
)
from governance.web.assessments import Stages, assessed
from governance.web.fairness_view import FairnessView, as_csv
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table, query_without
from governance.web.windows import Window, window_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked for: a use case's assessments in a window, and the compared figure."""

    use_case: UseCase
    stages: Stages
    window: Window
    metric: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One question: its place in the address, its word in the navigation, who answers it, and by figure or not."""

    name: str
    label: str | Promise
    build: Callable[[Asked], FairnessView]
    by_metric: bool = False


def _step(asked: Asked) -> FairnessView:
    stages = asked.stages
    assert stages.final is not None and stages.counts is not None  # noqa: S101, PT018
    steps = human_step(stages.counts, stages.final.config)
    paired = {step.metric for step in steps}
    metric = asked.metric if asked.metric in paired or not paired else "selection_rate"
    return fairness_human_step.build(steps, stages.final, asked.window, metric)


def _final(build: Callable[..., FairnessView], *more: str) -> Callable[[Asked], FairnessView]:
    def built(asked: Asked) -> FairnessView:
        stages = asked.stages
        assert stages.final is not None and stages.counts is not None  # noqa: S101, PT018
        given = {
            "counts": stages.counts.stage("final"),
            "use_case": asked.use_case,
            "benchmarks": asked.use_case.fairness.get("benchmarks") or {},
            "metric": asked.metric,
        }
        return build(final=stages.final, window=asked.window, **{name: given[name] for name in more})

    return built


KINDS: tuple[Kind, ...] = (
    Kind(
        "comparison",
        gettext_lazy("Against the reference"),
        lambda asked: fairness_comparison.build(asked.stages, asked.window, asked.metric),
        by_metric=True,
    ),
    Kind("human-step", gettext_lazy("Human step"), _step, by_metric=True),
    Kind("over-time", gettext_lazy("Over time"), _final(fairness_over_time.build, "use_case")),
    Kind("strata", gettext_lazy("Strata"), _final(fairness_strata.build, "counts", "metric"), by_metric=True),
    Kind("scores", gettext_lazy("Scores"), _final(fairness_scores.build, "counts")),
    Kind("shares", gettext_lazy("Who is in the data"), _final(fairness_shares.build, "counts", "benchmarks")),
    Kind("publication", gettext_lazy("Local Law 144"), _final(fairness_publication.build, "use_case")),
)
MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class MetricForm(forms.Form):
    """Which figure is compared."""

    metric = forms.ChoiceField(label=gettext_lazy("Compared figure"), required=False)

    def __init__(self, *args: Any, metrics: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(metric, _(METRIC_NAMES[metric])) for metric in metrics]
        self.fields["metric"].choices = choices  # type: ignore[attr-defined]


@signed_in
def overview(request: HttpRequest) -> HttpResponse:
    """Which use cases declare what they are assessed on."""
    cases = list(use_cases_visible_to(reader(request)).exclude(lifecycle="retired").order_by("ref"))
    declared = [case for case in cases if case.fairness.get("attributes")]
    columns = [
        Column(label=_("Use case")),
        Column(label=_("Compared groups")),
        Column(label=_("Favourable outcome")),
        Column(label=_("Threshold"), number=True),
    ]
    rows = [
        Row(
            cells=[
                Cell(text=case.name, href=reverse("fairness-case", args=[case.ref]), simulated=case.simulated),
                Cell(text=", ".join(case.fairness.get("attributes", {})) or _("not declared")),
                Cell(text=case.fairness.get("favourable", "")),
                Cell(text=case.fairness.get("threshold", ""), kind="number"),
            ]
        )
        for case in sorted(cases, key=lambda case: (case not in declared, case.ref))
    ]
    table = Table(id="assessed", caption=_("Use cases"), columns=columns, rows=rows, stack=True)
    return render(request, "pages/fairness.html", {"table": table, "declared": len(declared), "cases": len(cases)})


@signed_in
def case(request: HttpRequest, ref: str, view: str = "comparison") -> HttpResponse:
    """One question about the differences between groups: answer, chart, table, method."""
    use_case, kind = visible_use_case(request, ref), _kind(view)
    window, window_form = window_of(request)
    context: dict[str, Any] = {
        "case": use_case,
        "kind": kind,
        "kinds": _links(use_case, kind, query_without(request, "metric")),
        "window": window,
        "window_form": window_form,
        "crumbs": [(_("Fairness"), reverse("fairness")), (use_case.ref, "")],
        "allowed": may_read_groups(reader(request), use_case),
        "declared": bool(use_case.fairness.get("attributes")),
    }
    if context["allowed"] and context["declared"]:
        stages = _read(request, use_case, window, f"fairness page: {kind.name}")
        context |= _shown(request, Asked(use_case, stages, window, _metric(request, stages)), kind)
    return render(request, "pages/fairness_case.html", context)


@signed_in
def export(request: HttpRequest, ref: str, view: str, kind: str) -> HttpResponse:
    """The figures of one page as a file, held back exactly as on the page; each export is written down."""
    use_case, asked_kind = visible_use_case(request, ref), _kind(view)
    if kind not in MEDIA or not may_read_groups(reader(request), use_case):
        raise Http404
    window, _form = window_of(request)
    stages = _read(request, use_case, window, f"fairness export: {view}.{kind}")
    if stages.final is None or not stages.final.n:
        raise Http404(_("There are no figures in this window."))
    page = asked_kind.build(Asked(use_case, stages, window, _metric(request, stages)))
    about = [(_("Use case"), f"{use_case.ref} {use_case.name}"), (_("Page"), page.title), *page.method]
    if stages.simulated:
        about.append((_("Simulated"), _("some decisions carry simulated events")))
    if kind == "json":
        data = {"use_case": use_case.ref, "page": view, "method": dict(about), **page.data}
        body = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False, default=str)
    else:
        body = as_csv(page.tables, about)
    name = f"{use_case.ref}-{view}-{window.start:%Y%m%d}-{window.last_day:%Y%m%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=MEDIA[kind], headers=headers)


def _kind(view: str) -> Kind:
    found = next((kind for kind in KINDS if kind.name == view), None)
    if found is None:
        raise Http404
    return found


def _links(use_case: UseCase, here: Kind, query: str) -> list[dict[str, Any]]:
    """The other questions about the same use case, keeping the window."""
    kinds = [kind for kind in KINDS if kind.name != "publication" or use_case.fairness.get("preset") == "ll144"]
    tail = f"?{query}" if query else ""
    return [
        {"label": kind.label, "href": address(use_case, kind.name) + tail, "here": kind.name == here.name}
        for kind in kinds
    ]


def address(use_case: UseCase, view: str) -> str:
    """Where a page is; the comparison is the use case's own."""
    if view == "comparison":
        return reverse("fairness-case", args=[use_case.ref])
    return reverse("fairness-view", args=[use_case.ref, view])


def _read(request: HttpRequest, use_case: UseCase, window: Window, purpose: str) -> Stages:
    log_reading(use_case=use_case, actor=reader(request), purpose=purpose, at=timezone.now())
    return assessed(use_case, window)


def _metric(request: HttpRequest, stages: Stages) -> str:
    metrics = _metrics(stages)
    wanted = request.GET.get("metric", "")
    return wanted if wanted in metrics else (metrics[0] if metrics else "selection_rate")


def _metrics(stages: Stages) -> list[str]:
    first = stages.final or stages.proposal
    return list(dict.fromkeys(comparison.metric for comparison in first.comparisons)) if first else []


def _shown(request: HttpRequest, asked: Asked, kind: Kind) -> dict[str, Any]:
    """What the page prints; only a reason when there is nothing to assess."""
    stages = asked.stages
    if stages.final is None or not stages.final.n:
        return {"reason": stages.reason}
    page = kind.build(asked)
    metrics = _metrics(stages)
    query = query_without(request)
    tail = f"?{query}" if query else ""
    exports = [
        (media.upper(), reverse("fairness-export", args=[asked.use_case.ref, kind.name, media]) + tail)
        for media in MEDIA
    ]
    return {
        "page": page,
        "stages": stages,
        "metric_name": _(METRIC_NAMES[asked.metric]) if kind.by_metric else "",
        "metric_form": MetricForm({"metric": asked.metric}, metrics=metrics) if kind.by_metric and metrics else None,
        "exports": exports if not page.empty else [],
        **_beside(stages, asked.metric, kind),
    }


def _beside(stages: Stages, metric: str, kind: Kind) -> dict[str, Any]:
    """Under the comparison: every comparison in words, and the questions of a preset without a pass mark."""
    if kind.name != "comparison" or stages.final is None:
        return {}
    preset = PRESETS.get(stages.final.config.preset or "")
    return {
        "sentences": fairness_comparison.sentences(stages.final, metric),
        "questions": [_(question) for question in preset.questions] if preset else [],
        "preset_note": _(preset.note) if preset else "",
    }
