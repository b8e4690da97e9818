"""One decision for machines: what is known of it, its gate, its label; and what its system may do now."""

import hashlib
import json
from typing import Any

import msgspec
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import evaluation
from audit.api import documentation as doc
from audit.api.authentication import use_case_for
from audit.api.pagination import CURSOR, Log, log_of
from audit.api.views.findings import finding_json
from audit.assurance.naming import naming_for, sentence_of
from audit.control.label import label_of
from audit.control.state import control_of, policy_at
from audit.evaluation.gate import gate_of
from audit.events import fold
from audit.models import Decision, Event, Finding
from audit.reviews.reading import is_blind_to
from governance.models import UseCase, User
from policies.oversight.record import DecisionRecord

DECISION = doc.an_object(
    {
        "id": doc.UUID,
        "use_case": doc.TEXT,
        "decision_id": doc.TEXT,
        "record": {"type": "object"},
        "final_value": doc.nullable(doc.TEXT),
        "policy_in_force": doc.nullable(doc.TEXT),
        "findings": doc.a_list({"type": "object"}),
        "verdicts": doc.a_list({"type": "object"}),
        "events": doc.a_list({"type": "object"}),
        "as_of_entry": {"type": "integer"},
    }
)
LISTED = doc.an_object(
    {
        "decision_id": doc.TEXT,
        "decision_class": doc.TEXT,
        "proposed_at": doc.nullable(doc.TIME),
        "executed_at": doc.nullable(doc.TIME),
        "proposal_value": doc.nullable(doc.TEXT),
        "final_value": doc.nullable(doc.TEXT),
        "reviewed": {"type": "boolean"},
        "overridden": {"type": "boolean"},
        "simulated": {"type": "boolean"},
        "drill": {"type": "boolean"},
    }
)
GATE = doc.an_object(
    {
        "state": {
            "type": "string",
            "enum": ["not_required", "pending", "approved", "modified", "rejected", "expired", "stopped"],
        },
        "reason": doc.TEXT,
        "digest": doc.nullable(doc.TEXT),
        "policy": doc.nullable(doc.TEXT),
    }
)
LABEL = doc.an_object(
    {"code": doc.TEXT, "text": doc.TEXT, "revoked": {"type": "boolean"}, "simulated": {"type": "boolean"}}
)
CONTROL = doc.an_object(
    {
        "state": {"type": "string", "enum": ["running", "limited", "paused", "stopped"]},
        "grounds": doc.a_list({"type": "object"}),
        "limits": {"type": "object"},
    }
)


def _decision(use_case: UseCase, decision_id: str) -> Decision:
    row = Decision.objects.filter(use_case=use_case, decision_id=decision_id).first()
    if row is None:
        raise Http404
    return row


class Decisions(Log):
    """Decisions in the order their first event was sequenced."""

    ordering = "first_index"


class DecisionList(APIView):
    """The decisions of a use case, oldest first; read on from the last ``next`` for those that came since."""

    @extend_schema(
        operation_id="decisions_list",
        parameters=CURSOR,
        responses={200: log_of(LISTED), **doc.problems(401, 403, 404)},
    )
    def get(self, request: Request, ref: str) -> Response:
        use_case = use_case_for(request, ref, "decisions:read")
        pages = Decisions()
        rows = Decision.objects.filter(use_case=use_case).defer("state", "entries")
        return pages.get_paginated_response([_listed(row) for row in pages.paginate_queryset(rows, request) or []])


def _listed(row: Decision) -> dict[str, Any]:
    return {
        "decision_id": row.decision_id,
        "decision_class": row.decision_class,
        "proposed_at": row.proposed_at,
        "executed_at": row.executed_at,
        "proposal_value": row.proposal_value,
        "final_value": row.final_value,
        "reviewed": row.reviewed,
        "overridden": row.overridden,
        "simulated": row.simulated,
        "drill": row.drill,
    }


