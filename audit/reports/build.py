"""From a scope, a window and a checkpoint to the frozen report. A section that fails is printed as not available."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from django.conf import settings
from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from audit.events.tally import any_simulated
from audit.reports import letterhead
from audit.reports.content import Meta, OversightReport, Section, Window, not_available, numbered
from audit.reports.context import Context, Many, printed_checkpoint, usable_checkpoint
from audit.reports.kinds import Kind, kind_named
from audit.reports.scope import Scope
from audit.reports.sections import annex, changes, method, summary
from governance.models import UseCase
from policies.eu_ai_act import load_law

logger = logging.getLogger(__name__)
REVIEW = "ai.oversight.review.v1"
Progress = Callable[[float, str], None]
Readable = Callable[[UseCase], bool]


def _no_progress(share: float, text: str) -> None:
    """Nobody watches."""


def _all_readable(use_case: UseCase) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is asked for: everything a report depends on besides the records. The same order gives the same report.

    ``readable``: of which use cases group figures may be shown to who asked. ``replaces`` is the reference of the
    report on the same period that this one replaces, ``previous`` the one to compare with. ``thorough``: see
    :class:`~audit.reports.context.Context`.
    """

    scope: Scope
    window: Window
    at: datetime
    kind: str = "oversight"
    as_of: int | None = None
    ref: str = ""
    prepared_by: str = ""
    language: str = "en"
    recipients: tuple[str, ...] = ()
    replaces: str = ""
    previous: OversightReport | None = None
    draft: bool = False
    readable: Readable = _all_readable
    thorough: bool = False


def build(order: Order, *, progress: Progress = _no_progress) -> OversightReport:
    """Return the report as of checkpoint ``order.as_of`` (default: the newest every projection has reached).

    Raises :class:`~audit.reports.context.NothingToReport` while no checkpoint is usable, and
    :class:`~governance.access.Invalid` for a kind that is not made for the scope.
    """
    with translation.override(order.language):
        kind = kind_named(order.kind, many=order.scope.use_case is None)
        checkpoint = usable_checkpoint(order.as_of)
        contexts = tuple(
            Context(
                use_case=case,
                window=order.window,
                checkpoint=checkpoint,
                at=order.at,
                simulated_reviews=any_simulated(case, REVIEW, as_of=checkpoint.size),
                may_read_groups=order.readable(case),
                thorough=order.thorough,
            )
            for case in order.scope.cases()
        )
        if order.scope.use_case is not None:
            body = _of_one(kind, contexts[0], order, progress)
        else:
            body = _of_many(kind, Many(contexts, order.window, checkpoint, order.at), progress)
        simulated = next(
            (method.simulated_text(c) for c in contexts if c.simulated_reviews or c.use_case.simulated), ""
        )
        return OversightReport(meta=_meta(kind, order, checkpoint, simulated), sections=tuple(body))


def _meta(kind: Kind, order: Order, checkpoint: object, simulated: str) -> Meta:
    name, logo = letterhead.printed(order.at)
    return Meta(
        ref=order.ref,
        kind=kind.code,
        title=str(kind.title),
        organisation=order.scope.organisation(name),
        scope=order.scope.name,
        scope_ref=order.scope.ref,
        window=order.window,
        prepared_at=order.at,
        prepared_by=order.prepared_by,
        language=order.language,
        generator=f"Custodes {version('custodes')}",
        law_version=_("EU AI Act, law data %(version)s") % {"version": load_law().version},
        checkpoint=printed_checkpoint(checkpoint),  # type: ignore[arg-type]
        recipients=order.recipients,
        simulated=simulated,
        draft=order.draft,
        verify_url=address("report-verify"),
        trace_url=address("report-figure", order.ref, "0").removesuffix("0/") if order.ref else "",
        previous_ref=order.replaces,
        signatures=tuple(map(str, kind.signatures)),
        sheet=kind.sheet,
        logo=logo,
    )


def _of_one(kind: Kind, context: Context, order: Order, progress: Progress) -> list[Section]:
    """Compute every section; the summary reads what the others found, the method what they lack."""
    sections: list[Section] = []
    steps = kind.one() if kind.one else []
    for place, (id_, title, builder) in enumerate(steps):
        progress(0.1 + 0.6 * place / len(steps), title)
        sections.append(computed(id_, title, lambda run=builder: run(context)))  # type: ignore[misc]
    if order.previous is not None and kind.summarised:
        earlier, title = order.previous, _("Changes since the previous report")
        sections.append(computed("changes", title, lambda: changes.build(context, earlier, list(sections))))
    if not kind.summarised:
        return sections if kind.sheet else _with_sources(sections)
    body = [computed("summary", _("Summary for decision"), lambda: summary.build(context, sections)), *sections]
    body.append(computed("method", _("Method and limits"), lambda: method.build([context], body)))
    body.append(computed("annex", _("Annexes: sample and evidence"), lambda: annex.build(context)))
    return _with_sources(body)


def _of_many(kind: Kind, many: Many, progress: Progress) -> list[Section]:
    sections: list[Section] = []
    steps = kind.many() if kind.many else []
    for place, (id_, title, builder) in enumerate(steps):
        progress(0.1 + 0.6 * place / len(steps), title)
        sections.append(computed(id_, title, lambda run=builder: run(many)))  # type: ignore[misc]
    if kind.sheet:
        return sections
    sections.append(computed("method", _("Method and limits"), lambda: method.build(many.contexts, sections)))
    return _with_sources(sections)


def _with_sources(sections: list[Section]) -> list[Section]:
    """Add the list of all figures where there are any."""
    numbers = numbered(sections)
    return [*sections, method.sources(numbers, sections)] if numbers else sections


def computed(id_: str, title: str, run: Callable[[], Section]) -> Section:
    """Run one section; a failure becomes *not available* with its reason, is logged, and spoils no other section."""
    # Outside a transaction a failed query spoils nothing, and SQLite need not be kept from its writers.
    guard = transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext()
    try:
        with guard:
            return run()
    except Exception as error:
        logger.exception("report section %s failed", id_)
        return not_available(id=id_, title=title, reason=reason_of(error))


def reason_of(error: Exception) -> str:
    """Return why a figure or section is missing: an error written for people as it is, else only its kind."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and code and str(error):
        return str(error)
    return _("the query failed (%(kind)s)") % {"kind": type(error).__name__}


def address(route: str, *arguments: str) -> str:
    """Return the public address of a page; empty while no door offers it."""
    try:
        return settings.PUBLIC_URL + reverse(route, args=arguments)
    except NoReverseMatch:
        return ""
