"""The classification wizard on screen: a list or a question a step, the result, and what it changes."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from governance.access import Invalid
from governance.models import ClassificationDraft, UseCase
from governance.register import latest_classification, wizard
from governance.register.classify import stored, under_its_law
from governance.register.law_words import in_words
from governance.register.wizard import Progress, Step
from governance.web import words
from governance.web.classification import diff_lines, outcome_words, reasons, warnings_of
from governance.web.duty_table import duties_table
from governance.web.pages import reader, signed_in, use_case_to, visible_use_case
from policies import eu_ai_act


@signed_in
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, ref: str) -> HttpResponse:
    """The next open step; ``?question=`` shows one that was answered, to change it."""
    case = use_case_to(request, ref, "classify")
    today, wrong = timezone.localdate(), ""
    if request.method == "POST":
        try:
            _take(request, case, today)
            return redirect("classify", ref=case.ref)
        except Invalid as error:
            wrong = error.message
    progress = wizard.progress_of(case)
    if not progress.begun and not progress.presets and request.method == "GET" and "begin" not in request.GET:
        previous = latest_classification(case)
        if previous is not None:
            return _start_page(request, case, previous)
    asked = request.POST.get("question") or request.GET.get("question", "")
    shown = wizard.step_at(progress, asked) if asked else wizard.next_step(progress, on_date=today)
    if shown is None:
        if asked:
            raise Http404
        return redirect("classify-result", ref=case.ref)
    context = {
        "case": case,
        "wrong": wrong,
        **_shown(shown, progress, today),
        "crumbs": _crumbs(case, _("Classification")),
    }
    return render(request, "pages/wizard_step.html", context, status=422 if wrong else 200)


def _take(request: HttpRequest, case: UseCase, today: date) -> None:
    """Take what one step sent; raises :class:`Invalid`."""
    user, at, sent = reader(request), timezone.now(), request.POST
    if "list" in sent:
        wizard.read_list(
            actor=user, at=at, use_case=case, listed=sent["list"], marked=sent.getlist("marked"), on_date=today
        )
        return
    question = sent.get("question", "")
    if "later" in sent:
        wizard.put_off(actor=user, at=at, use_case=case, question=question)
        return
    value = ",".join(sent.getlist("answer"))
    wizard.answer(actor=user, at=at, use_case=case, question=question, value=value, reason=sent.get("reason", ""))


@signed_in
@require_http_methods(["POST"])
def begin(request: HttpRequest, ref: str) -> HttpResponse:
    """Begin anew, or from the answers that count now."""
    case = use_case_to(request, ref, "classify")
    user, at = reader(request), timezone.now()
    if request.POST.get("from") == "latest":
        wizard.begin(actor=user, at=at, use_case=case, again=latest_classification(case))
        return redirect("classify-result", ref=case.ref)
    ClassificationDraft.objects.filter(use_case=case).delete()
    return redirect(reverse("classify", args=[case.ref]) + "?begin=1")


def _start_page(request: HttpRequest, case: UseCase, previous: Any) -> HttpResponse:
    context = {"case": case, "previous": previous, "crumbs": _crumbs(case, _("Classification"))}
    return render(request, "pages/wizard_start.html", context)


def _shown(step: Step, progress: Progress, today: date) -> dict[str, Any]:
    """What the template of a step needs."""
    shared = {
        "step": step,
        "answers": _answers(progress, today) if progress.begun else [],
        "remaining": step.remaining,
        "section": _section(step),
        "done": len(progress.answers),
    }
    if step.question is None:
        return shared
    question = step.question
    proposed = step.given or step.preset
    values = dict(question.values) or {"yes": _("Yes"), "no": _("No")}
    return {
        **shared,
        "question": question,
        "kind": question.kind,
        "choices": [
            {"value": value, "label": in_words(label), "chosen": value in proposed.split(",")}
            for value, label in values.items()
        ],
        "unsure": proposed == "unsure",
        "number": proposed if question.kind == "number" and proposed != "unsure" else "",
        "because": [(_question_text(name), _answer_text(name, value)) for name, value in step.because.items()],
        "may_wait": question.affects != "outcome",
    }


def _section(step: Step) -> str:
    wanted = step.listed.list.section if step.listed else step.question.section if step.question else ""
    return next((in_words(each.title) for each in eu_ai_act.CURRENT_LAW.sections if each.id == wanted), "")


def _answers(progress: Progress, today: date) -> list[dict[str, Any]]:
    return [
        {
            "id": question.id,
            "text": in_words(question.text),
            "article": question.article,
            "answer": _answer_text(question.id, value),
            "note": progress.notes.get(question.id, {}),
        }
        for question, value in wizard.answered(progress, on_date=today)
    ]


def _question_text(question: str) -> str:
    found = eu_ai_act.CURRENT_LAW.questions.get(question)
    return in_words(found.text) if found else question


def _answer_text(question: str, value: str) -> str:
    said = {"yes": _("yes"), "no": _("no"), "unsure": _("not sure")}
    known = eu_ai_act.CURRENT_LAW.questions[question].values
    return ", ".join(str(said.get(part) or in_words(known.get(part, part))) for part in value.split(","))


@signed_in
@require_http_methods(["GET", "POST"])
def result(request: HttpRequest, ref: str) -> HttpResponse:
    """What the answers give, before it is stored; storing asks for a sentence of reason."""
    case = use_case_to(request, ref, "classify")
    progress, today = wizard.progress_of(case), timezone.localdate()
    if not progress.begun:
        return redirect("classify", ref=case.ref)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            wizard.finish(
                actor=reader(request), at=timezone.now(), use_case=case, reason=request.POST.get("reason", ""),
                on_date=today,
            )  # fmt: skip
            return redirect("classification", ref=case.ref)
        except Invalid as error:
            wrong = {str(error.data["field"]): error.message}
    found = eu_ai_act.classify(progress.answers, on_date=today)
    context = {
        "case": case,
        "found": found,
        "answer": outcome_sentence(found),
        "outcomes": outcome_words(found.outcomes, found.flags),
        "reasons": reasons(found),
        "duties": duties_table(stored(found)["duties"], today),
        "diff": diff_lines(wizard.compared(case, found)),
        "answers": _answers(progress, today),
        "notes": warnings_of(found.warnings),
        "open": [eu_ai_act.CURRENT_LAW.questions[name] for name in found.unanswered],
        "facts": [eu_ai_act.CURRENT_LAW.questions[name] for name in found.unanswered_facts],
        "unsure": [eu_ai_act.CURRENT_LAW.questions[name] for name in found.needs_legal_review],
        "reason": request.POST.get("reason", ""),
        "wrong": wrong,
        "crumbs": _crumbs(case, _("Result")),
    }
    return render(request, "pages/wizard_result.html", context, status=422 if wrong else 200)


@signed_in
def classification(request: HttpRequest, ref: str) -> HttpResponse:
    """The classification that counts, whole: rules, basis, answers, duties, and whether it would be the same today."""
    case = visible_use_case(request, ref)
    rows = list(case.classifications.select_related("made_by").order_by("-made_at", "-pk")[:20])
    wanted = request.GET.get("of", "")
    row = next((each for each in rows if str(each.pk) == wanted), rows[0] if rows else None)
    if row is None or (wanted and str(row.pk) != wanted):
        raise Http404(_("This use case has not been classified."))
    today = timezone.localdate()
    found = under_its_law(row)
    earlier = rows[rows.index(row) + 1] if rows.index(row) + 1 < len(rows) else None
    now = eu_ai_act.diff(found, eu_ai_act.classify(row.answers, on_date=today)) if row is rows[0] else None
    context = {
        "case": case,
        "row": row,
        "rows": rows,
        "answer": outcome_sentence(found),
        "outcomes": outcome_words(row.outcomes, row.flags),
        "reasons": reasons(found),
        "duties": duties_table(row.duties, today),
        "diff": diff_lines(eu_ai_act.diff(under_its_law(earlier), found) if earlier else None),
        "today": diff_lines(now),
        "answers": _answers(Progress(row.answers, row.answer_notes), row.on_date) if _readable(row.answers) else [],
        "notes": warnings_of(row.warnings),
        "unsure": [_question_text(name) for name in row.needs_legal_review],
        "crumbs": _crumbs(case, _("Classification")),
    }
    return render(request, "pages/classification.html", context)


def _readable(answers: dict[str, str]) -> bool:
    law = eu_ai_act.CURRENT_LAW
    return all(name in law.questions or law.group(name) or name == "otherwise" for name in answers)


def outcome_sentence(found: eu_ai_act.Classification) -> str:
    """The result in a sentence."""
    titles = [str(words.TIERS[found.tier].text)]
    duties = len({duty.id for duty in found.duties})
    said = ngettext("%(tier)s, with %(n)s duty.", "%(tier)s, with %(n)s duties.", duties) % {
        "tier": titles[0], "n": duties,
    }  # fmt: skip
    if found.needs_legal_review:
        said += " " + _("Somebody was not sure: a lawyer looks at it before anything is lowered.")
    if found.unanswered:
        said += " " + _("Questions are still open.")
    return said


def _crumbs(case: UseCase, last: str) -> list[tuple[str, str]]:
    return [(_("Register"), reverse("register")), (case.ref, reverse("use-case", args=[case.ref])), (last, "")]
