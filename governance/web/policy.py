"""The oversight policy of a use case: its versions, one version, and the editor with its replay over the past."""

from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.evaluation.replay import Replay, replay
from governance.access import may_on
from governance.committees import draft_policy
from governance.models import Change, PolicyInForce, UseCase
from governance.web import words
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.policy_form import sections, typed, unplaced
from governance.web.policy_tables import breaches_table, rules_table, versions_table
from policies.models import OversightPolicy
from policies.oversight import document as policy
from policies.oversight.backtest import AttentionBudget, attention_budget
from policies.oversight.structure import Problem

START: dict[str, Any] = {
    "mode": "HITL",
    "rules": [{"id": "R1", "when": "true", "require": {"reviews": 1}}],
    "review": {"min_active_s": 30, "max_turnaround": "PT8H", "reasons": ["override", "reject"]},
    "timeout_default": "hold",
}


@signed_in
def versions(request: HttpRequest, ref: str) -> HttpResponse:
    """All versions of the policy, which bound when, and the way to draft the next one."""
    case = visible_use_case(request, ref)
    rows = list(OversightPolicy.objects.filter(key=case.key).order_by("-version"))
    bound = _bound(case)
    context = {
        "case": case,
        "table": versions_table(case, rows, bound) if rows else None,
        "now": next((row for row in rows if bound.get(row.pk) and bound[row.pk].in_force_until is None), None),
        "may_draft": may_on(reader(request), "register", case),
        "crumbs": [(_("Oversight"), reverse("oversight")), (case.ref, reverse("oversight-case", args=[ref]))],
    }
    return render(request, "pages/policy.html", context)


@signed_in
def version(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """One version: the document, its digest, what it would have asked, and who drafted it."""
    case = visible_use_case(request, ref)
    row = OversightPolicy.objects.filter(key=case.key, version=number).first()
    if row is None:
        raise Http404
    document = policy.parse(row.document)
    drafted = Change.objects.filter(object_id=row.pk, action="policy.drafted").first()
    context = {
        "case": case,
        "policy": row,
        "in_force": _bound(case).get(row.pk),
        "text": document.to_yaml(),
        "notes": policy.notes(document),
        "drafted": drafted,
        "attention": (drafted.after or {}).get("attention") if drafted else None,
        "may_draft": may_on(reader(request), "register", case),
        "crumbs": [
            (_("Oversight"), reverse("oversight")),
            (case.ref, reverse("oversight-case", args=[ref])),
            (_("Policy"), reverse("policy", args=[ref])),
        ],
    }
    return render(request, "pages/policy_version.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, ref: str) -> HttpResponse:
    """The editor: the same document as a form or as text, checked and replayed before it is kept."""
    case = visible_use_case(request, ref)
    if not may_on(reader(request), "register", case):
        raise PermissionDenied
    act = request.POST.get("act", "")
    problems: tuple[Problem, ...] = ()
    content = _begin(case, request.GET.get("from", ""))
    if request.method == "POST":
        try:
            content = typed(request)
            if act in ("check", "save"):
                return _judged(request, case, content, act)
        except policy.PolicyInvalid as error:
            problems = error.problems
            content = content if "document" in request.POST else typed(request)
    return _editor(request, case, content, problems, act)


def _judged(request: HttpRequest, case: UseCase, content: dict[str, Any], act: str) -> HttpResponse:
    """Check and replay; keep it when that was asked for and reviewers have time, or the shortfall is signed for."""
    now = timezone.now()
    document = policy.parse({**content, "usecase": case.key, "version": 1})
    shown = replay(case, document, at=now)
    available = _minutes(request.POST.get("staff_minutes", ""))
    budget = attention_budget(shown.result.minutes_per_week, available)
    reason = request.POST.get("shortfall_reason", "").strip()
    signed = budget.state in ("staffed", "tight") or bool(reason)
    if act == "save" and signed:
        attention = {
            "required_minutes_per_week": _shown(budget.required),
            "available_minutes_per_week": _shown(budget.available),
            "state": budget.state,
            "accepted_because": reason,
        }
        row = draft_policy(actor=reader(request), at=now, use_case=case, content=content, attention=attention)
        return redirect("policy-version", ref=case.ref, number=row.version)
    return _editor(request, case, content, (), act, document=document, shown=shown, budget=budget, unsigned=not signed)


def _editor(
    request: HttpRequest,
    case: UseCase,
    content: dict[str, Any],
    problems: tuple[Problem, ...],
    act: str,
    **judged: Any,
) -> HttpResponse:
    as_text = act == "as_text" or ("document" in request.POST and act != "as_form")
    blank = {"rules": int(act == "add_rule"), "escalation.chain": int(act == "add_step")}
    form = sections(content, problems, blank=blank)
    context = {
        "case": case,
        "as_text": as_text,
        "text": request.POST.get("document") or _text(content),
        "sections": form,
        "problems": problems,
        "unplaced": [str(each) for each in problems] if as_text else unplaced(problems, form),
        "notes": policy.notes(judged["document"]) if judged else (),
        "staff_minutes": request.POST.get("staff_minutes", ""),
        "shortfall_reason": request.POST.get("shortfall_reason", ""),
        "asked_to_save": act == "save",
        **_past(judged),
        "crumbs": [
            (_("Oversight"), reverse("oversight")),
            (case.ref, reverse("oversight-case", args=[case.ref])),
            (_("Policy"), reverse("policy", args=[case.ref])),
        ],
    }
    status = 422 if problems or (act == "save" and judged.get("unsigned")) else 200
    return render(request, "pages/policy_draft.html", context, status=status)


def _past(judged: dict[str, Any]) -> dict[str, Any]:
    if not judged:
        return {"replay": None}
    shown: Replay = judged["shown"]
    budget: AttentionBudget = judged["budget"]
    return {
        "replay": shown,
        "result": shown.result,
        "hours": _hours(shown.result.minutes_per_week),
        "budget": budget,
        "budget_word": words.word_of(budget.state, words.STATES),
        "unsigned": judged["unsigned"],
        "rules_table": rules_table(shown.result) if shown.result.by_rule else None,
        "breaches_table": breaches_table(shown.result) if shown.result.breaches else None,
    }


def _begin(case: UseCase, start: str) -> dict[str, Any]:
    """The version named, else the latest, else a small policy that reviews everything."""
    rows = OversightPolicy.objects.filter(key=case.key).order_by("-version")
    row = rows.filter(version=int(start)).first() if start.isdigit() and len(start) < 7 else None
    row = row or rows.first()
    if row is None:
        return {**START, "mode": case.mode or "HITL"}
    return {name: value for name, value in row.document.items() if name not in ("usecase", "version")}


def _text(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _bound(case: UseCase) -> dict[Any, PolicyInForce]:
    rows = PolicyInForce.objects.filter(use_case=case).select_related("sign_off__committee").order_by("in_force_from")
    return {row.policy_id: row for row in rows}


def _minutes(text: str) -> Decimal | None:
    try:
        minutes = Decimal(text)
    except InvalidOperation:
        return None
    return minutes if minutes.is_finite() and minutes >= 0 else None


def _hours(minutes: Decimal | None) -> str:
    return words.chart_words().number(float(minutes / 60), 1) if minutes is not None else ""


def _shown(value: Decimal | None) -> str | None:
    return None if value is None else str(round(value))
