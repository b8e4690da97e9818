"""Structured papers as data: FRIA, DPIA link, risk register, instructions for use, Annex IV, quality system, and so on.

Each form is a list of items with the provision that asks for it; a form's answers are ``{item id: text}``, for a table
``{item id: [{column: text}]}``. Titles and texts are English with stable keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.eu_ai_act.annexes import AnnexItem, annex_iv, annex_v, annex_viii
from policies.eu_ai_act.checklist import check_rows
from policies.eu_ai_act.fria import ELEMENTS

RISK_COLUMNS = (
    ("hazard", "What can go wrong, and for whom"),
    ("kind", "Health, safety or fundamental rights"),
    ("misuse", "In intended use or foreseeable misuse"),
    ("likelihood", "Likelihood before measures"),
    ("severity", "Severity before measures"),
    ("measure", "Measure: design out, mitigate and control, or inform and train"),
    ("owner", "Who owns the measure"),
    ("residual", "Residual risk, and why it is acceptable"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormItem:
    """One item. ``condition``: asked only then; ``computed_from``: what can propose it; ``columns``: a table."""

    id: str
    article: str
    text: str
    condition: str = ""
    computed_from: str = ""
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form; ``signed``: it counts only once somebody signed it. ``renew_on_change``: Art 27(2) and the like."""

    id: str
    title: str
    article: str
    items: tuple[FormItem, ...]
    signed: bool = True
    renew_on_change: bool = False

    def missing(self, answers: Mapping[str, Any]) -> tuple[str, ...]:
        """Items without condition that have no answer."""
        return tuple(item.id for item in self.items if not item.condition and not filled(answers.get(item.id)))


def filled(answer: Any) -> bool:
    """Whether an answer says something: a text that is not blank, a table with a row that is not blank."""
    if isinstance(answer, list):
        return any(any(str(cell).strip() for cell in row.values()) for row in answer)
    return bool(str(answer or "").strip())


def forms() -> tuple[Form, ...]:
    """Every form, in the order a deployer and then a provider meets them."""
    return tuple(_FORMS.values())


def form(form_id: str) -> Form | None:
    """The form with this id, or None."""
    return _FORMS.get(form_id)


def _checks(prefix: str) -> tuple[FormItem, ...]:
    rows = [row for row in check_rows() if row.id.startswith(prefix)]
    return tuple(FormItem(id=row.id, article=row.article, text=row.text, condition=row.condition) for row in rows)


def _annex(name: str, items: tuple[AnnexItem, ...]) -> tuple[FormItem, ...]:
    return tuple(
        FormItem(
            id=item.id,
            article=f"{name} {item.item}",
            text=item.text,
            condition=item.condition,
            computed_from=item.computed_from,
        )
        for item in items
    )


def _fria() -> tuple[FormItem, ...]:
    required = tuple(
        FormItem(id=key, article=f"Art {key}", text=text[0].upper() + text[1:], computed_from="register")
        for key, text in ELEMENTS.items()
    )
    return (
        *required,
        FormItem(
            id="27(4)",
            article="Art 27(4)",
            text="Parts of the data protection impact assessment it refers to",
            condition="a data protection impact assessment exists",
        ),
    )


def _dpia() -> tuple[FormItem, ...]:
    return (
        FormItem(id="reference", article="GDPR Art 35", text="Where the assessment is kept, and its number"),
        FormItem(id="date", article="GDPR Art 35", text="When it was made, and by whom"),
        FormItem(id="instructions", article="Art 26(9)", text="Which information of the provider (Art 13) it used"),
        FormItem(id="summary", article="Annex VIII C 5", text="Summary of its findings"),
    )


def _risks() -> tuple[FormItem, ...]:
    return (
        FormItem(id="process", article="Art 9(1), (2)", text="How risks are managed: who, how often, last review"),
        FormItem(id="risks", article="Art 9(2)(a)-(d), (5)", text="Risks", columns=RISK_COLUMNS),
        FormItem(id="testing", article="Art 9(6)-(8)", text="Tests against metrics and thresholds fixed beforehand"),
        FormItem(id="vulnerable", article="Art 9(9)", text="People under 18 and vulnerable groups"),
        FormItem(id="overall", article="Art 9(5)", text="Overall residual risk, and why it is acceptable"),
    )


def _post_market() -> tuple[FormItem, ...]:
    return (
        FormItem(id="data", article="Art 72(2)", text="What is collected over the lifetime, from whom, how often"),
        FormItem(id="analysis", article="Art 72(2)", text="How it is analysed, with which thresholds"),
        FormItem(
            id="interaction", article="Art 72(2)", text="Interaction with other AI systems", condition="it has any"
        ),
        FormItem(id="feedback", article="Art 26(5), 72(1)", text="How deployers report back"),
        FormItem(id="action", article="Art 20, 73", text="What happens on a finding: correction, incident report"),
    )


_FORMS: dict[str, Form] = {
    each.id: each
    for each in (
        Form(
            id="fria",
            title="Fundamental rights impact assessment",
            article="Art 27",
            items=_fria(),
            renew_on_change=True,
        ),
        Form(id="dpia", title="Link to the data protection impact assessment", article="Art 26(9)", items=_dpia()),
        Form(id="risk", title="Risk register", article="Art 9", items=_risks(), renew_on_change=True),
        Form(id="instructions", title="Instructions for use", article="Art 13(3)", items=_checks("13(3)")),
        Form(id="annex_iv", title="Technical documentation", article="Annex IV", items=_annex("Annex IV", annex_iv())),
        Form(id="qms", title="Quality management system", article="Art 17", items=_checks("17(1)(")),
        Form(id="pmm", title="Post-market monitoring plan", article="Art 72", items=_post_market()),
        Form(id="annex_v", title="EU declaration of conformity", article="Annex V", items=_annex("Annex V", annex_v())),
        *(
            Form(
                id=f"annex_viii_{section.lower()}",
                title=f"Registration data, section {section}",
                article=f"Annex VIII {section}",
                items=_annex("Annex VIII", annex_viii(section)),
                signed=False,
            )
            for section in ("A", "B", "C")
        ),
    )
}
