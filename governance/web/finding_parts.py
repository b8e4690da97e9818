"""Parts of a finding's page: its sentence, its playbook and its history."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.assurance.naming import Naming
from audit.findings.playbook import DISPARITY, NEEDS, TOLD, playbook_of
from audit.findings.standing import standing
from audit.models import Finding, FindingAct
from governance.web import words
from governance.web.fairness_figures import group_words
from governance.web.tables import Cell, Column, Row, Table


def sentence(found: Finding, naming: Naming) -> str:
    """What was found, in a sentence; an alarm says how often it errs."""
    said = naming.explanation(found.explanation)
    if found.code != DISPARITY or "alarm" not in said:
        return str(said.get("sentence") or words.finding_words(found.code))
    data = {**said, "group": group_words(said["attribute"], said["group"])}
    data["reference"] = group_words(said["attribute"], said["reference"])
    if said["method"] == "e_process":
        return (
            _(
                "%(group)s and %(reference)s are selected at different rates: alarm of %(alarm)s. If both shared a "
                "rate, the chance of ever raising it would be at most 5 %%."
            )
            % data
        )
    return (
        _(
            "%(group)s and %(reference)s are selected at different rates: alarm of %(alarm)s after a late change. If "
            "both shared a rate, it would be raised at most once in 1,000 days on average."
        )
        % data
    )


def playbook_words(found: Finding, history: list[FindingAct]) -> dict[str, Any]:
    """The playbook of the finding's code in the reader's language, and what it still asks for."""
    missing = playbook_of(found.code).needs - standing(history).linked
    return {**book_words(found.code), "missing": [_(NEEDS[name]) for name in NEEDS if name in missing]}


def book_words(code: str) -> dict[str, Any]:
    """What happens next with findings of a code, who is told, and what a fix is here."""
    book = playbook_of(code)
    return {
        "steps": [_(step) for step in book.steps],
        "told": [_(TOLD[who]) for who in book.told],
        "case_fix": _(book.case_fix),
        "system_fix": _(book.system_fix),
    }


def history_table(history: list[FindingAct]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=each.get_kind_display(), under=_detail(each)),
                Cell(text=each.actor_name or _("Custodes, by itself")),
                Cell(text=each.at, kind="time"),
                Cell(text=_("proof"), href=reverse("ledger-entry", args=[each.entry])),
            ]
        )
        for each in history
    ]
    columns = [
        Column(label=_("What was done")),
        Column(label=_("By")),
        Column(label=_("When")),
        Column(label=_("Entry")),
    ]
    return Table(id="history", caption=_("What was done about it"), columns=columns, rows=rows, stack=True)


def _detail(each: FindingAct) -> str:
    """Reason, person, judgement, reference and end of an act, in one line."""
    kinds = FindingAct.Kind
    parts = [each.reason]
    if each.kind == kinds.ASSIGNED:
        parts.append(each.data["owner"]["name"])
    if each.kind == kinds.JUDGED:
        parts.insert(0, str(Finding.Disposition(each.data["disposition"]).label))
    if each.kind in (kinds.CASE_FIX, kinds.SYSTEM_FIX):
        parts.append(each.data["reference"])
    if each.kind == kinds.WAIVED and each.until:
        parts.append(_("until %(day)s") % {"day": each.until.date().isoformat()})
    if each.data.get("resolution"):
        parts.append(each.data["resolution"])
    return " · ".join(part for part in parts if part)
