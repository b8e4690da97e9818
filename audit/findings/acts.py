"""What people do about a finding: assign, judge, name the cause, link fixes, waive, close, reopen.

Each act is one transaction: the act's row, the change, the ledger entry and the finding's new standing. Acts survive
a rebuild; the finding's row is read off them again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from audit.findings import telling
from audit.findings.errors import FixMissing, NotPossible
from audit.findings.permissions import check_may_handle, check_may_waive
from audit.findings.playbook import playbook_of
from audit.findings.standing import Standing, standing
from audit.ledger.uuid7 import uuid7
from audit.models import Finding, FindingAct
from governance.access import Invalid, record_change
from governance.models import Person, User

LONGEST_WAIVER: Final = timedelta(days=366)
LONGEST_TEXT: Final = 4000
Kind = FindingAct.Kind


def assign(*, finding: Finding, owner: Person, actor: User, at: datetime) -> Finding:
    """Make ``owner`` answer for a finding that is not closed. Raises :class:`NotAllowed`, :class:`NotPossible`."""
    with held(finding) as current:
        check_may_handle(actor, current)
        _needs(current, "open", "waived")
        data = {"owner": {"id": str(owner.pk), "ref": owner.ref, "name": owner.name}}
        act = write(current, Kind.ASSIGNED, actor=actor, at=at, data=data)
        telling.assigned(current, owner, at=at, number=act.number)
        return current


def judge(*, finding: Finding, disposition: str, reason: str, actor: User, at: datetime) -> Finding:
    """Say whether the finding is a true or a false positive, and why. Raises :class:`Invalid` and as above."""
    if disposition not in Finding.Disposition.values:
        raise Invalid(_("A finding is a true_positive or a false_positive."), field="disposition")
    with held(finding) as current:
        check_may_handle(actor, current)
        data = {"disposition": disposition}
        write(current, Kind.JUDGED, actor=actor, at=at, reason=_text(reason, "reason"), data=data)
        return current


def name_cause(*, finding: Finding, cause: str, actor: User, at: datetime) -> Finding:
    """Write down why it happened."""
    with held(finding) as current:
        check_may_handle(actor, current)
        write(current, Kind.CAUSE, actor=actor, at=at, reason=_text(cause, "cause"))
        return current


def link_fix(
    *,
    finding: Finding,
    kind: Literal["case_fix", "system_fix"],
    text: str,
    reference: str,
    actor: User,
    at: datetime,
    effective: datetime | None = None,
) -> Finding:
    """Link what was put right: for the people concerned (``case_fix``) or in the system (``system_fix``).

    ``reference`` names where it can be seen (a change, a ticket, a decision); ``effective`` is when it took effect,
    by default ``at``, and never later than that.
    """
    if kind not in (Kind.CASE_FIX, Kind.SYSTEM_FIX):
        raise Invalid(_("A fix is a case_fix or a system_fix."), field="kind")
    since = effective or at
    if since > at:
        raise Invalid(_("Link a fix once it has taken effect; this moment lies ahead."), field="effective")
    with held(finding) as current:
        check_may_handle(actor, current)
        data = {"reference": _text(reference, "reference", 500), "effective": since.isoformat()}
        write(current, Kind(kind), actor=actor, at=at, reason=_text(text, "text"), data=data)
        return current


def waive(
    *, finding: Finding, reason: str, until: datetime, actor: User, at: datetime, resolution: str | None = None
) -> Finding:
    """Accept an open finding for a limited time; it stays counted and printed, and opens again at ``until``.

    With a ``resolution`` (its reference) the committee has decided and its own procedure vouches for ``actor``;
    without one ``actor`` must be a member who does not own the matter.
    """
    if until <= at or until > at + LONGEST_WAIVER:
        raise Invalid(
            _("A waiver ends after today and within %(days)s days.") % {"days": LONGEST_WAIVER.days}, field="until"
        )
    with held(finding) as current:
        if resolution is None:
            check_may_waive(actor, current)
        _needs(current, "open")
        data = {"resolution": resolution} if resolution else {}
        write(current, Kind.WAIVED, actor=actor, at=at, reason=_text(reason, "reason"), until=until, data=data)
        return current


def close(*, finding: Finding, reason: str, actor: User, at: datetime) -> Finding:
    """Close a finding. What its playbook asks for must be linked before, unless it was a false positive.

    Raises :class:`FixMissing`, :class:`NotPossible`, :class:`NotAllowed`, :class:`Invalid`.
    """
    with held(finding) as current:
        check_may_handle(actor, current)
        _needs(current, "open", "waived")
        stands = standing(acts_of(current))
        missing = sorted(playbook_of(current.code).needs - stands.linked)
        if missing and stands.disposition != Finding.Disposition.FALSE_POSITIVE:
            raise FixMissing(
                _("Before this finding can close, link: %(missing)s. A false positive needs its judgement instead.")
                % {"missing": ", ".join(missing)},
                missing=missing,
            )
        write(current, Kind.CLOSED, actor=actor, at=at, reason=_text(reason, "reason"))
        return current


def reopen(*, finding: Finding, reason: str, actor: User, at: datetime) -> Finding:
    """Open a waived or closed finding again; one whose evidence is gone opens by evidence alone."""
    with held(finding) as current:
        check_may_handle(actor, current)
        _needs(current, "waived", "closed")
        if current.closed_index is not None:
            raise NotPossible(
                _("The decision log no longer shows this; it opens again by itself when it does."), state=current.state
            )
        write(current, Kind.REOPENED, actor=actor, at=at, reason=_text(reason, "reason"))
        return current


def acts_of(finding: Finding) -> list[FindingAct]:
    """Return what was done about a finding, first things first."""
    return list(FindingAct.objects.filter(finding=finding.pk).order_by("number"))


@contextmanager
def held(finding: Finding) -> Iterator[Finding]:
    """Open a transaction that holds the finding's row: one act at a time, and none beside the follower's."""
    with transaction.atomic():
        Finding.objects.select_for_update().get(pk=finding.pk)
        yield Finding.objects.select_related("use_case", "owner").get(pk=finding.pk)


def write(
    finding: Finding,
    kind: FindingAct.Kind,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    until: datetime | None = None,
    data: Mapping[str, Any] | None = None,
) -> FindingAct:
    """Write one act on a held finding, its change and entry, and put the finding where its acts leave it."""
    acts = acts_of(finding)
    act = FindingAct(
        id=uuid7(),
        finding=finding.pk,
        number=len(acts) + 1,
        kind=kind,
        reason=reason,
        until=until,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else "",
        at=at,
        data=dict(data or {}),
    )
    before = {"state": finding.state, "owner": finding.owner.ref if finding.owner else None}
    take(finding, standing([*acts, act]))
    act.state = finding.state
    after = {"state": finding.state, "reason": reason, "until": until.isoformat() if until else None, **act.data}
    act.entry = record_change(
        actor=actor,
        at=at,
        action=f"finding.{kind.value}",
        stream="findings",
        obj=finding,
        before=before,
        after=after,
        policy_ref=finding.policy_ref,
        simulated=finding.simulated,
    ).entry
    act.save(force_insert=True)
    finding.save(update_fields=["state", "owner", "waived_until", "disposition", "closed_at"])
    return act


def take(finding: Finding, stands: Standing) -> None:
    """Put on the row what its acts say; evidence that is gone keeps it closed."""
    finding.owner_id = stands.owner
    finding.disposition = stands.disposition
    if finding.closed_index is not None:
        finding.state, finding.waived_until = Finding.State.CLOSED, None
        return
    finding.state, finding.waived_until, finding.closed_at = stands.state, stands.waived_until, stands.closed_at


def _needs(finding: Finding, *states: str) -> None:
    if finding.state not in states:
        raise NotPossible(
            _("This needs a finding that is %(states)s; this one is %(now)s.")
            % {"states": " / ".join(states), "now": finding.state},
            state=finding.state,
        )


def _text(given: str, field: str, longest: int = LONGEST_TEXT) -> str:
    text = given.strip()
    if not text:
        raise Invalid(_("Write at least a word here; it is kept with the finding."), field=field)
    if len(text) > longest or "\x00" in text:
        raise Invalid(_("At most %(n)s characters, none of them U+0000.") % {"n": longest}, field=field)
    return text
