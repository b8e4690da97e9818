"""A pilot: its phases with exit criteria, the gate to expansion, and the tests of oversight before going live."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from governance.access import DomainError, committees_visible_to, may_on
from governance.committees import add_item
from governance.models import AgendaItem, Committee, Meeting, OversightTest, PilotPhase, UseCase, User
from governance.register.pilots import check_evaluated, evaluate_phase, plan_phase, record_oversight_test
from governance.web.acts import attempt, offers
from governance.web.meetings import may_convene
from governance.web.pages import paged, reader, signed_in, use_case_to, visible_use_case
from governance.web.pilot_forms import EvaluationForm, ExtensionForm, OversightTestForm, PhaseForm
from governance.web.register_edit import crumbs
from governance.web.words import Word

RESULTS = {
    "met": Word(gettext_lazy("met"), "closed", "done"),
    "not_met": Word(gettext_lazy("not met"), "cross", "attention"),
    "unknown": Word(gettext_lazy("not known"), "question", "insufficient_data"),
}
PASSED = Word(gettext_lazy("did what they should"), "closed", "done")
FAILED = Word(gettext_lazy("did not"), "cross", "attention")
RUNNING = Word(gettext_lazy("running"), "due", "due")
EVALUATED = Word(gettext_lazy("evaluated"), "closed", "done")


@signed_in
def pilot(request: HttpRequest, ref: str) -> HttpResponse:
    """The phases of a use case's pilot and where its gate stands."""
    return _page(request, visible_use_case(request, ref))