class DecisionView(APIView):
    """A decision: proposal, reviews, execution, outcome, appeals, findings and the policy that bound it.

    People who reviewed are named to themselves and to who leads the reviewers; to others, keys among them, the field
    is null and named in ``withheld``.
    """

    @extend_schema(operation_id="decisions_get", responses={200: DECISION, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str, decision_id: str) -> Response:
        use_case = use_case_for(request, ref, "decisions:read")
        row = _decision(use_case, decision_id)
        record = msgspec.convert(row.state, type=DecisionRecord)
        at = record.proposed_at or record.executed_at or record.recorded_at
        in_force = policy_at(use_case, at) if at else None
        findings = Finding.objects.filter(use_case=use_case, decision_id=decision_id)
        findings = findings.select_related("use_case", "owner")
        verdicts = evaluation.verdicts_of(use_case.pk, record, as_of=timezone.now())
        if isinstance(request.user, User) and is_blind_to(request.user, use_case, decision_id):
            row.state, verdicts, findings = {**row.state, "reviews": []}, (), Finding.objects.none()
        naming = naming_for(request.user, use_case)
        told = [naming.verdict(each.to_dict()) for each in verdicts]
        return Response(
            {
                "id": str(row.pk),
                "use_case": use_case.ref,
                "decision_id": decision_id,
                "record": naming.decision(row.state),
                "final_value": row.final_value,
                "policy_in_force": in_force.policy.ref if in_force else None,
                "findings": [finding_json(each, naming) for each in findings.order_by("opened_index", "code")],
                "verdicts": [{**each, "sentence": sentence_of(each)} for each in told],
                "events": _events(use_case, row),
                "as_of_entry": fold.folded(),
            }
        )


def _events(use_case: UseCase, decision: Decision) -> list[dict[str, Any]]:
    """The events of a decision in ledger order; those not folded yet come last."""
    place = {entry: number for number, entry in enumerate(decision.entries)}
    rows = Event.objects.filter(~Q(type=fold.GROUP), use_case=use_case, decision_id=decision.decision_id)
    return [
        {
            "entry": str(row.pk),
            "source": row.source,
            "id": row.event_id,
            "type": row.type,
            "time": row.time.isoformat() if row.time else None,
            "recorded_at": row.recorded_at.isoformat(),
        }
        for row in sorted(rows, key=lambda row: (place.get(str(row.pk), len(place)), row.recorded_at))
    ]


class GateView(APIView):
    """May the system execute this decision now? ``approved`` and ``not_required`` mean yes, for this digest."""

    @extend_schema(operation_id="decisions_gate", responses={200: GATE, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str, decision_id: str) -> Response:
        use_case = use_case_for(request, ref, "control:read", "decisions:read")
        gate = gate_of(use_case, decision_id, at=timezone.now())
        if gate is None:
            raise Http404
        body = {"state": gate.state, "reason": gate.reason, "digest": gate.digest, "policy": gate.policy_ref}
        return Response(body, headers={"Cache-Control": "no-store"})


class LabelView(APIView):
    """The label to show beside the decision."""

    @extend_schema(operation_id="decisions_label", responses={200: LABEL, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str, decision_id: str) -> Response:
        use_case = use_case_for(request, ref, "control:read", "decisions:read")
        label = label_of(msgspec.convert(_decision(use_case, decision_id).state, type=DecisionRecord))
        return Response(
            {"code": label.code, "text": label.text, "revoked": label.revoked, "simulated": label.simulated}
        )


class ControlView(APIView):
    """What the systems of a use case may do now; ask each second with ``If-None-Match``."""

    @extend_schema(operation_id="use_cases_control", responses={200: CONTROL, 304: None, **doc.problems(401, 403, 404)})
    def get(self, request: Request, ref: str) -> HttpResponse:
        use_case = use_case_for(request, ref, "control:read")
        control = control_of(use_case, at=timezone.now())
        body = {
            "state": control.state,
            "grounds": [
                {
                    "code": each.code,
                    "state": each.state,
                    "detail": each.detail,
                    "since": each.since.isoformat() if each.since else None,
                    "scope": dict(each.scope),
                }
                for each in control.grounds
            ],
            "limits": control.limits,
        }
        tag = f'"{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("If-None-Match", ""):
            return HttpResponse(status=304, headers=headers)
        return Response(body, headers=headers)
