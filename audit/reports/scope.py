"""What a report is about: one use case, all use cases of a unit, or the whole portfolio."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.access import Invalid, NotAllowed, holds, may, reads_all, use_cases_visible_to
from governance.models import Unit, UseCase, User

PORTFOLIO = "portfolio"


@dataclass(frozen=True, slots=True)
class Scope:
    """``use_case``, ``unit``, or neither: everything."""

    use_case: UseCase | None = None
    unit: Unit | None = None

    @property
    def name(self) -> str:
        """What is printed below the title."""
        if self.use_case is not None:
            return self.use_case.name
        return self.unit.name if self.unit is not None else _("All use cases")

    @property
    def ref(self) -> str:
        """The short reference, empty for a unit and for everything."""
        return self.use_case.ref if self.use_case is not None else ""

    @property
    def word(self) -> str:
        """The scope as jobs, schedules and programs name it: a reference, ``unit:<id>`` or ``portfolio``."""
        if self.use_case is not None:
            return self.use_case.ref
        return f"unit:{self.unit.pk}" if self.unit is not None else PORTFOLIO

    def organisation(self, name: str) -> str:
        """Who the report is by: the organisation of the installation, called ``name``, and the unit."""
        unit = self.use_case.unit if self.use_case is not None else self.unit
        return ", ".join(part for part in (name, unit.name if unit else "") if part) or _("This organisation")

    def cases(self) -> QuerySet[UseCase]:
        """Return the use cases, by reference."""
        rows = UseCase.objects.select_related("owner", "unit").order_by("ref")
        if self.use_case is not None:
            return rows.filter(pk=self.use_case.pk)
        return rows.filter(unit=self.unit) if self.unit is not None else rows


def scope_named(word: str) -> Scope:
    """Return the scope a word names; raises :class:`Invalid`."""
    if word == PORTFOLIO:
        return Scope()
    if word.startswith("unit:"):
        key = _uuid(word.removeprefix("unit:"))
        unit = Unit.objects.filter(pk=key).first() if key else None
        if unit is None:
            raise Invalid(_("There is no unit %(word)s.") % {"word": word}, field="unit")
        return Scope(unit=unit)
    rows = UseCase.objects.select_related("owner", "unit")
    key = _uuid(word)
    found = rows.filter(pk=key).first() if key else rows.filter(ref=word).first()
    if found is None:
        raise Invalid(_("There is no use case %(word)s.") % {"word": word}, field="use_case")
    return Scope(use_case=found)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def check_may_report(*, actor: User, scope: Scope) -> None:
    """Raise :class:`NotAllowed` unless ``actor`` may issue reports on everything in ``scope``."""
    if scope.use_case is not None:
        seen = use_cases_visible_to(actor).filter(pk=scope.use_case.pk).exists()
        if seen and (may(actor, "report") or holds(actor, "report_usecase", scope.use_case)):
            return
        raise NotAllowed(_("Issuing a report needs the right to report on this use case."))
    if not (may(actor, "report") and reads_all(actor)):
        raise NotAllowed(_("A report on many use cases needs a role that reads all of them and may report."))
