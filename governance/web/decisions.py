"""One decision, whole: what was proposed and why, who looked, what was decided, what happened, and the proof."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.assurance.naming import WITHHELD, naming_for
from audit.events.read import decision_events
from audit.findings.read import of_decisions
from audit.models import Decision
from audit.reviews.reading import is_blind_to
from governance.models import Person, PolicyInForce
from governance.web import words
from governance.web.decision_fields import plain
from governance.web.pages import reader, signed_in, visible_use_case
from governance.web.tables import Cell, Column, Row, Table


@signed_in
def decision(request: HttpRequest, ref: str, decision_id: str) -> HttpResponse:
    """The page of one decision."""
    use_case = visible_use_case(request, ref)
    found = Decision.objects.filter(use_case=use_case, decision_id=decision_id).first()
    if found is None:
        raise Http404(_("There is no decision %(id)s in %(ref)s.") % {"id": decision_id, "ref": ref})
    state: dict[str, Any] = found.state if isinstance(found.state, dict) else {}
    findings = of_decisions(use_case, [decision_id]).get(decision_id, [])
    blind = is_blind_to(reader(request), use_case, decision_id)
    if blind:
        state = {**state, "reviews": []}
        found.reviewed = found.overridden = False
        findings = []
    reviews = _reviews(naming_for(reader(request), use_case).decision(state))
    context = {
        "case": use_case,
        "decision": found,
        "state": state,
        "reviews": reviews,
        "findings": findings,
        "policy": _policy_at(found),
        "outcome": state.get("outcome") or None,
        "appeals": state.get("appeals") or [],
        "fields": [(name, plain(value)) for name, value in sorted((state.get("fields") or {}).items())],
        "events": _events_table(use_case, decision_id),
        "answer": _("Somebody judges it independently of others; until then reviews are not shown to you.")
        if blind
        else _answer(found, reviews, len([f for f in findings if f.state == "open"])),
        "crumbs": [
            (_("Oversight"), reverse("oversight")),
            (use_case.ref, reverse("oversight-case", args=[use_case.ref])),
            (decision_id, ""),
        ],
    }
    return render(request, "pages/decision.html", context)


def _reviews(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Reviews with the function of the person behind the pseudonym, where this reader is told who it was."""
    reviews = [dict(review) for review in state.get("reviews") or [] if isinstance(review, dict)]
    actors = {review.get("actor") for review in reviews} - {None}
    functions = dict(Person.objects.filter(pseudonym__in=actors).values_list("pseudonym", "function").order_by())
    for review in reviews:
        review["function"] = functions.get(review.get("actor"), "")
        review["hidden"] = "actor" in review.get(WITHHELD, ())
        review["changed"] = review.get("outcome") in {"override", "modify", "reject"}
        active = review.get("active_ms")
        review["active"] = "" if active is None else words.chart_words().value(active / 1000, "seconds")
    return reviews


def _policy_at(found: Decision) -> PolicyInForce | None:
    """The policy version that bound the decision when it was proposed."""
    if found.proposed_at is None:
        return None
    bound = PolicyInForce.objects.filter(use_case_id=found.use_case_id, in_force_from__lte=found.proposed_at)
    return (
        bound.exclude(in_force_until__lte=found.proposed_at).select_related("policy").order_by("-in_force_from").first()
    )


def _answer(found: Decision, reviews: list[dict[str, Any]], open_findings: int) -> str:
    proposed = _("The system proposed “%(value)s”") % {"value": found.proposal_value or _("unknown")}
    submitted = [review for review in reviews if review.get("submitted_at")]
    if found.overridden:
        looked = _("a person decided otherwise")
    elif submitted:
        looked = _("a person reviewed it and agreed")
    else:
        looked = _("no review by a person is recorded")
    if found.executed_at:
        done = _("“%(value)s” was executed") % {"value": found.final_value or _("unknown")}
    else:
        done = _("nothing is recorded as executed")
    text = f"{proposed}; {looked}; {done}."
    if open_findings:
        text += " " + _("Something about it departs from the policy, see the findings.")
    return text


def _events_table(use_case: Any, decision_id: str) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=event.type, kind="code"),
                Cell(text=event.time, kind="time"),
                Cell(text=event.recorded_at, kind="time"),
                Cell(text=event.source, simulated=event.simulated),
                Cell(text=str(event.pk), kind="code", href=reverse("ledger-entry", args=[event.pk])),
            ]
        )
        for event in decision_events(use_case, decision_id)
    ]
    columns = [
        Column(label=_("Event")),
        Column(label=_("Its own time")),
        Column(label=_("Recorded")),
        Column(label=_("Source")),
        Column(label=_("Ledger entry")),
    ]
    return Table(id="events", caption=_("Events of this decision"), columns=columns, rows=rows, stack=True)
