"""What the checker needs besides the decision, read once for a batch."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from audit.evaluation.coverage import Coverages
from audit.evaluation.redeemed import tokens_of
from audit.models import Intervention as InterventionRow
from governance.models import Person
from governance.models import PolicyInForce as PolicyRow
from governance.models import Qualification as QualificationRow
from policies import oversight
from policies.oversight.context import Intervention, PolicyInForce, Qualification
from policies.oversight.record import DecisionRecord


class Context:
    """Policies, people and interventions of some use cases; of all people, or of those named by pseudonym."""

    def __init__(self, use_cases: Iterable[UUID], *, people: Iterable[str] | None = None) -> None:
        self._use_cases = set(use_cases)
        self.people = _people(people)
        self._policies: dict[UUID, list[PolicyInForce]] = defaultdict(list)
        rows = PolicyRow.objects.filter(use_case__in=self._use_cases).select_related("policy")
        for row in rows.order_by("in_force_from", "pk"):
            self._policies[row.use_case_id].append(_policy(row))
        self.interventions = list(InterventionRow.objects.filter(use_case__in=self._use_cases).exclude(kind=""))
        interventions: dict[UUID, list[Intervention]] = defaultdict(list)
        for each in self.interventions:
            issued_at = each.issued_at or each.effective_at or each.acknowledged_at or each.resumed_at
            if issued_at is not None:
                interventions[each.use_case_id].append(_intervention(each, issued_at))
        self._controls = {key: oversight.Controls(interventions[key]) for key in self._use_cases}
        self._coverages = Coverages(self._use_cases)

    def check(self, use_case: UUID, record: DecisionRecord, *, as_of: datetime) -> tuple[oversight.Verdict, ...]:
        """Return the verdicts on one decision as known at ``as_of``."""
        return oversight.check(
            record,
            policies=self._policies[use_case],
            people=self.people,
            controls=self._controls[use_case],
            coverage=self._coverage(use_case, record, as_of),
            as_of=as_of,
        )

    def controls_of(self, use_case: UUID) -> oversight.Controls:
        """Return the interventions of ``use_case``."""
        return self._controls[use_case]

    def _coverage(self, use_case: UUID, record: DecisionRecord, as_of: datetime) -> oversight.Coverage:
        policy = self.policy_for(use_case, record)
        draws = policy is not None and policy.compiled.draws
        coverage = self._coverages.of(use_case, record, as_of=as_of, draws=draws)
        review = policy.document.review if policy else None
        if review is None or review.gate != "token" or record.executed_at is None:
            return coverage
        return replace(coverage, tokens=tokens_of(use_case, record.decision_id, as_of=as_of))

    def policy_for(self, use_case: UUID, record: DecisionRecord) -> PolicyInForce | None:
        """Return the policy version that judges ``record``."""
        at = record.proposed_at or record.executed_at or record.recorded_at
        return self.policy_at(use_case, at) if at is not None else None

    def policy_at(self, use_case: UUID, at: datetime) -> PolicyInForce | None:
        """Return the policy version in force at ``at``."""
        binding = [each for each in self._policies[use_case] if each.binds(at)]
        return binding[-1] if binding else None


def verdicts_of(use_case: UUID, record: DecisionRecord, *, as_of: datetime) -> tuple[oversight.Verdict, ...]:
    """Return the verdicts on one decision, also those that are open or unknown and therefore no finding."""
    return Context([use_case]).check(use_case, record, as_of=as_of)


# A version never changes: it is read and compiled once, by its digest, its number and when it binds.
_known: dict[tuple[str, int, str, datetime, datetime | None], PolicyInForce] = {}


def _policy(row: PolicyRow) -> PolicyInForce:
    version = row.policy
    key = (version.digest, version.version, version.ref, row.in_force_from, row.in_force_until)
    if key not in _known:
        _known[key] = PolicyInForce(
            document=oversight.parse(version.document),
            version=version.version,
            ref=version.ref,
            in_force_from=row.in_force_from,
            in_force_until=row.in_force_until,
        )
    return _known[key]


def _people(named: Iterable[str] | None) -> oversight.People:
    qualifications, people = QualificationRow.objects.all(), Person.objects.all()
    if named is not None:
        named = list(named)
        if not named:
            return oversight.People()
        qualifications, people = qualifications.filter(person__pseudonym__in=named), people.filter(pseudonym__in=named)
    rows = qualifications.values_list("person__pseudonym", "code", "valid_from", "valid_until")
    held = [Qualification(name, code, since, until) for name, code, since, until in rows if name]
    registered = [name for name in people.values_list("pseudonym", flat=True) if name]
    return oversight.People(held, registered=registered)


def _intervention(row: InterventionRow, issued_at: datetime) -> Intervention:
    limits = row.limits if isinstance(row.limits, dict) else {}
    return Intervention(
        id=row.intervention_id,
        kind=row.kind,
        issued_at=issued_at,
        effective_at=row.effective_at,
        resumed_at=row.resumed_at,
        actor=row.actor or None,
        classes=tuple(row.scope.get("classes", ())),
        versions=tuple(row.scope.get("versions", ())),
        limits=limits,
        drill=row.drill,
    )
