"""Classification record: the answers, the tier that follows, why, who says so, and when it must be looked at again."""

from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Fact, Facts, Note, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.reports.sections.register import latest_classification, tier_name
from governance.models import Classification, SystemVersion
from governance.register.law_words import in_words
from policies.eu_ai_act import CURRENT_LAW, load_law
from policies.eu_ai_act.law import Question


def build(context: Context) -> Section:
    """Return section 4 of the report plan (AI Act Art 5, 6, 25, 50)."""
    title = _("Classification record")
    found = latest_classification(context)
    if found is None:
        text = _("The use case has not been classified; its tier and duties are unknown.")
        return Section(id="classification", title=title, blocks=(Statement(kind="gap", text=text),))
    lead = _("Classified on %(day)s as %(tier)s under law data %(law)s.") % {
        "day": display.day(found.made_at.astimezone(UTC).date()), "tier": tier_name(found.tier),
        "law": found.law_version,
    }  # fmt: skip
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), *_again(context, found), _facts(found)]
    if found.reason:
        blocks.append(Statement(kind="person", text=found.reason, by=found.made_by.name, at=found.made_at))
    blocks += [Note(text=_warning(each), kind="limit") for each in found.warnings]
    blocks += _open(found)
    blocks.append(_answers(found))
    return Section(id="classification", title=title, blocks=tuple(blocks))


def _again(context: Context, found: Classification) -> list[Block]:
    """State why the classification should be looked at again."""
    said = []
    if found.law_version != CURRENT_LAW.version:
        said.append(_("The law data changed since: %(then)s then, %(now)s now.") % {
            "then": found.law_version, "now": CURRENT_LAW.version,
        })  # fmt: skip
    changed = SystemVersion.objects.filter(
        system__use_cases=context.use_case, substantial=True, recorded_at__gt=found.made_at, recorded_at__lte=context.at
    )
    said += [
        _("%(system)s %(version)s is a substantial modification recorded after the classification.") % {
            "system": row.system.name, "version": row.version,
        }
        for row in changed.select_related("system").order_by("recorded_at", "pk")
    ]  # fmt: skip
    open_requests = context.use_case.change_requests.filter(state="open", asked_at__lte=context.at).count()
    if open_requests:
        said.append(_("%(n)s requested changes of the use case are not decided.") % {"n": open_requests})
    return [Statement(kind="computed", text=text, against=True, source=_("re-check triggers")) for text in said]


def _facts(found: Classification) -> Facts:
    law = load_law()
    titles = [
        f"{in_words(law.outcomes[code].title)} ({law.outcomes[code].article or '–'})" if code in law.outcomes else code
        for code in found.outcomes
    ]
    facts = [
        (_("Tier"), tier_name(found.tier)),
        (_("Outcomes"), "; ".join(titles)),
        (_("Legal basis"), ", ".join(found.legal_basis)),
        (_("Role under the Act"), ", ".join(_(role) for role in found.roles)),
        (_("Assessed for"), display.day(found.on_date)),
        (_("Law version"), found.law_version),
        (_("Rules fired"), ", ".join(found.rules)),
    ]
    items = [Fact(label=label, text=text or "–") for label, text in facts]
    if found.law_digest:
        items.append(Fact(label=_("Digest of the law data"), text=found.law_digest, mono=True))
    return Facts(items=tuple(items))


def _warning(warning: Any) -> str:
    if isinstance(warning, dict):
        return in_words(str(warning.get("message") or warning.get("text") or warning.get("code")))
    return in_words(str(warning))


def _open(found: Classification) -> list[Block]:
    said = [_("To be settled by legal review: %(what)s.") % {"what": name} for name in found.needs_legal_review]
    said += [_("Not answered: %(what)s.") % {"what": name} for name in found.unanswered]
    said += [_("Still to be done: %(what)s.") % {"what": name} for name in found.open_tasks]
    return [Statement(kind="gap", text=text) for text in said]


def _answers(found: Classification) -> Table:
    law = load_law()
    questions = dict(law.questions)
    rows = []
    for name, answer in sorted(found.answers.items(), key=lambda pair: _order(list(questions), pair[0])):
        asked = questions.get(name)
        note = found.answer_notes.get(name) or {}
        value = _answer(asked, str(answer))
        reason = " · ".join(part for part in (str(note.get("reason", "")), str(note.get("by", ""))) if part)
        rows.append((asked.article if asked else "", in_words(asked.text) if asked else name, value, reason))
    columns = (
        Column(key="article", label=_("Article")),
        Column(key="question", label=_("Question"), weight=4),
        Column(key="answer", label=_("Answer")),
        Column(key="why", label=_("Why, and who says so"), weight=2),
    )
    return Table(
        id="answers", title=_("Answers given, with the screening for prohibited practices"), columns=columns,
        rows=tuple(rows), header_column=False, empty=_("No answer is recorded."),
    )  # fmt: skip


def _answer(asked: Question | None, answer: str) -> str:
    """Return an answer in the active language; several chosen values stand with commas between."""
    values = asked.values if asked else {}
    return ", ".join(in_words(values.get(part, part)) for part in answer.split(",")) or "–"


def _order(known: list[str], name: str) -> tuple[int, str]:
    return (known.index(name) if name in known else len(known), name)
