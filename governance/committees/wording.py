"""The words of votes, outcomes and frozen figures, the same on pages and in minutes."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.charts.words import Words
from governance.models import Committee, ItemVote, Resolution

GROUNDS: Final[dict[str, str | Promise]] = {
    "owner": gettext_lazy("owns the use case"),
    "team": gettext_lazy("belongs to the team that uses it"),
    "supplier": gettext_lazy("declared an interest in the supplier"),
    "declared": gettext_lazy("declared an interest in the use case"),
}
SETTLED: Final[dict[str, str | Promise]] = {
    "majority": gettext_lazy("more yes than no"),
    "two_thirds": gettext_lazy("two thirds of those who took sides"),
    "unanimity": gettext_lazy("nobody against"),
    "veto": gettext_lazy("the veto of a function"),
}
OUTCOMES: Final[dict[str, str | Promise]] = {
    "adopted": gettext_lazy("Adopted: %(text)s"),
    "rejected": gettext_lazy("Rejected: %(text)s"),
    "sent_back": gettext_lazy("Sent back: %(text)s"),
}
EVIDENCE: Final[dict[str, str | Promise]] = {
    "classification": gettext_lazy("classification"),
    "oversight_test": gettext_lazy("test of the planned oversight"),
    "stop_authority": gettext_lazy("somebody who may stop it"),
    "fairness_assessment": gettext_lazy("fairness assessment"),
    "pilot_evaluated": gettext_lazy("evaluated pilot"),
    "impact_assessment": gettext_lazy("signed impact assessment"),
}
EVIDENCE_STATES: Final[dict[str, str | Promise]] = {
    "shown": gettext_lazy("shown"),
    "missing": gettext_lazy("missing"),
    "stale": gettext_lazy("out of date"),
}
FAIRNESS: Final[dict[str, str | Promise]] = {
    "pass": gettext_lazy("within threshold"),
    "attention": gettext_lazy("disparity found"),
    "insufficient_data": gettext_lazy("insufficient data"),
    "withheld": gettext_lazy("withheld: group figures need their own permission"),
}
UNITS: Final = {"share": "share", "seconds": "seconds", "count": "count", "difference": "points", "index": "ratio"}


def quorum(committee: Committee) -> str:
    """The quorum of a charter in words."""
    return quorum_of(committee.quorum, committee.quorum_functions)


def quorum_of(members: int, functions: Iterable[str]) -> str:
    """So many members, among them somebody for each function."""
    named = ", ".join(functions)
    if not named:
        return _("%(n)s members") % {"n": members}
    return _("%(n)s members, among them: %(functions)s") % {"n": members, "functions": named}


def grounds(codes: Iterable[str]) -> str:
    """Why somebody does not vote."""
    return ", ".join(str(GROUNDS.get(code, code)) for code in codes)


def ground(code: str) -> str:
    """What settled a vote."""
    return str(SETTLED.get(code, code))


def resolved(resolution: Resolution) -> str:
    """A resolution as a sentence."""
    return str(OUTCOMES[resolution.outcome]) % {"text": resolution.text}


def tally(counts: Mapping[str, int]) -> str:
    """The votes, counted."""
    return _(
        "%(yes)s yes, %(no)s no, %(abstain)s abstained, %(recuse)s recused; %(took_part)s took part, quorum %(quorum)s"
    ) % dict(counts)


def in_ranges(numbers: Iterable[int]) -> str:
    """Numbers in rising order with runs drawn together: 2, 4–7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def voter(vote: ItemVote) -> str:
    """Who voted, and for whom where it was a deputy."""
    if vote.person_id == vote.membership.person_id:
        return vote.person.name
    return _("%(deputy)s for %(member)s") % {"deputy": vote.person.name, "member": vote.membership.person.name}


def value(figure: Mapping[str, Any], words: Words) -> str:
    """The value of a frozen figure; unknown is not 0."""
    if figure["value"] is None:
        return _("not available")
    return words.value(figure["value"], UNITS.get(figure["unit"], figure["unit"]))


def interval(figure: Mapping[str, Any], words: Words) -> str:
    """The interval of a frozen figure, or nothing where there is none."""
    if figure["low"] is None or figure["high"] is None:
        return "–"
    return words.interval(figure["low"], figure["high"], UNITS.get(figure["unit"], figure["unit"]))


def fairness(shown: Mapping[str, Any]) -> str:
    """The verdict on fairness in a frozen pack."""
    if shown["state"] == "not_available":
        return _("not available")
    word = str(FAIRNESS.get(str(shown["state"]), shown["state"]))
    return f"{word}, n {number_format(shown['n'], force_grouping=True)}" if shown.get("n") is not None else word


def evidence(shown: Iterable[Mapping[str, Any]]) -> str:
    """Each piece of evidence the charter asks for, with its state."""
    return "; ".join(f"{EVIDENCE.get(each['kind'], each['kind'])}: {EVIDENCE_STATES[each['state']]}" for each in shown)


def case_facts(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a frozen pack says about a use case besides figures."""
    policy = shown["policy"]
    findings = sum(each["n"] for each in shown["findings"])
    facts = [
        (_("Tier"), shown["tier"] or _("not classified")),
        (_("Oversight mode"), shown["mode"] or _("not set")),
        (_("Lifecycle and control"), f"{shown['lifecycle']}, {shown['control']}"),
        (_("Policy in force"), f"{policy['ref']}, v{policy['version']}" if policy else _("none")),
        (_("Open findings"), _("%(n)s: %(codes)s") % {"n": findings, "codes": _codes(shown)} if findings else "0"),
        (_("Fairness"), fairness(shown["fairness"])),
    ]
    return [*facts, (_("Evidence"), evidence(shown["evidence"]))] if shown["evidence"] else facts


def _codes(shown: Mapping[str, Any]) -> str:
    return ", ".join(f"{each['code']} {each['n']}" for each in shown["findings"])
