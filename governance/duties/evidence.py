"""What the register and the logs show about points of the checklist: counts, dates, presence. Evidence, no verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.models import Decision, Intervention
from governance.incidents.read import Clock, clock
from governance.models import Assessment, Classification, SystemVersion, UseCase
from governance.register.assessments import fria_rule, out_of_date
from governance.register.law_words import in_words
from governance.register.requests import needs_classification
from governance.rights.read import told_before, workers_told
from policies.eu_ai_act import CURRENT_LAW
from policies.eu_ai_act.forms import filled, form
from policies.eu_ai_act.fria import fria_in_time

SCREENING = tuple(question.id for question in CURRENT_LAW.questions.values() if question.section == "prohibited")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence with its figures. ``found``: True it is there, False it is not, None it cannot be told from here."""

    text: str
    found: bool | None


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything the points are computed from, read once."""

    use_case: UseCase
    classification: Classification
    now: datetime
    decisions: dict[str, Any]
    stops: dict[str, Any]
    duties: dict[str, int]
    disclosures: list[Any]
    papers: dict[str, Assessment]
    incidents: list[tuple[Any, Clock]]
    appeals: list[Any]
    requests: list[Any]
    systems: list[Any]


def gather(use_case: UseCase, classification: Classification, *, now: datetime) -> dict[str, Evidence]:
    """Evidence by id of the checklist point."""
    sources = _read(use_case, classification, now)
    parts = (_screening, _people, _logs, _told, _assessments, _fria, _incidents, _asked, _registration, _changes)
    return {point: evidence for part in parts for point, evidence in part(sources)}


def _read(use_case: UseCase, classification: Classification, now: datetime) -> Sources:
    rows = Decision.objects.filter(use_case=use_case, drill=False)
    papers: dict[str, Assessment] = {}
    for paper in use_case.assessments.select_related("use_case", "signed_by").order_by("version"):
        papers[paper.kind] = paper if paper.signed_at or paper.kind not in papers else papers[paper.kind]
    incidents = list(use_case.incidents.prefetch_related("reports", "actions"))
    return Sources(
        use_case=use_case,
        classification=classification,
        now=now,
        decisions=rows.aggregate(
            n=Count("pk"),
            first=Min("proposed_at"),
            reviewed=Count("pk", filter=Q(reviewed=True)),
            overridden=Count("pk", filter=Q(overridden=True)),
            without_version=Count("pk", filter=Q(model_version="")),
        ),
        stops=Intervention.objects.filter(use_case=use_case).aggregate(
            n=Count("pk", filter=Q(drill=False)), drills=Count("pk", filter=Q(drill=True))
        ),
        duties=dict(
            use_case.assignments.filter(until__isnull=True).values_list("duty").annotate(Count("pk")).order_by()
        ),
        disclosures=list(use_case.disclosures.order_by("version")),
        papers=papers,
        incidents=[(row, clock(row, list(row.reports.all()), today=now.date())) for row in incidents],
        appeals=list(use_case.appeals.all()),
        requests=list(use_case.change_requests.select_related("use_case")),
        systems=list(use_case.systems.all()),
    )


def _screening(s: Sources) -> Iterator[tuple[str, Evidence]]:
    row = s.classification
    open_ones = [q for q in row.unanswered if q in SCREENING]
    current = row.law_digest == CURRENT_LAW.digest
    said = _("Screened on %(day)s under law version %(law)s.") % {
        "day": _day(row.made_at.date()), "law": row.law_version,
    }  # fmt: skip
    if not current:
        said += " " + _("The law data have changed since.")
    yield "5(1)", Evidence(said, current and not open_ones)


def _people(s: Sources) -> Iterator[tuple[str, Evidence]]:
    n = s.duties.get("reviewer", 0)
    text = ngettext("%(n)s reviewer is assigned.", "%(n)s reviewers are assigned.", n) % {"n": n}
    yield "26(2)", Evidence(text, n > 0)
    named = {"owner": s.duties.get("owner", 0), "reviewer": n, "stop": s.duties.get("stop", 0)}
    missing = [duty for duty, count in named.items() if not count]
    text = _("Named: %(named)s.") % {"named": ", ".join(duty for duty, count in named.items() if count) or _("nobody")}
    yield "17(1)(m)", Evidence(text, not missing)


def _logs(s: Sources) -> Iterator[tuple[str, Evidence]]:
    found, n = s.decisions, s.decisions["n"]
    count = ngettext("%(n)s decision is logged", "%(n)s decisions are logged", n) % {"n": n}
    since = _(" since %(day)s") % {"day": _day(found["first"].date())} if found["first"] else ""
    for point in ("12(1)", "26(6)", "19(1)", "16(e)", "26(5)-1"):
        yield point, Evidence(count + since + ".", n > 0)
    text = _("%(reviewed)s of %(n)s decisions were reviewed, %(changed)s were changed by a person.") % {
        "reviewed": found["reviewed"], "n": n, "changed": found["overridden"],
    }  # fmt: skip
    yield "14(4)(d)", Evidence(text, found["overridden"] > 0 if n else None)
    text = _("%(n)s interventions and %(drills)s drills are on record.") % s.stops
    yield "14(4)(e)", Evidence(text, s.stops["n"] + s.stops["drills"] > 0)
    text = _("%(n)s of %(all)s decisions name no model version.") % {"n": found["without_version"], "all": n}
    yield "12(2)(a)", Evidence(text, found["without_version"] == 0 if n else None)


def _told(s: Sources) -> Iterator[tuple[str, Evidence]]:
    first_use = s.use_case.first_use
    for point, kind in (("26(7)", "workers"), ("26(11)", "people"), ("50(1)", "interaction"), ("50(3)", "interaction")):
        rows = [row for row in s.disclosures if row.kind == kind]
        if not rows:
            yield point, Evidence(_("No notice is published."), False)
            continue
        first, last = rows[0], rows[-1]
        text = _("Notice %(ref)s, version %(version)s; the first was published on %(day)s.") % {
            "ref": last.ref, "version": last.version, "day": _day(first.published_at.date()),
        }  # fmt: skip
        holds: bool | None = True
        if kind == "workers":
            holds = told_before(workers_told(rows), first_use)
        yield point, Evidence(text, holds)


_PAPERS = {
    "9(1)": "risk", "11(1)": "annex_iv", "13(1)": "instructions", "13(2)": "instructions", "17(1)": "qms",
    "17(1)(g)": "risk", "17(1)(h)": "pmm", "72(3)": "pmm", "16(g)": "annex_v", "47(1),(2)": "annex_v",
    "26(9)": "dpia",
}  # fmt: skip


def _assessments(s: Sources) -> Iterator[tuple[str, Evidence]]:
    for point, kind in _PAPERS.items():
        yield point, _paper(s.papers.get(kind), kind)
    for kind in ("instructions", "qms"):
        wanted, paper = form(kind), s.papers.get(kind)
        for item in wanted.items if wanted else ():
            there = bool(paper and filled(paper.answers.get(item.id)))
            yield item.id, Evidence(_("Filled in.") if there else _("Not filled in."), there)


def _paper(paper: Assessment | None, kind: str) -> Evidence:
    wanted = form(kind)
    if paper is None or wanted is None:
        return Evidence(_("No paper is on file."), False)
    items = [item for item in wanted.items if not item.condition]
    done = sum(filled(paper.answers.get(item.id)) for item in items)
    said = _("%(ref)s, version %(version)s: %(done)s of %(all)s items are filled in") % {
        "ref": paper.ref, "version": paper.version, "done": done, "all": len(items),
    }  # fmt: skip
    if paper.signed_at:
        return Evidence(said + ", " + _("signed on %(day)s.") % {"day": _day(paper.signed_at.date())}, True)
    return Evidence(said + ", " + _("not signed."), False)


def _fria(s: Sources) -> Iterator[tuple[str, Evidence]]:
    rule, paper = fria_rule(s.classification), s.papers.get("fria")
    signed = paper.signed_at.date() if paper and paper.signed_at else None
    if rule.required is False and paper is None:
        yield "27(1)", Evidence(_("Art 27 does not ask for it: %(why)s.") % {"why": in_words(rule.reason)}, None)
        return
    base = _paper(paper, "fria")
    in_time = fria_in_time(assessed_on=signed, first_use=s.use_case.first_use)
    late = " " + _("It was not signed before the first use.") if in_time is False else ""
    yield "27(1)", Evidence(base.text + late, bool(base.found) and in_time is not False)
    wanted = form("fria")
    for item in wanted.items if wanted else ():
        there = bool(paper and filled(paper.answers.get(item.id)))
        yield item.id, Evidence(_("Filled in.") if there else _("Not filled in."), there)
    if paper is not None and signed is not None:
        stale = out_of_date(paper)
        text = _("The register changed after it was signed.") if stale else _("Nothing it describes has changed since.")
        yield "27(2)", Evidence(text, not stale)
        told = paper.notified_at
        text = _("The authority was told on %(day)s.") % {"day": _day(told.date())} if told else _("Not notified.")
        yield "27(3)", Evidence(text, told is not None)


def _incidents(s: Sources) -> Iterator[tuple[str, Evidence]]:
    serious = [(row, found) for row, found in s.incidents if row.kinds]
    late = [row.ref for row, found in serious if found.state in {"late", "missed"}]
    n = len(serious)
    text = ngettext("%(n)s serious incident", "%(n)s serious incidents", n) % {"n": n}
    text += ", " + (_("late: %(refs)s.") % {"refs": ", ".join(late)} if late else _("none late."))
    for point in ("26(5)-3", "73(1)", "73(2)", "73(3)", "73(4)"):
        yield point, Evidence(text, not late if n else None)
    waiting = [row.ref for row, _found in serious if {r.kind for r in row.reports.all()} == {"initial"}]
    text = _("Final report open: %(refs)s.") % {"refs": ", ".join(waiting) or _("none")}
    yield "73(5)", Evidence(text, not waiting if n else None)
    frozen = [row for row, _found in serious if row.frozen_since and not row.closed_at]
    changed = _altered(frozen)
    text = _("%(n)s held unaltered, %(changed)s changes of version since.") % {"n": len(frozen), "changed": changed}
    yield "73(6)", Evidence(text, changed == 0 if n else None)
    actions = [action for row, _found in s.incidents for action in row.actions.all()]
    open_ones = [action for action in actions if action.done_at is None]
    overdue = sum(action.due_on < s.now.date() for action in open_ones)
    text = _("%(n)s corrective actions, %(open)s open, %(late)s past their day.") % {
        "n": len(actions), "open": len(open_ones), "late": overdue,
    }  # fmt: skip
    for point in ("20(1)", "16(j)"):
        yield point, Evidence(text, overdue == 0 if actions else None)


def _altered(frozen: list[Any]) -> int:
    """Versions recorded of systems that were to stay as they were."""
    if not frozen:
        return 0
    systems = {row.system_id for row in frozen if row.system_id}
    since = min(row.frozen_since for row in frozen)
    return SystemVersion.objects.filter(system__in=systems, recorded_at__gt=since).count()


def _asked(s: Sources) -> Iterator[tuple[str, Evidence]]:
    rows = [row for row in s.appeals if row.kind == "explanation"]
    late = sum((row.answered_at or s.now) > row.due_at for row in rows)
    text = _("%(n)s explanation requests, %(answered)s answered, %(late)s late.") % {
        "n": len(rows), "answered": sum(row.answered_at is not None for row in rows), "late": late,
    }  # fmt: skip
    yield "86", Evidence(text, late == 0 if rows else None)


def _registration(s: Sources) -> Iterator[tuple[str, Evidence]]:
    named = [system for system in s.systems if system.eu_database_id]
    text = _("%(n)s of %(all)s systems have a number in the EU database.") % {"n": len(named), "all": len(s.systems)}
    found = len(named) == len(s.systems) if s.systems else None
    for point in ("16(i)", "26(8)", "49(1)", "49(2)", "49(3)", "49(5)"):
        yield point, Evidence(text, found)


def _changes(s: Sources) -> Iterator[tuple[str, Evidence]]:
    waiting = [row.ref for row in s.requests if row.state != "declined" and needs_classification(row)]
    n = len(s.requests)
    text = _("Role flips were asked with %(n)s change requests.") % {"n": n}
    if waiting:
        text += " " + _("A new classification is open for %(refs)s.") % {"refs": ", ".join(waiting)}
    yield "25(1)", Evidence(text, not waiting if n else None)


def _day(day: date) -> str:
    return date_format(day, "j M Y")
