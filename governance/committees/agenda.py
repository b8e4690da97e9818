"""The agenda builds itself from what is due; the charter's mandatory points come first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.fairness import FairnessError
from audit.fairness.live import live_fairness
from audit.models import Finding
from governance.committees.items import next_number
from governance.models import (
    Action,
    AgendaItem,
    Appeal,
    Change,
    Committee,
    Incident,
    Meeting,
    PolicyInForce,
    Resolution,
    SignOff,
    UseCase,
)
from policies.models import OversightPolicy

AHEAD: Final = timedelta(days=30)
BACK: Final = timedelta(days=90)
Kind = AgendaItem.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One point that is due; ``source`` names the occasion, so that it is put on once."""

    source: str
    title: str
    kind: str = Kind.DISCUSS
    question: str = ""
    use_case: UseCase | None = None
    policy: OversightPolicy | None = None
    effect: dict[str, Any] = field(default_factory=dict)
    mandatory: bool = False


def build_agenda(meeting: Meeting, *, at: datetime) -> list[AgendaItem]:
    """Put on the agenda what is due and not on it yet; needs the caller's transaction."""
    known = set(meeting.items.exclude(source="").values_list("source", flat=True))
    number = next_number(meeting)
    fresh = [due for due in due_for(meeting.committee, at=at, before=meeting.starts_at) if due.source not in known]
    items = [
        AgendaItem(
            meeting=meeting,
            number=number + place,
            kind=due.kind,
            title=due.title[:200],
            question=due.question,
            use_case=due.use_case,
            policy=due.policy,
            effect=due.effect,
            prompts=[] if due.kind == Kind.DISCUSS else list(meeting.committee.prompts),
            mandatory=due.mandatory,
            source=due.source,
        )
        for place, due in enumerate(fresh)
    ]
    return AgendaItem.objects.bulk_create(items)


def scope_of(committee: Committee) -> QuerySet[Any]:
    """Return the use cases a committee decides on; without a scope in its charter all that are not retired."""
    cases = UseCase.objects.exclude(lifecycle=UseCase.Lifecycle.RETIRED).select_related("unit", "owner")
    units, named = committee.units.values("pk"), committee.use_cases.values("pk")
    wanted = Q()
    if committee.units.exists():
        wanted |= Q(unit__in=units)
    if committee.use_cases.exists():
        wanted |= Q(pk__in=named)
    if committee.tiers:
        wanted |= Q(tier__in=committee.tiers)
    return cases.filter(wanted).order_by("ref") if wanted else cases.order_by("ref")


def due_for(committee: Committee, *, at: datetime, before: datetime) -> list[Due]:
    """Return what is due for ``committee`` at ``at``, or falls due until 30 days after ``before``."""
    cases = {case.pk: case for case in scope_of(committee)}
    last = Meeting.objects.filter(committee=committee, state="closed").order_by("-closed_at").first()
    since = last.closed_at if last and last.closed_at else at - BACK
    until = before + AHEAD
    return [
        *_checkpoints(committee),
        *_left_over(committee),
        *_drafts(cases),
        *_approvals(cases, until),
        *_mandates(cases, until),
        *_incidents(cases, since),
        *_appeals(cases, at),
        *_findings(cases),
        *_fairness(cases.values(), at),
        *_changes(cases, since),
        *_actions(committee, at),
    ]


def _checkpoints(committee: Committee) -> list[Due]:
    return [
        Due(source=f"checkpoint:{each['code']}", title=str(each["text"]), mandatory=True)
        for each in committee.checkpoints
    ]


def _left_over(committee: Committee) -> list[Due]:
    """What people put on the last agenda and was not reached, or was sent back; the rest finds its own way here."""
    last = Meeting.objects.filter(committee=committee, state="closed").order_by("-closed_at").first()
    if last is None:
        return []
    rows = last.items.filter(Q(state="deferred", source="") | Q(resolution__outcome="sent_back"))
    return [
        Due(
            source=f"item:{row.pk}", title=row.title, kind=row.kind, question=row.question, use_case=row.use_case,
            policy=row.policy, effect=row.effect,
        )
        for row in rows.select_related("use_case", "policy")
    ]  # fmt: skip


def _drafts(cases: dict[UUID, Any]) -> list[Due]:
    """The newest policy version of each use case that no committee has decided on."""
    by_key = {case.key: case for case in cases.values()}
    decided = SignOff.objects.exclude(policy=None).values("policy")
    newest: dict[str, OversightPolicy] = {}
    for policy in OversightPolicy.objects.filter(key__in=list(by_key)).exclude(pk__in=decided).order_by("version"):
        newest[policy.key] = policy
    bound = PolicyInForce.objects.filter(use_case__in=list(cases), in_force_until=None)
    versions = dict(bound.values_list("use_case__key", "policy__version"))
    return [
        Due(
            source=f"policy:{policy.ref}",
            kind=Kind.POLICY,
            title=_("%(name)s: oversight policy, version %(version)s")
            % {"name": by_key[key].name, "version": policy.version},
            question=_("Shall version %(version)s of the oversight policy come into force?")
            % {"version": policy.version},
            use_case=by_key[key],
            policy=policy,
        )
        for key, policy in sorted(newest.items())
        if policy.version > versions.get(key, 0)
    ]


