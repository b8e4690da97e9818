"""What people do about an incident. Nothing is edited: reports and actions are added, an end needs an outcome."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.models import (
    AISystem,
    CorrectiveAction,
    Incident,
    IncidentReport,
    Person,
    UseCase,
    User,
    next_reference,
)
from governance.notices import tell
from policies.eu_ai_act.incidents import incident_kinds


class IncidentClosed(DomainError):
    """The incident is closed; what is new is a new incident."""

    code = "incident_closed"


class NotFinished(DomainError):
    """Something that must come first has not been done; ``data['open']`` names it."""

    code = "incident_not_finished"


def open_incident(
    *,
    actor: User,
    at: datetime,
    use_case: UseCase,
    title: str,
    text: str,
    role: str,
    aware_on: date,
    kinds: Sequence[str] = (),
    occurred_on: date | None = None,
    country: str = "",
    system: AISystem | None = None,
    sector_reporting: bool = False,
    ai_office: bool = False,
    provider_unreachable: bool = False,
) -> Incident:
    """Open an incident. ``aware_on`` starts the clock; ``kinds`` empty: no serious incident in the sense of Art 3(49).

    Tells the owner and everybody with a duty for the use case.
    """
    known = {kind.id for kind in incident_kinds()}
    unknown = sorted(set(kinds) - known)
    if unknown:
        raise Invalid(_("A kind is one of: %(known)s.") % {"known": ", ".join(sorted(known))}, field="kinds")
    if not title.strip() or not text.strip():
        raise Invalid(_("Say what happened."), field="title" if not title.strip() else "text")
    if role not in {"provider", "deployer"}:
        raise Invalid(_("Say whether you are provider or deployer."), field="role")
    if aware_on > at.date():
        raise Invalid(_("Nobody is aware of it before today is over: give today or an earlier day."), field="aware_on")
    if occurred_on is not None and occurred_on > aware_on:
        raise Invalid(_("It cannot have happened after you became aware of it."), field="occurred_on")
    if system is not None and not use_case.systems.filter(pk=system.pk).exists():
        raise Invalid(_("This system does not belong to the use case."), field="system")
    with transaction.atomic():
        incident = Incident.objects.create(
            ref=next_reference("INC"),
            use_case=use_case,
            system=system,
            title=title.strip(),
            text=text.strip(),
            kinds=sorted(set(kinds)),
            role=role,
            occurred_on=occurred_on,
            aware_on=aware_on,
            country=country.strip().upper(),
            sector_reporting=sector_reporting,
            ai_office=ai_office,
            provider_unreachable=provider_unreachable,
            opened_by=actor,
            opened_at=at,
        )
        after = {
            "use_case": use_case.ref,
            "title": incident.title,
            "text": incident.text,
            "kinds": incident.kinds,
            "role": role,
            "aware_on": aware_on.isoformat(),
            "occurred_on": occurred_on.isoformat() if occurred_on else None,
            "country": incident.country,
            "system": system.ref if system else None,
        }
        _record(actor, at, incident, "opened", before=None, after=after)
        people = [row.person for row in use_case.assignments.filter(until__isnull=True).select_related("person")]
        tell(
            people=people,
            kind="incident",
            subject=_("%(ref)s: %(title)s") % {"ref": incident.ref, "title": incident.title},
            url=f"/incidents/{incident.ref}/",
            at=at,
            key=f"incident:{incident.pk}",
        )
    return incident


def send_report(
    *, actor: User, at: datetime, incident: Incident, kind: str, recipient: str, text: str
) -> IncidentReport:
    """Record what was sent to whom: an ``initial`` report (it may be incomplete), the ``final`` one, a ``notice``."""
    if kind not in IncidentReport.Kind.values:
        raise Invalid(_("Choose initial report, final report or notice."), field="kind")
    if not recipient.strip() or not text.strip():
        raise Invalid(
            _("Say to whom it was sent, and what it said."), field="recipient" if not recipient.strip() else "text"
        )
    with transaction.atomic():
        current = _open(incident)
        report = IncidentReport.objects.create(
            incident=current, kind=kind, recipient=recipient.strip(), text=text.strip(), sent_at=at, sent_by=actor
        )
        after = {"kind": kind, "recipient": report.recipient, "text": report.text}
        _record(actor, at, current, "reported", before=None, after=after)
    return report


def freeze(*, actor: User, at: datetime, incident: Incident) -> Incident:
    """Hold the system unaltered for the investigation (Art 73(6)); new versions are refused until this ends."""
    return _freeze(actor, at, incident, since=at)


def unfreeze(*, actor: User, at: datetime, incident: Incident, reason: str) -> Incident:
    """Let the system be altered again; the authorities were told first."""
    if not reason.strip():
        raise Invalid(_("Say why it may be altered again, and who was told."), field="reason")
    return _freeze(actor, at, incident, since=None, reason=reason.strip())


def add_action(
    *, actor: User, at: datetime, incident: Incident, text: str, responsible: Person, due_on: date
) -> CorrectiveAction:
    """Add a corrective action with the person who does it and its day."""
    if not text.strip():
        raise Invalid(_("Say what is done."), field="text")
    with transaction.atomic():
        current = _open(incident)
        action = CorrectiveAction.objects.create(
            incident=current, text=text.strip(), responsible=responsible, due_on=due_on
        )
        after = {"text": action.text, "responsible": responsible.ref, "due_on": due_on.isoformat()}
        _record(actor, at, current, "action_added", before=None, after=after)
    return action


def finish_action(*, actor: User, at: datetime, action: CorrectiveAction, result: str) -> CorrectiveAction:
    """Note that a corrective action is done, with what came of it."""
    if not result.strip():
        raise Invalid(_("Say what came of it."), field="result")
    with transaction.atomic():
        current = CorrectiveAction.objects.select_for_update().get(pk=action.pk)
        if current.done_at is None:
            current.done_at, current.result = at, result.strip()
            current.save()
            after = {"text": current.text, "result": current.result}
            _record(actor, at, current.incident, "action_done", before=None, after=after)
    return current


def close_incident(*, actor: User, at: datetime, incident: Incident, outcome: str) -> Incident:
    """Close with an outcome. A serious incident needs its final report, and every action done, first."""
    if not outcome.strip():
        raise Invalid(_("Say how it ended."), field="outcome")
    with transaction.atomic():
        current = _open(incident)
        missing = []
        if current.kinds and not current.reports.filter(kind="final").exists():
            missing.append(_("the final report"))
        if current.actions.filter(done_at__isnull=True).exists():
            missing.append(_("a corrective action"))
        if missing:
            raise NotFinished(_("Still open: %(what)s.") % {"what": ", ".join(missing)}, open=missing)
        current.closed_at, current.outcome, current.frozen_since = at, outcome.strip(), None
        current.save()
        _record(actor, at, current, "closed", before=None, after={"outcome": current.outcome})
    return current


def _freeze(actor: User, at: datetime, incident: Incident, *, since: datetime | None, reason: str = "") -> Incident:
    with transaction.atomic():
        current = _open(incident)
        if (current.frozen_since is None) != (since is None):
            current.frozen_since = since
            current.save(update_fields=["frozen_since"])
            what = "frozen" if since else "unfrozen"
            _record(actor, at, current, what, before=None, after={"reason": reason} if reason else {})
    return current


def _open(incident: Incident) -> Incident:
    current = Incident.objects.select_for_update().get(pk=incident.pk)
    if current.closed_at is not None:
        raise IncidentClosed(_("This incident is closed; open a new one for what is new."), ref=current.ref)
    return current


def _record(
    actor: User,
    at: datetime,
    incident: Incident,
    what: str,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    record_change(
        actor=actor,
        at=at,
        action=f"incident.{what}",
        stream="incidents",
        obj=incident,
        before=before,
        after={"use_case": incident.use_case.ref, **after},
        simulated=incident.use_case.simulated,
    )
