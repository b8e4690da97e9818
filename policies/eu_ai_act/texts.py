"""Every text of the law data under a stable key, so that a door can translate it (``question.Q1.text``)."""

from collections.abc import Mapping

from policies.eu_ai_act.checklist import check_rows
from policies.eu_ai_act.forms import forms
from policies.eu_ai_act.fria import ELEMENTS
from policies.eu_ai_act.fria import REASONS as FRIA_REASONS
from policies.eu_ai_act.incidents import RECIPIENTS, incident_kinds
from policies.eu_ai_act.law import Law
from policies.eu_ai_act.lists import screening_lists
from policies.eu_ai_act.loading import CURRENT_LAW
from policies.eu_ai_act.suggest import MODES, REASONS, factor_table
from policies.eu_ai_act.templates import templates
from policies.frameworks import FRAMEWORKS, framework


def texts(law: Law = CURRENT_LAW) -> dict[str, str]:
    """English texts by key, in the order of the data; keys stay, wording may change between versions.

    A text with places such as ``{date}`` is shown filled in. Empty texts are left out.
    """
    parts = (_wizard(law), _results(law), _points(), _papers(), _starting_points(), _oversight(), _frameworks())
    return {key: text for part in parts for key, text in part.items() if text}


def _under(prefix: str, named: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}.{name}": text for name, text in named.items()}


def _wizard(law: Law) -> dict[str, str]:
    found = {f"section.{section.id}": section.title for section in law.sections}
    for question in law.questions.values():
        found |= {f"question.{question.id}.text": question.text, f"question.{question.id}.help": question.help}
        found |= {f"question.{question.id}.example.{n}": text for n, text in enumerate(question.examples, 1)}
        found |= _under(f"question.{question.id}.value", question.values)
    for listed in screening_lists():
        found |= {f"list.{listed.id}.title": listed.title}
        found |= {f"list.{listed.id}.{item.id}": item.label for item in listed.items}
    return found


def _results(law: Law) -> dict[str, str]:
    found: dict[str, str] = {}
    for outcome in law.outcomes.values():
        found |= {f"outcome.{outcome.code}.title": outcome.title, f"outcome.{outcome.code}.meaning": outcome.meaning}
    found |= {f"rule.{rule.id}": rule.text for rule in law.rules.values()}
    found |= {f"duty.{duty.id}": duty.text for duty in law.duties}
    found |= _under("warning", law.warnings)
    for role in law.roles:
        found |= _under(f"role.{role.id}", {"title": role.title, "test": role.test, "note": role.note})
    found |= {f"role_question.{question.id}": question.text for question in law.role_questions}
    found |= {f"flip.{flip.id}": flip.title for flip in law.flips}
    for row in law.dates.values():
        found |= {f"date.{row.id}": row.subject, f"date.{row.id}.trigger": row.trigger}
    return found


def _points() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in check_rows():
        found |= {f"check.{row.id}": row.text}
        found |= _under(f"check.{row.id}", {"evidence": row.evidence, "how": row.how, "condition": row.condition})
    return found


def _papers() -> dict[str, str]:
    found: dict[str, str] = {}
    for form in forms():
        found |= {f"form.{form.id}": form.title}
        for item in form.items:
            found |= {f"form.{form.id}.{item.id}": item.text, f"form.{form.id}.{item.id}.condition": item.condition}
            found |= _under(f"form.{form.id}.{item.id}", dict(item.columns))
    return found | _under("fria.element", ELEMENTS) | _under("fria.reason", FRIA_REASONS)


def _starting_points() -> dict[str, str]:
    found: dict[str, str] = {}
    for template in templates():
        named = {name: getattr(template, name) for name in ("sector", "title", "purpose", "affected", "note")}
        found |= _under(f"template.{template.id}", named)
        found |= {f"template.{template.id}.reviewer.{n}": text for n, text in enumerate(template.reviewers, 1)}
    return found


def _oversight() -> dict[str, str]:
    found = _under("mode.reason", REASONS)
    for factor in factor_table():
        found |= {f"factor.{factor.id}": factor.factor}
        found |= {f"factor.{factor.id}.{mode}": getattr(factor, mode) for mode in MODES}
    found |= {f"incident.{kind.id}": kind.title for kind in incident_kinds()}
    return found | _under("incident.recipient", RECIPIENTS)


def _frameworks() -> dict[str, str]:
    return {f"framework.{name}": framework(name).title for name in FRAMEWORKS}