def _approvals(cases: dict[UUID, Any], until: datetime) -> list[Due]:
    rows = Resolution.objects.filter(use_case__in=list(cases), expires_at__lte=until, expired_at=None)
    rows = rows.filter(item__kind__in=[Kind.POLICY, Kind.APPROVE, Kind.EXPAND, Kind.RISK]).select_related("item")
    return [
        Due(
            source=f"expiry:{row.ref}",
            kind=Kind.RISK if row.item.kind == Kind.RISK else Kind.APPROVE,
            title=_("%(name)s: %(ref)s expires") % {"name": cases[row.use_case_id].name, "ref": row.ref},
            question=_("Shall what was decided in %(ref)s go on?") % {"ref": row.ref},
            use_case=cases[row.use_case_id],
            effect={"renews": row.ref, **({"until": _later(row.expires_at)} if row.item.kind == Kind.RISK else {})},
        )
        for row in rows.order_by("expires_at", "ref")
        if row.use_case_id is not None
    ]


def _later(moment: datetime | None) -> str:
    """A risk is accepted again for half a year, unless the chair proposes another day."""
    return ((moment or datetime.now(UTC)) + timedelta(days=182)).date().isoformat()


def _mandates(cases: dict[UUID, Any], until: datetime) -> list[Due]:
    rows = PolicyInForce.objects.filter(use_case__in=list(cases), in_force_until=None).select_related("policy")
    found = []
    for row in rows.order_by("use_case__ref"):
        ends = (row.policy.document.get("mandate") or {}).get("expires")
        if ends and date.fromisoformat(str(ends)) <= until.date():
            title = _("%(name)s: the mandate ends on %(day)s")
            name = cases[row.use_case_id].name
            found.append(
                Due(
                    source=f"mandate:{row.policy.ref}",
                    title=title % {"name": name, "day": ends},
                    use_case=cases[row.use_case_id],
                )
            )
    return found


def _incidents(cases: dict[UUID, Any], since: datetime) -> list[Due]:
    rows = Incident.objects.filter(Q(closed_at=None) | Q(closed_at__gte=since), use_case__in=list(cases))
    return [
        Due(
            source=f"incident:{row.ref}",
            title=_("%(name)s: incident %(ref)s, %(title)s")
            % {"name": cases[row.use_case_id].name, "ref": row.ref, "title": row.title},
            use_case=cases[row.use_case_id],
        )
        for row in rows.order_by("opened_at", "ref")
    ]


def _appeals(cases: dict[UUID, Any], at: datetime) -> list[Due]:
    rows = Appeal.objects.filter(use_case__in=list(cases)).exclude(state="answered").values("use_case")
    counted = rows.annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at))).order_by("use_case__ref")
    return [
        Due(
            source=f"appeals:{cases[row['use_case']].ref}",
            title=ngettext(
                "%(name)s: %(n)s appeal waits for an answer, %(late)s overdue",
                "%(name)s: %(n)s appeals wait for an answer, %(late)s overdue",
                row["n"],
            )
            % {"name": cases[row["use_case"]].name, "n": row["n"], "late": row["late"]},
            use_case=cases[row["use_case"]],
        )
        for row in counted
    ]


def _findings(cases: dict[UUID, Any]) -> list[Due]:
    rows = Finding.objects.filter(use_case__in=list(cases), state="open", severity="hard", drill=False)
    counted = rows.values("use_case").annotate(n=Count("pk"), cases=Sum("count")).order_by("use_case__ref")
    return [
        Due(
            source=f"findings:{cases[row['use_case']].ref}",
            title=ngettext("%(name)s: %(n)s open breach", "%(name)s: %(n)s open breaches", row["n"])
            % {"name": cases[row["use_case"]].name, "n": row["n"]},
            use_case=cases[row["use_case"]],
        )
        for row in counted
    ]


def _fairness(cases: Iterable[Any], at: datetime) -> list[Due]:
    """Use cases whose final decisions show a disparity in the last 90 days."""
    found = []
    for case in cases:
        if not case.fairness.get("favourable"):
            continue
        try:
            state = live_fairness(case, window=(at - BACK, at)).final.state
        except FairnessError:
            continue
        if state == "attention":
            title = _("%(name)s: disparity found") % {"name": case.name}
            found.append(Due(source=f"fairness:{case.ref}", title=title, use_case=case))
    return found


def _changes(cases: dict[UUID, Any], since: datetime) -> list[Due]:
    """What came into the register or changed there since the last meeting, one point for each use case."""
    rows = Change.objects.filter(object_id__in=list(cases), at__gt=since, action__startswith="register.use_case.")
    counted = rows.values("object_id").annotate(n=Count("pk")).order_by("object_ref")
    found = []
    for row in counted:
        case = cases[row["object_id"]]
        if case.registered_at > since:
            title = _("%(name)s: new in the register") % {"name": case.name}
            found.append(Due(source=f"new:{case.ref}", title=title, use_case=case))
        else:
            title = ngettext("%(name)s: %(n)s change", "%(name)s: %(n)s changes", row["n"])
            named = title % {"name": case.name, "n": row["n"]}
            found.append(Due(source=f"changed:{case.ref}", title=named, use_case=case))
    return found


def _actions(committee: Committee, at: datetime) -> list[Due]:
    n = Action.objects.filter(meeting__committee=committee, done_at=None, due_at__lt=at).count()
    if not n:
        return []
    title = ngettext("%(n)s action is overdue", "%(n)s actions are overdue", n) % {"n": n}
    return [Due(source="actions", title=title)]
