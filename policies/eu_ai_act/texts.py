"""Every text of the law data under a stable key, so that a door can translate it (``question.Q1.text``)."""

from policies.eu_ai_act.checklist import check_rows
from policies.eu_ai_act.law import Law
from policies.eu_ai_act.lists import screening_lists
from policies.eu_ai_act.loading import CURRENT_LAW


def texts(law: Law = CURRENT_LAW) -> dict[str, str]:
    """English texts by key, in the order of the data; keys stay, wording may change between versions."""
    found = {f"section.{section.id}": section.title for section in law.sections}
    for question in law.questions.values():
        found |= {f"question.{question.id}.text": question.text, f"question.{question.id}.help": question.help}
        found |= {f"question.{question.id}.example.{n}": text for n, text in enumerate(question.examples, 1)}
        found |= {f"question.{question.id}.value.{value}": text for value, text in question.values.items()}
    for listed in screening_lists():
        found |= {f"list.{listed.id}.title": listed.title}
        found |= {f"list.{listed.id}.{item.id}": item.label for item in listed.items}
    for outcome in law.outcomes.values():
        found |= {f"outcome.{outcome.code}.title": outcome.title, f"outcome.{outcome.code}.meaning": outcome.meaning}
    found |= {f"rule.{rule.id}": rule.text for rule in law.rules.values()}
    found |= {f"duty.{duty.id}": duty.text for duty in law.duties}
    found |= {f"check.{row.id}": row.text for row in check_rows()}
    found |= {f"warning.{code}": text for code, text in law.warnings.items()}
    for role in law.roles:
        found |= {
            f"role.{role.id}.title": role.title,
            f"role.{role.id}.test": role.test,
            f"role.{role.id}.note": role.note,
        }
    found |= {f"date.{row.id}": row.subject for row in law.dates.values()}
    return found
