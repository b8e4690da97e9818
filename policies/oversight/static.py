"""What is checked before a policy may be saved: every rule can fire and matters, every field has a reader."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from policies.oversight.modes import Mode
from policies.oversight.parsing import PredicateError, parse_predicate
from policies.oversight.predicates import FIELDS, Expression, atoms, kind_of
from policies.oversight.regions import cases, holds
from policies.oversight.structure import Problem
from policies.oversight.terms import PolicyDocument, Requirement


@dataclass(frozen=True, slots=True)
class Findings:
    """``problems`` refuse the document, ``notes`` are shown beside it."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def review_document(document: PolicyDocument) -> Findings:
    """Return what is wrong with ``document`` and what is worth seeing before signing."""
    problems = [*_mode_problems(document), *_rule_problems(document), *_unread_terms(document)]
    expressions: list[Expression] = []
    for i, rule in enumerate(document.rules):
        try:
            expressions.append(parse_predicate(rule.when))
        except PredicateError as error:
            problems.append(Problem(f"rules[{i}].when", str(error)))
    problems += _field_problems(expressions)
    if problems:
        return Findings(tuple(problems), ())
    unreachable, notes = _reach(document, expressions)
    return Findings(tuple(unreachable), (*notes, *_field_notes(expressions), *_mode_notes(document)))


def _mode_problems(document: PolicyDocument) -> Iterator[Problem]:
    if document.mode is Mode.HITL and document.timeout_default == "allow":
        yield Problem("timeout_default", "must be deny or hold in mode HITL: silence is not an approval")
    if document.mode is Mode.HIC and (document.mandate is None or document.mandate.expires is None):
        yield Problem("mandate.expires", "must be given in mode HIC: a mandate without an end is no command")
    if document.mode is Mode.HOTL and (document.monitor is None or document.monitor.watch is None):
        yield Problem("monitor.watch", "must be given in mode HOTL: say who watches and how long nobody may")
    exceptional = document.mode is Mode.HOOTL
    for name in ("justification", "reapprove_by"):
        given = getattr(document, name) is not None
        if exceptional and not given:
            yield Problem(name, "must be given in mode HOOTL, which is an exception that ends")
        if given and not exceptional:
            yield Problem(name, "is read in mode HOOTL only: leave it out")
    if document.mode is not Mode.HOTL and document.monitor is not None:
        for name in ("watch", "intervene_within"):
            if getattr(document.monitor, name) is not None:
                yield Problem(f"monitor.{name}", "is read in mode HOTL only: leave it out or change the mode")


def _rule_problems(document: PolicyDocument) -> Iterator[Problem]:
    seen: set[str] = set()
    for i, rule in enumerate(document.rules):
        here, need = f"rules[{i}]", rule.require
        if rule.id in seen:
            yield Problem(f"{here}.id", f"must be unique, {rule.id} stands above already")
        seen.add(rule.id)
        yield from _requirement_problems(f"{here}.require", need)
        if document.tier == "full_approval" and (need.sample is not None or need.reviews == 0):
            yield Problem(f"{here}.require", "must ask for reviews: tier full_approval allows no sampling")


def _requirement_problems(here: str, need: Requirement) -> Iterator[Problem]:
    asked = need.reviews or 0
    if need == Requirement():
        yield Problem(here, "must ask for something: reviews, sample, blind_double, own_judgement_first or canary")
    if need.basis is not None and need.sample is None:
        yield Problem(f"{here}.basis", "is read together with sample only: add sample or leave it out")
    if need.reviews is not None and need.sample is not None:
        yield Problem(f"{here}.sample", "cannot stand beside reviews: every case is reviewed, or a share is")
    if need.distinct and asked < 2:
        yield Problem(f"{here}.distinct", "is read from two reviews on: ask for reviews: 2 or leave it out")
    if len(need.roles) > asked:
        yield Problem(f"{here}.roles", f"names {len(need.roles)} roles for {asked} reviews: ask for as many reviews")
    for name in ("exclude", "level"):
        if getattr(need, name) and asked == 0 and need.sample is None:
            yield Problem(f"{here}.{name}", "is read where people review: add reviews or sample, or leave it out")


def _unread_terms(document: PolicyDocument) -> Iterator[Problem]:
    escalation = document.escalation
    if escalation is not None and escalation.criteria and not escalation.chain:
        yield Problem("escalation.chain", "must name at least one hop for the criteria to lead to")
    if escalation is not None and escalation.chain and not escalation.criteria:
        yield Problem("escalation.criteria", "must say what is escalated along the chain")
    reviewer = document.reviewer
    if reviewer is not None and reviewer.break_min is not None and reviewer.max_continuous_min is None:
        yield Problem("reviewer.break_min", "is read together with max_continuous_min only: say after how long")
    mandate = document.mandate
    if mandate is not None:
        for name in sorted(set(mandate.allowed) & set(mandate.forbidden)):
            yield Problem("mandate.forbidden", f"{name} is allowed as well: name it once")


