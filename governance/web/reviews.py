"""Reviews: my queue, and one task on one page."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.models import Decision, ReviewTask
from audit.reviews import reading
from audit.reviews.acts import evidence_of, show
from audit.reviews.eligibility import may_assign, may_review
from audit.reviews.submitting import words_of
from governance.access import DomainError, use_cases_visible_to
from governance.models import Person, UseCase, User
from governance.web import words
from governance.web.decision_fields import plain
from governance.web.pages import paged, reader, signed_in
from governance.web.review_form import DecisionForm, JudgementForm
from governance.web.review_words import ENDED, OUTCOMES, STATES
from governance.web.tables import Cell, Column, Row, Table
from policies.oversight.record import DecisionRecord


@signed_in
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the reader."""
    user, now = reader(request), timezone.now()
    use_case = _chosen(request, user)
    mine = reading.queue_of(user, at=now, use_case=use_case)
    page = paged(mine.items, request)
    context = {
        "answer": _answer(mine, now),
        "table": _table(page.object_list, mine) if mine.items else None,
        "page": page,
        "query": f"use_case={use_case.ref}" if use_case else "",
        "next": mine.items[0].task if mine.items else None,
        "others": mine.others,
        "waiting": _waiting_table(user, now),
    }
    return render(request, "pages/reviews.html", context)


@signed_in
def following(request: HttpRequest) -> HttpResponse:
    """Go to the task that comes next, or to the queue when there is none."""
    found = reading.next_for(reader(request), at=timezone.now())
    return redirect("review", task=found.pk) if found else redirect("reviews")


@signed_in
def task(request: HttpRequest, task: UUID) -> HttpResponse:
    """One review: the proposal, the case, and the acts."""
    return task_page(request, visible_task(request, task))


def visible_task(request: HttpRequest, key: UUID) -> ReviewTask:
    """Return the task the reader may see; 404 otherwise, the same answer for both."""
    found = reading.tasks_visible_to(reader(request)).filter(pk=key).first()
    if found is None:
        raise Http404(_("There is no such review that you can see."))
    return found


