"""From the YAML files of one version to a validated, frozen ``Law``."""

from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from policies.eu_ai_act.conditions import BadCondition, Condition, names, parse
from policies.eu_ai_act.law import (
    DateRow,
    DutyDates,
    DutyRow,
    Flip,
    Head,
    Law,
    Outcome,
    Question,
    Role,
    RoleQuestion,
    Rule,
    Section,
    digest,
    frozen,
)
from policies.eu_ai_act.yaml_data import BadData, parse_yaml

DATA = Path(__file__).parent / "data"
CURRENT_VERSION = "2026-07-27"
_FILES = ("law", "dates", "outcomes", "roles", "questions", "rules", "duties", "warnings")
_YES = {"yes": True, "no": False}
T = TypeVar("T")


@lru_cache(maxsize=8)
def load_law(version: str = CURRENT_VERSION) -> Law:
    """The law of a version: its folder under ``data/`` or the full name an assessment stored (``2026-07-27.1``).

    Raises BadData naming the file and row that is wrong, or the versions there are.
    """
    known = law_versions()
    folder = DATA / known.get(version, version)
    if folder.name not in known.values():
        raise BadData(version, f"no such version of the law; there is: {', '.join(known)}")
    return build_law({name: (folder / f"{name}.yaml").read_bytes() for name in _FILES})


@lru_cache(maxsize=1)
def law_versions() -> dict[str, str]:
    """Every version in this installation: its full name and the folder that holds it, oldest first."""
    heads = sorted(DATA.glob("*/law.yaml"))
    return {parse_yaml(head.read_bytes(), where=str(head))["version"]: head.parent.name for head in heads}


def build_law(parts: dict[str, bytes]) -> Law:
    """A law from the bytes of its files, keyed by file name without ending. Raises BadData."""
    raw = {name: parse_yaml(parts[name], where=f"{name}.yaml") for name in _FILES}
    sections, questions = _questions(raw["questions"])
    rules = _rules(raw["rules"])
    law = Law(
        head=_convert(raw["law"], Head, "law.yaml"),
        digest=digest(parts),
        dates=_by(_rows(raw["dates"], DateRow, "dates.yaml"), "id", "dates.yaml"),
        outcomes=_by([_outcome(row) for row in raw["outcomes"]], "code", "outcomes.yaml"),
        sections=sections,
        questions=_by(questions, "id", "questions.yaml"),
        rules=_by(rules, "id", "rules.yaml"),
        stages=frozen({stage: tuple(r for r in rules if r.stage == stage) for stage in raw["rules"]}),
        duties=tuple(_duty(row) for row in raw["duties"]["duties"]),
        profiles=frozen({k: frozen(_profile(v)) for k, v in raw["duties"]["profiles"].items()}),
        roles=tuple(_rows(raw["roles"]["roles"], Role, "roles.yaml")),
        role_questions=tuple(_rows(raw["roles"]["wizard"], RoleQuestion, "roles.yaml")),
        flips=tuple(_rows(raw["roles"]["flips"], Flip, "roles.yaml")),
        warnings=frozen({row["id"]: row["text"] for row in raw["warnings"]}),
    )
    _check_references(law)
    return law


def convert(raw: Any, kind: type[T], where: str) -> T:
    """A typed row from plain text values; unknown or missing fields are refused. Raises BadData."""
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadData(where, f"{error} in {str(raw)[:120]}") from error


_convert = convert


@lru_cache(maxsize=64)
def read_rows(name: str, kind: type[T], version: str = CURRENT_VERSION) -> tuple[T, ...]:
    """Typed rows of a list file beside the law, loaded once. Raises BadData."""
    path = DATA / version / f"{name}.yaml"
    return tuple(_rows(parse_yaml(path.read_bytes(), where=path.name), kind, path.name))


def _rows(raw: list[Any], kind: type[T], where: str) -> list[T]:
    return [_convert(row, kind, where) for row in raw]


def _by(rows: list[T], key: str, where: str) -> Any:
    table = {getattr(row, key): row for row in rows}
    if len(table) != len(rows):
        seen = [getattr(row, key) for row in rows]
        raise BadData(where, f"id used twice: {', '.join(sorted({k for k in seen if seen.count(k) > 1}))}")
    return frozen(table)


def _condition(raw: Any, where: str) -> Condition | None:
    try:
        return None if raw is None else parse(raw)
    except BadCondition as error:
        raise BadData(where, str(error)) from error


def _take(row: dict[str, Any], required: tuple[str, ...], optional: tuple[str, ...], where: str) -> dict[str, Any]:
    unknown = sorted(set(row) - set(required) - set(optional))
    missing = sorted(set(required) - set(row))
    if unknown or missing:
        raise BadData(where, f"row {row.get('id', row)}: unknown fields {unknown}, missing fields {missing}")
    return row


