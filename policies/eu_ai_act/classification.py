"""``classify``: answers on a date under a law version, to outcomes, legal basis, rules fired and duties.

Regulation (EU) 2024/1689 as amended by Regulation (EU) 2026/1744. A pure function: no clock, no database.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from policies.eu_ai_act import engine, tiers
from policies.eu_ai_act.answers import OTHERWISE, read_answers
from policies.eu_ai_act.conditions import names
from policies.eu_ai_act.duties import Duty, effective_roles, select_duties
from policies.eu_ai_act.law import Law, Rule
from policies.eu_ai_act.loading import CURRENT_LAW
from policies.eu_ai_act.notes import Note, warnings

_ESTABLISHING = ("scope", "prohibited", "annex_iii", "flips")
_TASKS = {"Q29a": "art-6-4", "Q29b": "art-49-2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What a set of answers means on a date.

    ``outcomes`` is ordered from most to least demanding; it is empty while outcome questions are unanswered and
    nothing is established, and for a general-purpose model on its own (then ``flags`` speak). ``rules`` are the ids
    that fired, ``needs_legal_review`` the questions answered "unsure", ``open_tasks`` the duties a derogation still
    lacks, ``assumed`` the questions the general answer filled, ``not_considered`` answers this path never asks for.
    """

    on_date: date
    law_version: str
    law_digest: str
    outcomes: tuple[str, ...]
    flags: tuple[str, ...]
    tier: str
    legal_basis: tuple[str, ...]
    rules: tuple[str, ...]
    roles: tuple[str, ...]
    duties: tuple[Duty, ...]
    open_tasks: tuple[str, ...]
    needs_legal_review: tuple[str, ...]
    warnings: tuple[Note, ...]
    unanswered: tuple[str, ...]
    unanswered_facts: tuple[str, ...]
    assumed: tuple[str, ...]
    not_considered: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every question that moves the outcome is answered (also with "unsure")."""
        return not self.unanswered

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON: dates as ISO text, tuples as lists."""
        return {**_plain(asdict(self)), "complete": self.complete}


def classify(answers: Mapping[str, str], *, on_date: date, law: Law = CURRENT_LAW) -> Classification:
    """Classify a use case under the AI Act.

    ``answers``: ``{question_id: yes | no | unsure | value}`` with the ids of ``questions()``; ``otherwise: no``
    answers the screening questions not named. "unsure" adds NEEDS_LEGAL_REVIEW and never lowers. Being classified
    and being applicable are two things: duties carry their dates, and a ban not yet applicable on ``on_date`` is a
    warning. Raises InvalidAnswers.
    """
    read = read_answers(answers, law)
    fill = {q.id for q in law.questions.values() if read.otherwise and q.fill and q.id not in read.given}
    case = engine.establish(law, {**read.given, **dict.fromkeys(fill, read.otherwise)}, on_date)
    asked = {question.id for question in engine.asked(case)}
    used = {name for rule in (*case.fired, *case.banned_later) if rule.when for name in names(rule.when)}
    duties = select_duties(case)
    open_tasks = _open_tasks(case)
    outcomes, flags = _ordered(case.outcomes, law), _ordered(case.flags, law)
    unanswered = engine.open_questions(case, affects="outcome")
    assumed = tuple(q for q in law.questions if q in fill and q in asked)
    return Classification(
        on_date=on_date,
        law_version=law.version,
        law_digest=law.digest,
        outcomes=outcomes,
        flags=flags,
        tier=tiers.tier(outcomes, flags=flags, complete=not unanswered, law=law),
        legal_basis=_legal_basis(case),
        rules=tuple(dict.fromkeys(rule.id for rule in case.fired)),
        roles=effective_roles(case),
        duties=duties,
        open_tasks=open_tasks,
        needs_legal_review=engine.unsure(case),
        warnings=(*warnings(case, duties, open_tasks), *_assumptions(assumed, read.otherwise, law)),
        unanswered=unanswered,
        unanswered_facts=engine.open_questions(case, affects="duties"),
        assumed=assumed,
        not_considered=tuple(q for q in law.questions if q in read.given and q not in asked | used),
    )


def _legal_basis(case: engine.Case) -> tuple[str, ...]:
    """Provisions of the rules that establish an outcome or a role, not of those that only say why one does not."""
    rules = [rule for rule in case.fired if rule.outcome or rule.stage in _ESTABLISHING]
    return tuple(dict.fromkeys(basis for rule in rules for basis in (*rule.basis, *_annex_i_act(rule, case))))


def _annex_i_act(rule: Rule, case: engine.Case) -> tuple[str, ...]:
    """The act of Annex I that was chosen: ``A11`` is cited as ``Annex I A 11``."""
    chosen = case.answers.get(rule.basis_from, "")
    return (f"Annex I {chosen[0]} {chosen[1:]}",) if chosen else ()


def _open_tasks(case: engine.Case) -> tuple[str, ...]:
    if "ART6-3-DEROGATED" not in case.fired_ids():
        return ()
    return tuple(duty for question, duty in _TASKS.items() if case.answers.get(question) != "yes")


def _ordered(codes: set[str], law: Law) -> tuple[str, ...]:
    return tuple(sorted(codes, key=lambda code: law.outcomes[code].rank))


def _assumptions(assumed: tuple[str, ...], value: str, law: Law) -> tuple[Note, ...]:
    if not assumed:
        return ()
    text = law.warnings["OTHERWISE_USED"].format(count=len(assumed), value=value)
    return (Note(code="OTHERWISE_USED", text=text, rule=OTHERWISE),)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