def task_page(
    request: HttpRequest,
    found: ReviewTask,
    *,
    form: DecisionForm | None = None,
    judgement: JudgementForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Draw the page of a task, with what was typed when something needs another look."""
    user, now = reader(request), timezone.now()
    mine = found.claimed_by is not None and found.claimed_by.user_id == user.pk
    waiting = found.state in ("open", "claimed")
    if mine and waiting:
        try:
            found = show(task=found, actor=user, at=now)
        except DomainError:  # it ended this very moment: the page says so
            found = visible_task(request, found.pk)
            waiting = found.state in ("open", "claimed")
    deciding = mine and waiting
    advised = deciding and (not found.own_first or bool(found.initial_judgement))
    record = _record(found)
    evidence = _evidence(found) if deciding else []
    context = {
        "task": found,
        "case": found.use_case,
        "state": STATES["mine" if deciding else found.state],
        "overdue": waiting and found.due_at is not None and found.due_at <= now,
        "ended": ENDED.get(found.ended_why, ""),
        "deciding": deciding,
        "advised": advised,
        "may_take": waiting and found.state == "open" and may_review(user, found.use_case, at=now),
        "reasons_to_ask": _reasons(found),
        "record": record if deciding else None,
        "fields": _fields(record, evidence) if deciding and record else [],
        "options": _options(found, record) if advised else [],
        "evidence": evidence,
        "earlier": _earlier(found, record) if advised and record and found.desk else [],
        "changed": advised and record is not None and found.action_digest != (record.proposal_digest or ""),
        "form": form or (DecisionForm(task=found) if advised else None),
        "judgement": judgement or JudgementForm(),
        "words_shown": words_of(found) if deciding else None,
        "assign_to": _assignable(user, found) if waiting else [],
        "escalations": reading.escalations_of(found),
        "problem": problem,
        "crumbs": [(_("Reviews"), reverse("reviews")), (found.decision_id, "")],
        "answer": _task_answer(found, deciding, advised),
    }
    return render(request, "pages/review.html", context, status=status)


def _chosen(request: HttpRequest, user: User) -> UseCase | None:
    ref = request.GET.get("use_case", "")
    return use_cases_visible_to(user).filter(ref=ref).first() if ref else None


def _answer(mine: reading.Queue, now: datetime) -> str:
    n, late = len(mine.items), sum(item.overdue for item in mine.items)
    if not n:
        return _("No review waits for you.")
    text = ngettext("%(n)s review waits for you.", "%(n)s reviews wait for you.", n) % {"n": n}
    if late:
        text += " " + ngettext("%(n)s of them is overdue.", "%(n)s of them are overdue.", late) % {"n": late}
    return text


def _table(items: Any, mine: reading.Queue) -> Table:
    rows = [
        Row(
            cells=[
                Cell(
                    text=item.task.decision_id,
                    href=reverse("review", args=[item.task.pk]),
                    under=item.task.use_case.name,
                    simulated=item.task.simulated,
                ),
                Cell(text=why(item.task), under=_needs(item.task)),
                Cell(text=item.task.due_at, kind="time") if item.task.due_at else Cell(text=_("no time limit")),
                Cell(word=STATES["overdue" if item.overdue else "mine" if item.mine else item.task.state]),
            ]
        )
        for item in items
    ]
    columns = [
        Column(label=_("Decision")),
        Column(label=_("Why you")),
        Column(label=_("Due")),
        Column(label=_("State")),
    ]
    n = len(mine.items)
    return Table(
        id="queue", caption=_("My queue"), columns=columns, rows=rows, stack=True,
        count=ngettext("%(n)s review", "%(n)s reviews", n) % {"n": n},
        about=_("What you hold comes first, then the most pressing."),
    )  # fmt: skip


def _waiting_table(user: User, now: datetime) -> Table | None:
    """What waits in the use cases the reader answers for, as their owner."""
    owned = UseCase.objects.filter(owner__user=user)
    waiting = list(reading.open_of(owned)[:25])
    if not waiting:
        return None
    rows = [
        Row(
            cells=[
                Cell(text=each.decision_id, href=reverse("review", args=[each.pk]), under=each.use_case.name),
                Cell(text=each.due_at, kind="time") if each.due_at else Cell(text=_("no time limit")),
                Cell(word=STATES["overdue" if each.due_at and each.due_at <= now else each.state]),
            ]
        )
        for each in waiting
    ]
    columns = [Column(label=_("Decision")), Column(label=_("Due")), Column(label=_("State"))]
    return Table(
        id="waiting", caption=_("Waiting in use cases you own"), columns=columns, rows=rows, stack=True,
        about=_("The 25 that are due first. Open one to give it to somebody."),
    )  # fmt: skip


def why(found: ReviewTask) -> str:
    """Why a person is asked, in a sentence."""
    rules = ", ".join(found.why.get("rules", []))
    if found.desk:
        return _("Referred to %(desk)s") % {"desk": found.desk}
    if found.why.get("drawn") and "sample" in found.why["drawn"]:
        return _("Drawn by chance for a second look")
    if found.why.get("silent"):
        return _("No rule of the policy says that less is enough")
    return _("Rule %(rules)s of the policy") % {"rules": rules} if rules else _("The policy asks for it")


def _needs(found: ReviewTask) -> str:
    asked = [*found.wanted, *([found.desk] if found.desk else [])]
    return _("asks for %(names)s") % {"names": ", ".join(asked)} if asked else ""


def _reasons(found: ReviewTask) -> list[tuple[str, str]]:
    pairs = [(_("Why it is asked"), why(found)), (_("Policy"), found.policy_ref)]
    if found.wanted or found.desk:
        pairs.append((_("Who may do it"), ", ".join([*found.wanted, *([found.desk] if found.desk else [])])))
    if found.why.get("gaps"):
        pairs.append((_("Not sent by the system, and therefore counted as matched"), ", ".join(found.why["gaps"])))
    if found.terms.get("guideline_version"):
        pairs.append((_("Guideline"), found.terms["guideline_version"]))
    if found.terms.get("timeout_default") and found.due_at:
        defaults = {"deny": _("it is denied"), "hold": _("it is held"), "allow": _("it takes effect")}
        pairs.append((_("If nobody decides in time"), defaults[found.terms["timeout_default"]]))
    if found.blind:
        pairs.append((_("Independent"), _("Somebody else judges it too; neither sees the other.")))
    return pairs


def _task_answer(found: ReviewTask, deciding: bool, advised: bool) -> str:
    if not deciding:
        return why(found) + "."
    if not advised:
        return _("Look at the case and say what you would decide. Then you see what the system proposes.")
    return _("Look at the case, then decide: the system's proposal has no more weight than your judgement.")


def _record(found: ReviewTask) -> DecisionRecord | None:
    row = Decision.objects.filter(use_case=found.use_case_id, decision_id=found.decision_id).first()
    return msgspec.convert(row.state, type=DecisionRecord) if row is not None else None


HANDLED = frozenset({"evidence", "options", "rationale", "rationale_ref", "prompts", "uncertainty", "limits"})


def _fields(record: DecisionRecord, evidence: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What stands open; evidence is opened piece by piece."""
    elsewhere = HANDLED | {each["name"] for each in evidence}
    return [(name, plain(value)) for name, value in sorted(record.fields.items()) if name not in elsewhere]


def _options(found: ReviewTask, record: DecisionRecord | None) -> list[str]:
    given = record.fields.get("options") if record else None
    return [plain(each) for each in given if plain(each) != found.action_value] if isinstance(given, list) else []


def _evidence(found: ReviewTask) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "opened": name in found.evidence_opened,
            "asked": name in found.terms.get("evidence", []),
            "content": plain(content) if content is not None else "",
        }
        for name, content in evidence_of(found).items()
    ]


def evidence_item(found: ReviewTask, name: str) -> dict[str, Any]:
    """One piece of evidence as the page lists it."""
    return next(each for each in _evidence(found) if each["name"] == name)


def _earlier(found: ReviewTask, record: DecisionRecord) -> list[dict[str, Any]]:
    """What was said before it was referred or disputed: whoever settles it reads both sides."""
    return [
        {
            "outcome": words.word_of(review.outcome, OUTCOMES),
            "final": review.final_value,
            "reason": review.reason_code or "",
            "text": review.extra.get("reason_text", ""),
            "asserted": not review.authenticated,
        }
        for review in record.reviews
        if review.phase == "submitted"
    ]


def _assignable(user: User, found: ReviewTask) -> list[Person]:
    if not may_assign(user, found.use_case):
        return []
    return [each for each in reading.reviewers_of(found.use_case) if each.pk != found.claimed_by_id]
