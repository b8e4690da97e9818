"""The classification wizard as a person walks it: one step at a time, kept as a draft, nothing binding until stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from governance.access import Invalid
from governance.models import Classification, ClassificationDraft, UseCase, User
from governance.register.classify import classify_use_case, latest_classification, save_draft
from policies import eu_ai_act
from policies.eu_ai_act.answers import InvalidAnswers, read_answers
from policies.eu_ai_act.law import Question
from policies.eu_ai_act.templates import UseCaseTemplate, templates

LIST, LATER = "list:", "later"
FLIPS = frozenset(question.id for question in eu_ai_act.flip_questions())


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been answered. ``presets`` propose and bind nothing; ``notes`` as ``Classification.answer_notes``."""

    answers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    presets: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> tuple[str, ...]:
        """Screening lists that were read."""
        return tuple(name.removeprefix(LIST) for name in self.notes if name.startswith(LIST))

    @property
    def later(self) -> tuple[str, ...]:
        """Questions put off."""
        return tuple(self.notes.get(LATER, {}).get("questions", ()))

    @property
    def begun(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Step:
    """What to show: a screening list, or one question with what was answered or is proposed."""

    listed: eu_ai_act.OpenList | None = None
    question: Question | None = None
    because: Mapping[str, str] = field(default_factory=dict)
    remaining: int = 0
    given: str = ""
    preset: str = ""
    reason: str = ""
    marked: tuple[str, ...] = ()


def progress_of(use_case: UseCase) -> Progress:
    """The draft of ``use_case``; empty where nobody has begun."""
    draft = ClassificationDraft.objects.filter(use_case=use_case).first()
    return Progress(draft.answers, draft.notes, draft.presets) if draft else Progress()


def next_step(progress: Progress, *, on_date: date) -> Step | None:
    """The next open step; None when everything that matters is answered or put off."""
    following = eu_ai_act.next_question(progress.answers, on_date=on_date, skipped=progress.later)
    if following is None:
        return None
    listed = eu_ai_act.open_list(following.question.id, progress.answers, on_date=on_date, passed=progress.passed)
    if listed is not None:
        proposed = {name for name, value in progress.presets.items() if value not in {"", "no"}}
        marked = tuple(item.id for item, questions in listed.lines if proposed & set(questions))
        return Step(listed=listed, remaining=following.remaining, marked=marked)
    return Step(
        question=following.question,
        because=following.because,
        remaining=following.remaining,
        preset=progress.presets.get(following.question.id, ""),
    )


def step_at(progress: Progress, question: str) -> Step | None:
    """The step of one question, to change its answer; None for an id the law does not have."""
    found = eu_ai_act.CURRENT_LAW.questions.get(question)
    if found is None:
        return None
    return Step(
        question=found,
        given=progress.answers.get(question, ""),
        preset=progress.presets.get(question, ""),
        reason=str(progress.notes.get(question, {}).get("reason", "")),
    )


def answer(*, actor: User, at: datetime, use_case: UseCase, question: str, value: str, reason: str = "") -> Progress:
    """Answer one question; the answers given so far stay. Raises :class:`Invalid` with what would be right."""
    progress = progress_of(use_case)
    try:
        value = read_answers({question: value}, eu_ai_act.CURRENT_LAW).given[question]
    except (InvalidAnswers, KeyError) as error:
        raise Invalid(_("Choose one of the answers, or say that you are not sure."), field="answer") from error
    note = _note(actor, at, reason=reason.strip()[:2000])
    later = [name for name in progress.later if name != question]
    notes = {**progress.notes, question: note, LATER: {"questions": later}}
    return _keep(actor, at, use_case, replace(progress, answers={**progress.answers, question: value}, notes=notes))


def read_list(
    *, actor: User, at: datetime, use_case: UseCase, listed: str, marked: Collection[str], on_date: date
) -> Progress:
    """Take a screening list as read: lines that are not marked are answered "no"; marked ones are asked one by one."""
    progress = progress_of(use_case)
    step = next_step(progress, on_date=on_date)
    if step is None or step.listed is None or step.listed.list.id != listed:
        return progress  # read before, perhaps in another window
    try:
        no = step.listed.not_marked(marked)
    except ValueError as error:
        raise Invalid(_("Mark lines of this list only."), field="marked") from error
    noted = {question: _note(actor, at, list=listed) for question in no}
    notes = {**progress.notes, **noted, LIST + listed: _note(actor, at, marked=sorted(marked))}
    answers = {**progress.answers, **dict.fromkeys(no, "no")}
    return _keep(actor, at, use_case, replace(progress, answers=answers, notes=notes))


def put_off(*, actor: User, at: datetime, use_case: UseCase, question: str) -> Progress:
    """Leave a fact open. Questions that move the outcome cannot be put off; they can be answered "unsure"."""
    found = eu_ai_act.CURRENT_LAW.questions.get(question)
    if found is None or found.affects == "outcome":
        raise Invalid(_("This question moves the outcome: answer it, or say that you are not sure."), field="answer")
    progress = progress_of(use_case)
    later = [*dict.fromkeys([*progress.later, question])]
    return _keep(actor, at, use_case, replace(progress, notes={**progress.notes, LATER: {"questions": later}}))


def begin(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    template: UseCaseTemplate | None = None,
    again: Classification | None = None,
) -> Progress:
    """Begin anew: empty, with the proposals of a template, or with the answers of an earlier classification.

    Role flips (Art 25) and what a list or a general answer filled are asked again.
    """
    if again is None:
        presets = dict(template.answers) if template else {}
        return _keep(actor, at, use_case, Progress(presets=presets))
    assumed = set(again.assumed)
    kept = {
        name: value
        for name, value in again.answers.items()
        if name in eu_ai_act.CURRENT_LAW.questions and name not in FLIPS and name not in assumed
    }
    notes = {name: note for name, note in again.answer_notes.items() if name in kept or name.startswith(LIST)}
    return _keep(actor, at, use_case, Progress(answers=kept, notes=notes, presets={}))


def finish(*, actor: User, at: datetime, use_case: UseCase, reason: str, on_date: date) -> Classification:
    """Store what the draft says; raises :class:`Invalid` while a question that moves the outcome is open."""
    progress = progress_of(use_case)
    result = eu_ai_act.classify(progress.answers, on_date=on_date)
    if result.unanswered:
        raise Invalid(
            _("Questions that move the outcome are open. Answer them, or say that you are not sure."),
            field="answer",
            questions=list(result.unanswered),
        )
    if not reason.strip():
        raise Invalid(_("Say in a sentence what the answers rest on; a reader will ask."), field="reason")
    return classify_use_case(
        actor=actor,
        at=at,
        use_case=use_case,
        answers=progress.answers,
        on_date=on_date,
        reason=reason.strip(),
        answer_notes={name: note for name, note in progress.notes.items() if name != LATER},
    )


def answered(progress: Progress, *, on_date: date) -> Sequence[tuple[Question, str]]:
    """Questions answered so far that still matter, in order, with their answers."""
    asked = eu_ai_act.asked_questions(progress.answers, on_date=on_date)
    return [(question, progress.answers[question.id]) for question in asked if question.id in progress.answers]


def template_of(template_id: str) -> UseCaseTemplate | None:
    """The template with this id, or None."""
    return next((template for template in templates() if template.id == template_id), None)


def compared(use_case: UseCase, new: eu_ai_act.Classification) -> eu_ai_act.ClassificationDiff | None:
    """What ``new`` changes against the classification that counts; None where there is none."""
    previous = latest_classification(use_case)
    if previous is None:
        return None
    law = eu_ai_act.load_law(previous.law_version)
    return eu_ai_act.diff(eu_ai_act.classify(previous.answers, on_date=previous.on_date, law=law), new)


def _note(actor: User, at: datetime, **more: Any) -> dict[str, Any]:
    return {"by": actor.name, "at": at.isoformat(timespec="seconds"), **{k: v for k, v in more.items() if v or v == []}}


def _keep(actor: User, at: datetime, use_case: UseCase, progress: Progress) -> Progress:
    save_draft(
        actor=actor,
        at=at,
        use_case=use_case,
        answers=progress.answers,
        notes=progress.notes,
        presets=progress.presets,
    )
    return progress
