"""The register entry: what the use case is, what it is under the AI Act, which duties follow and from when."""

from datetime import UTC, date
from typing import Any

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Fact, Facts, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from governance.models import Classification
from governance.register.law_words import in_words

TIERS = {
    "prohibited": "prohibited practice",
    "high": "high risk",
    "limited": "limited risk",
    "minimal": "minimal risk",
    "out_of_scope": "outside the Act",
    "review": "needs legal review",
}


def build(context: Context) -> Section:
    """Return section 3 of the report plan: the inventory entry, with the duties that its classification brings."""
    blocks: list[Block] = [_facts(context)]
    found = latest_classification(context)
    if found is None:
        text = _("The use case has not been classified; its tier and duties are unknown.")
        return Section(id="register", title=_("Register entry"), blocks=(Statement(kind="gap", text=text), *blocks))
    day = context.at.astimezone(UTC).date()
    blocks.insert(0, Paragraph(text=_sentence(found, day), role="lead"))
    blocks += _duties(found, day)
    return Section(id="register", title=_("Register entry"), blocks=tuple(blocks))


def latest_classification(context: Context) -> Classification | None:
    """Return the classification that counts when the report is prepared."""
    rows = context.use_case.classifications.filter(made_at__lte=context.at)
    rows = rows.order_by("-made_at", "-pk").select_related("made_by")
    found: Classification | None = context.once("classification", rows.first)
    return found


def tier_name(tier: str) -> str:
    """Return a tier in words."""
    return _(TIERS[tier]) if tier in TIERS else tier


def _sentence(found: Classification, day: date) -> str:
    now = [duty for duty in found.duties if _applies(duty, day)]
    later = sorted(duty["operative_from"] for duty in found.duties if _applies(duty, day) is False)
    text = _("Classified as %(tier)s (%(basis)s). %(now)s of %(all)s duties apply on %(day)s.") % {
        "tier": tier_name(found.tier),
        "basis": ", ".join(found.legal_basis) or _("no provision"),
        "now": len(now),
        "all": len(found.duties),
        "day": display.day(day),
    }
    if later:
        text += " " + _("The next one starts on %(day)s.") % {"day": display.day(date.fromisoformat(later[0]))}
    return text


def _facts(context: Context) -> Facts:
    use_case = context.use_case
    systems = [
        " ".join(part for part in (s.name, s.version, f"({s.supplier})" if s.supplier else "") if part)
        for s in use_case.systems.select_related("supplier").order_by("ref")
    ]
    items = [
        (_("Intended purpose"), use_case.purpose),
        (_("AI systems"), ", ".join(systems)),
        (_("Role under the Act"), ", ".join(_(role) for role in use_case.roles)),
        (_("Owner"), f"{use_case.owner.name}, {use_case.unit.name}"),
        (_("People affected"), use_case.affected_people),
        (_("Countries"), ", ".join(use_case.countries)),
        (_("Data used"), use_case.data_used),
        (_("Status"), use_case.get_lifecycle_display()),
        (_("First use"), display.day(use_case.first_use) if use_case.first_use else ""),
        (_("Registered"), display.moment(use_case.registered_at)),
    ]
    return Facts(items=tuple(Fact(label=label, text=str(text) or _("not stated")) for label, text in items))


def _duties(found: Classification, day: date) -> list[Block]:
    rows = tuple(
        (
            duty["article"],
            in_words(duty["text"]),
            _(duty["role"]) if duty.get("role") else "",
            _day(duty.get("formal_from")),
            _day(duty.get("operative_from")) or _("on event"),
            {True: _("applies"), False: _("not yet"), None: _("on event")}[_applies(duty, day)],
        )
        for duty in found.duties
    )
    columns = (
        Column(key="article", label=_("Article")),
        Column(key="duty", label=_("Duty"), weight=4),
        Column(key="role", label=_("Role")),
        Column(key="formal", label=_("Formally from"), align="right"),
        Column(key="operative", label=_("In practice from"), align="right"),
        Column(key="state", label=_("On %(day)s") % {"day": display.day(day)}),
    )
    note = _("Dates are rows of the law data, version %(version)s. This table is not legal advice.") % {
        "version": found.law_version
    }
    empty = _("No duty follows from this classification.")
    return [
        Table(id="duties", title=_("Duties and when they apply"), columns=columns, rows=rows, note=note, empty=empty)
    ]


def _day(text: str | None) -> str:
    return display.day(date.fromisoformat(text)) if text else ""


def _applies(duty: dict[str, Any], day: date) -> bool | None:
    start = duty.get("operative_from")
    return date.fromisoformat(start) <= day if start else None
