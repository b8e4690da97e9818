"""A classification in words: outcomes, the rules that fired, and what changed from one to the next."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from governance.register.law_words import in_words
from governance.web import words
from policies import eu_ai_act

ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def warnings_of(warnings: Iterable[Any]) -> list[str]:
    """The law data's warnings in the reader's language, with their days as every page writes them."""
    texts = (each["text"] if isinstance(each, dict) else each.text for each in warnings)
    return [ISO_DAY.sub(_as_everywhere, in_words(text)) for text in texts]


def _as_everywhere(found: re.Match[str]) -> str:
    return date_format(date.fromisoformat(found[0]), "j M Y")


def outcome_words(outcomes: Iterable[str], flags: Iterable[str]) -> list[dict[str, str]]:
    """Title, article and meaning of each outcome code."""
    law = eu_ai_act.CURRENT_LAW.outcomes
    return [
        {
            "code": code,
            "title": in_words(law[code].title),
            "article": law[code].article,
            "meaning": in_words(law[code].meaning),
        }
        if code in law
        else {"code": code, "title": code, "article": "", "meaning": ""}
        for code in (*outcomes, *flags)
    ]


def reasons(found: eu_ai_act.Classification) -> list[dict[str, Any]]:
    """The rules that fired, in order: id, sentence, provisions, and the answers they rest on."""
    law = eu_ai_act.load_law(found.law_version)
    return [
        {"rule": reason.rule, "text": in_words(reason.text), "basis": reason.basis, "questions": reason.questions}
        for reason in eu_ai_act.explain(found, law)
    ]


def diff_lines(change: eu_ai_act.ClassificationDiff | None) -> list[tuple[str, str]] | None:
    """What changed, as pairs of a label and what; empty: nothing; None: there is nothing to compare with."""
    if change is None:
        return None
    lines = []
    if change.tier[0] != change.tier[1]:
        old, new = (str(words.word_of(tier, words.TIERS).text) for tier in change.tier)
        lines.append((_("Tier"), _("from “%(old)s” to “%(new)s”") % {"old": old, "new": new}))
    if change.law_version[0] != change.law_version[1]:
        lines.append((_("Law version"), f"{change.law_version[0]} → {change.law_version[1]}"))
    for label, values in (
        (_("Outcomes added"), change.outcomes_added),
        (_("Outcomes gone"), change.outcomes_removed),
        (_("Legal basis added"), change.basis_added),
        (_("Legal basis gone"), change.basis_removed),
        (_("Roles added"), tuple(map(in_words, change.roles_added))),
        (_("Roles gone"), tuple(map(in_words, change.roles_removed))),
        (_("Duties added"), tuple(_named(duty) for duty in change.duties_added)),
        (_("Duties gone"), tuple(_named(duty) for duty in change.duties_removed)),
        (_("Dates moved"), tuple(_moved(old, new) for old, new in change.duties_moved)),
    ):
        if values:
            lines.append((label, ", ".join(values)))
    return lines


def _named(duty: eu_ai_act.Duty) -> str:
    return f"{duty.article} ({in_words(duty.role)})"


def _moved(old: eu_ai_act.Duty, new: eu_ai_act.Duty) -> str:
    return _("%(article)s from %(old)s to %(new)s") % {
        "article": new.article,
        "old": _day(old),
        "new": _day(new),
    }


def _day(duty: eu_ai_act.Duty) -> str:
    return (
        date_format(duty.operative_from, "j M Y") if duty.operative_from else in_words(duty.starts_when) or _("unknown")
    )