@signed_in
@require_POST
def act(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """Plan a phase, evaluate the running one, or put the extension on an agenda."""
    case, user = visible_use_case(request, ref), reader(request)
    if act not in {"plan", "evaluate", "extend"}:
        raise Http404
    phases = list(case.pilot_phases.order_by("number"))
    form = _forms(case, user, phases, request.POST).get(act)
    if form is None:
        raise PermissionDenied
    status = attempt(request, form, lambda: _do(act, case, user, form, phases))
    return _page(request, case, {act: form}, status) if status else redirect("pilot", ref)


def _do(act: str, case: UseCase, user: User, form: Any, phases: list[PilotPhase]) -> None:
    given = form.cleaned_data
    common: dict[str, Any] = {"actor": user, "at": timezone.now()}
    if act == "plan":
        plan_phase(**common, use_case=case, **given)
    elif act == "evaluate":
        evaluate_phase(
            **common, phase=phases[-1], results=form.results(), lessons=given["lessons"],
            evaluated_by=given["evaluated_by"],
        )  # fmt: skip
    else:
        add_item(
            **common,
            meeting=given["meeting"],
            kind=AgendaItem.Kind.EXPAND,
            title=_("%(name)s: extension of the pilot") % {"name": case.name},
            question=given["question"],
            use_case=case,
            effect={"lifecycle": given["lifecycle"]} if given["lifecycle"] else {},
        )


def _forms(case: UseCase, user: User, phases: list[PilotPhase], post: Any = None) -> dict[str, Any]:
    """What the reader can do now: the running phase is evaluated before the next is planned."""
    found: dict[str, forms.Form] = {}
    running = bool(phases) and phases[-1].evaluated_at is None
    if may_on(user, "register", case):
        if running:
            found["evaluate"] = EvaluationForm(post, phase=phases[-1], prefix="evaluate")
        elif not _closed(case, phases):
            found["plan"] = PhaseForm(post, prefix="plan")
    if phases and not running and (meetings := _meetings(user)):
        rows = Meeting.objects.filter(pk__in=meetings).order_by("starts_at", "ref")
        found["extend"] = ExtensionForm(post, meetings=rows, prefix="extend")
    return found


def _meetings(user: User) -> list[Any]:
    """Meetings whose agenda the reader fills, with the data pack not frozen yet."""
    rows = Meeting.objects.filter(state="convened", pack=None, committee__in=committees_visible_to(user))
    committees = {committee.pk: committee for committee in Committee.objects.filter(meetings__in=rows).distinct()}
    led = {key: may_convene(user, committee) for key, committee in committees.items()}
    return [pk for pk, committee in rows.values_list("pk", "committee") if led[committee]]


def _closed(case: UseCase, phases: list[PilotPhase]) -> str:
    """Why the gate to the next phase is closed; empty: it is open, or there is no phase yet."""
    if not phases:
        return ""
    try:
        check_evaluated(case)
    except DomainError as error:
        return str(error.message)
    return ""


def _page(
    request: HttpRequest, case: UseCase, tried: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    user = reader(request)
    phases = list(case.pilot_phases.select_related("evaluated_by").order_by("number"))
    offered = {**_forms(case, user, phases), **(tried or {})}
    words = {
        "evaluate": (_("Evaluate this phase"), _("Record the evaluation")),
        "plan": (_("Plan the next phase") if phases else _("Plan the first phase"), _("Plan it")),
        "extend": (_("Put the extension on an agenda"), _("Put it on")),
    }
    closed = _closed(case, phases)
    context = {
        "case": case,
        "answer": _answer(phases, closed),
        "phases": [_shown(phase) for phase in reversed(phases)],
        "closed": closed,
        "acts": offers(words, offered.get, lambda act: reverse("pilot-act", args=[case.ref, act]), tried or ()),
        "crumbs": crumbs(case, _("Pilot")),
    }
    return render(request, "pages/pilot.html", context, status=status)


def _answer(phases: list[PilotPhase], closed: str) -> str:
    if not phases:
        return _("No pilot is planned. It can go live without one; with one, only through its gate.")
    last = phases[-1]
    said = {"n": last.number, "name": last.name}
    if closed:
        return _("The gate to expansion is closed after phase %(n)s, %(name)s.") % said + " " + closed
    return _("The gate to expansion is open: every exit criterion of phase %(n)s, %(name)s, is met.") % said


def _shown(phase: PilotPhase) -> dict[str, Any]:
    results = {each["code"]: each for each in phase.results}
    return {
        "row": phase,
        "word": EVALUATED if phase.evaluated_at else RUNNING,
        "criteria": [
            {
                "text": each["text"],
                "word": RESULTS[results[each["code"]]["state"]] if each["code"] in results else None,
                "evidence": results.get(each["code"], {}).get("evidence", ""),
            }
            for each in phase.criteria
        ],
    }


@signed_in
@require_http_methods(["GET", "POST"])
def tests(request: HttpRequest, ref: str) -> HttpResponse:
    """Tests of the planned oversight: what was played, what people should do, what they did."""
    case, user = visible_use_case(request, ref), reader(request)
    if request.method == "POST":
        use_case_to(request, ref, "register")
    form = OversightTestForm(request.POST or None) if may_on(user, "register", case) else None
    status = 200
    if request.method == "POST" and form is not None:
        bound = form

        def do() -> None:
            given = {**bound.cleaned_data, "passed": bound.cleaned_data["passed"] == "yes"}
            record_oversight_test(actor=user, at=timezone.now(), use_case=case, **given)

        status = attempt(request, form, do, _("The test is on record."))
        if not status:
            return redirect("oversight-tests", ref)
    page = paged(case.oversight_tests.select_related("led_by").order_by("-held_at", "-pk"), request)
    context = {
        "case": case,
        "page": page,
        "query": "",
        "tests": [{"row": row, "word": PASSED if row.passed else FAILED} for row in page.object_list],
        "answer": _tested(OversightTest.objects.filter(use_case=case).order_by("-held_at", "-pk").first()),
        "form": form,
        "crumbs": crumbs(case, _("Tests of oversight")),
    }
    return render(request, "pages/oversight_tests.html", context, status=status)


def _tested(last: OversightTest | None) -> str:
    if last is None:
        return _("The planned oversight was never tested. Play it through before it goes live, then again each year.")
    day = date_format(timezone.localtime(last.held_at), "j M Y")
    if last.passed:
        return _("In the last test, on %(day)s, people did what they should.") % {"day": day}
    return _("In the last test, on %(day)s, people did not do what they should.") % {"day": day}
