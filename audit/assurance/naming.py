"""Who may read which person did a review: the reviewer their own work, then whoever leads the reviewers.

Everybody else reads that a reviewer did it. A pseudonym beside single decisions would let anybody who may read them
count one person's overrides, whatever figures hold back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.oversight.wording import gettext_noop
from governance.access import may_read_reviewers
from governance.models import Person, UseCase, User
from policies.oversight.codes import CODES

A_REVIEWER = gettext_noop("A reviewer")
WITHHELD = "withheld"
"""Beside what is not shown: names of the fields that hold a person this reader may not be told of."""
_OF_APPEALS = ("actor", "original_reviewer")


@dataclass(frozen=True, slots=True)
class Naming:
    """``everybody``: all reviewers may be named to this reader; ``own``: the reader's own pseudonym, else empty."""

    everybody: bool
    own: str = ""

    def may_name(self, person: str | None) -> bool:
        """Whether this reader may be told that it was ``person``; an unknown one is no secret."""
        return person is None or self.everybody or (bool(self.own) and person == self.own)

    def decision(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a decision's record as this reader may see it; a field left out is named under ``withheld``."""
        shown = self._without(state, ("maker",))
        shown["reviews"] = [self._without(each, ("actor",)) for each in state.get("reviews") or ()]
        shown["appeals"] = [self._without(each, _OF_APPEALS) for each in state.get("appeals") or ()]
        return shown

    def _without(self, held: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        hidden = [name for name in names if not self.may_name(held.get(name))]
        return {**held, **dict.fromkeys(hidden), **({WITHHELD: hidden} if hidden else {})}

    def verdict(self, verdict: Mapping[str, Any]) -> dict[str, Any]:
        """Return a verdict as data without a person whom this reader may not be told of."""
        data = verdict.get("data") or {}
        if self.may_name(data.get("actor")):
            return dict(verdict)
        return {**verdict, "data": {**data, "actor": A_REVIEWER}}

    def explanation(self, explanation: Mapping[str, Any]) -> dict[str, Any]:
        """Return a finding's explanation, its sentence made again where it named such a person."""
        told = explanation.get("verdicts") or ()
        shown = [self.verdict(each) for each in told]
        if shown == list(told):
            return dict(explanation)
        return {**explanation, "verdicts": shown, "sentence": sentence_of(shown[0])}


def sentence_of(verdict: Mapping[str, Any]) -> str:
    """Return a verdict's explanation in English, filled from its data."""
    template: str = verdict.get("explanation") or CODES[verdict["code"]].explanation
    return template.format_map(verdict["data"])


def naming_for(principal: object, use_case: UseCase) -> Naming:
    """Return what ``principal`` may be told about one use case; a key, or nobody, is told of nobody."""
    return namings_for(principal, (use_case,))[use_case.pk]


def namings_for(principal: object, use_cases: Iterable[UseCase]) -> dict[UUID, Naming]:
    """Return what ``principal`` may be told, by use case; one query for them all."""
    if not isinstance(principal, User):
        return {use_case.pk: Naming(False) for use_case in use_cases}
    own = Person.objects.filter(user=principal).values_list("pseudonym", flat=True).first() or ""
    return {use_case.pk: Naming(may_read_reviewers(principal, use_case), own) for use_case in use_cases}