def _field_problems(expressions: list[Expression]) -> Iterator[Problem]:
    kinds: dict[str, str] = {}
    for i, expression in enumerate(expressions):
        for atom in atoms(expression):
            here, kind = f"rules[{i}].when", kind_of(atom)
            first = kinds.setdefault(atom.field, kind)
            if first != kind:
                yield Problem(here, f"{atom.field} is compared as {kind} here and as {first} elsewhere")
            close = difflib.get_close_matches(atom.field, FIELDS, n=1, cutoff=0.8)
            if atom.field not in FIELDS and close:
                yield Problem(here, f"{atom.field} is no standard field; did you mean {close[0]}?")


def _field_notes(expressions: list[Expression]) -> Iterator[Problem]:
    further = {atom.field for each in expressions for atom in atoms(each)} - set(FIELDS)
    for name in sorted(further):
        yield Problem("rules", f"reads {name}, which systems must send: without it the rule counts as matched")


def _mode_notes(document: PolicyDocument) -> Iterator[Problem]:
    if document.timeout_default == "allow":
        yield Problem("timeout_default", "allow needs the committee's own sign-off")
    if document.mode is Mode.HITL:
        for i, rule in enumerate(document.rules):
            if rule.require.reviews == 0:
                yield Problem(f"rules[{i}]", "lets decisions through without a person: the log will not look like HITL")


def demands(need: Requirement) -> tuple[Decimal | int | frozenset[str], ...]:
    """Return ``need`` as values of which more is more demanding, for comparing two requirements part by part."""
    return (
        need.reviews or 0,
        int(need.distinct),
        frozenset(need.exclude),
        frozenset({need.level} if need.level else ()),
        frozenset(need.roles),
        Decimal(1) if need.reviews else need.sample or Decimal(0),
        need.blind_double or Decimal(0),
        need.own_judgement_first or Decimal(0),
        need.canary or Decimal(0),
        int(need.reviews is not None or need.sample is not None),
    )


def covers(more: Requirement, less: Requirement) -> bool:
    """Return whether ``more`` asks for everything ``less`` asks for."""
    return all(one >= other for one, other in zip(demands(more), demands(less), strict=True))  # type: ignore[operator]


def _reach(document: PolicyDocument, expressions: list[Expression]) -> tuple[list[Problem], list[Problem]]:
    """Rules that can never fire or never matter, and pairs that overlap."""
    rules = document.rules
    found = cases(expressions)
    if found is None:
        return [], [Problem("rules", "too many combinations to prove that every rule can fire")]
    fires, matters = [False] * len(rules), [False] * len(rules)
    overlaps: set[tuple[int, int]] = set()
    silent = False
    for case in found:
        hit = [i for i, expression in enumerate(expressions) if holds(expression, case)]
        silent = silent or not any(_decides(rules[i].require) for i in hit)
        for place, i in enumerate(hit):
            fires[i] = True
            others = [j for j in hit if j != i]
            matters[i] = matters[i] or not any(_beats(document, j, i) for j in others)
            overlaps.update((i, j) for j in hit[place + 1 :])
    problems = [
        Problem(f"rules[{i}]", _unreachable(rules[i].id, fires[i])) for i in range(len(rules)) if not matters[i]
    ]
    notes = [
        Problem(f"rules[{i}]", f"overlaps with {rules[j].id}: the more demanding of {rules[i].id} and it wins")
        for i, j in sorted(overlaps)
    ]
    if silent and document.mode in (Mode.HITL, Mode.HOTL):
        notes.append(Problem("rules", "some cases match no rule that says how much review: they get full review"))
    return problems, notes


def _decides(need: Requirement) -> bool:
    return need.reviews is not None or need.sample is not None


def _beats(document: PolicyDocument, other: int, this: int) -> bool:
    """Whether rule ``other`` leaves ``this`` nothing to add: it asks for as much, and more or stands earlier."""
    more, less = document.rules[other].require, document.rules[this].require
    return covers(more, less) and (other < this or not covers(less, more))


def _unreachable(rule: str, fires: bool) -> str:
    if not fires:
        return f"{rule} can never fire: no case satisfies its condition"
    return f"{rule} never matters: wherever it fires another rule asks for as much; widen it or leave it out"