def _outcome(row: dict[str, Any]) -> Outcome:
    row = {**row, "flag": _YES[row.get("flag", "no")]}
    return _convert(row, Outcome, "outcomes.yaml")


def _questions(raw: dict[str, Any]) -> tuple[tuple[Section, ...], list[Question]]:
    where, sections, questions = "questions.yaml", [], []
    for part in raw["sections"]:
        _take(part, ("id", "title", "questions"), ("ask_when", "ask_unless"), where)
        sections.append(Section(id=part["id"], title=part["title"]))
        when, unless = (_condition(part.get(k), where) for k in ("ask_when", "ask_unless"))
        for row in part["questions"]:
            _take(
                row,
                ("id", "article", "text", "help", "examples"),
                ("kind", "values", "affects", "required", "fill", "ask_when"),
                where,
            )
            questions.append(_question(row, part["id"], when, unless))
    return tuple(sections), questions


def _question(row: dict[str, Any], section: str, when: Condition | None, unless: Condition | None) -> Question:
    kind, affects = row.get("kind", "yes_no"), row.get("affects", "outcome")
    return Question(
        id=row["id"],
        section=section,
        article=row["article"],
        text=row["text"],
        help=row["help"],
        examples=tuple(row["examples"]),
        kind=kind,
        values=frozen(row.get("values", {})),
        affects=affects,
        required=_YES[row.get("required", "yes")],
        fill=_YES[row.get("fill", "yes")] and kind == "yes_no" and affects == "outcome",
        ask_when=_condition(row.get("ask_when"), "questions.yaml"),
        section_when=when,
        section_unless=unless,
    )


def _rules(raw: dict[str, Any]) -> list[Rule]:
    rules = []
    for stage, rows in raw.items():
        for row in rows:
            _take(row, ("id", "basis", "text"), ("when", "by", "outcome", "date", "point", "basis_from"), "rules.yaml")
            if ("when" in row) == (row.get("by") == "engine"):
                raise BadData("rules.yaml", f"rule {row['id']} takes either 'when' or 'by: engine'")
            rest = {key: value for key, value in row.items() if key not in ("when", "by", "basis")}
            when = _condition(row.get("when"), f"rules.yaml, {row['id']}")
            rules.append(Rule(stage=stage, when=when, basis=tuple(row["basis"]), **rest))
    return rules


def _duty(row: dict[str, Any]) -> DutyRow:
    _take(row, ("id", "article", "roles", "profile", "trigger", "text"), ("when",), "duties.yaml")
    return DutyRow(
        id=row["id"],
        article=row["article"],
        roles=tuple(row["roles"]),
        profile=row["profile"],
        trigger=tuple(row["trigger"]),
        text=row["text"],
        when=_condition(row.get("when"), f"duties.yaml, {row['id']}"),
    )


def _profile(raw: dict[str, Any]) -> dict[str, DutyDates]:
    return {outcome: _convert(row, DutyDates, "duties.yaml") for outcome, row in raw.items()}


def _check_references(law: Law) -> None:
    """Every name a row mentions exists; a typo in the law must not become a question nobody asks."""
    conditions = [(r.id, r.when) for r in law.rules.values()] + [(d.id, d.when) for d in law.duties]
    for q in law.questions.values():
        conditions += [(q.id, q.ask_when), (q.id, q.section_when), (q.id, q.section_unless)]
    for owner, condition in conditions:
        for name in names(condition) if condition else ():
            if name not in law.questions and not name.startswith("is."):
                raise BadData(owner, f"mentions the unknown question {name}")
    triggers = {"in_scope", "prohibited"} | set(law.outcomes) | set(law.rules)
    dates = set(law.dates) | {"rule"}
    wrong = [
        *(
            f"rule {r.id}: outcome {r.outcome}"
            for r in law.rules.values()
            if r.outcome and r.outcome not in law.outcomes
        ),
        *(f"rule {r.id}: date {r.date}" for r in law.rules.values() if r.date and r.date not in dates),
        *(
            f"rule {r.id}: {r.basis_from}"
            for r in law.rules.values()
            if r.basis_from and r.basis_from not in law.questions
        ),
        *(f"duty {d.id}: trigger {t}" for d in law.duties for t in d.trigger if t not in triggers),
        *(f"duty {d.id}: profile {d.profile}" for d in law.duties if d.profile not in law.profiles),
        *(f"flip {f.id}: rule {f.rule}" for f in law.flips if f.rule not in law.rules or f.id not in law.questions),
        *(
            f"profile {name}: date {row}"
            for name, profile in law.profiles.items()
            for pair in profile.values()
            for row in (pair.formal, pair.operative)
            if row not in dates
        ),
    ]
    if wrong:
        raise BadData("law data", "unknown references: " + "; ".join(wrong))


CURRENT_LAW: Law = load_law()
