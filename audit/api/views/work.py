"""Long work: watch a job that somebody asked for."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api import documentation as doc
from audit.api.authentication import require_scope, visible_use_cases
from audit.events.keys import Bearer
from governance.models import Job

JOB = doc.an_object(
    {
        "id": doc.UUID,
        "kind": doc.TEXT,
        "state": {"type": "string", "enum": ["waiting", "running", "done", "failed"]},
        "progress": {"type": "number"},
        "progress_text": doc.TEXT,
        "result": doc.nullable({"type": "object"}),
        "error": doc.nullable({"type": "object"}),
        "asked_at": doc.TIME,
    }
)


def job_json(job: Job) -> dict[str, Any]:
    """A job's state for who waits for it."""
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "progress_text": job.progress_text,
        "result": job.result,
        "error": job.error,
        "asked_at": job.asked_at.isoformat().replace("+00:00", "Z"),
    }


class JobView(APIView):
    """One job: its state, progress and result."""

    @extend_schema(operation_id="jobs_get", responses={200: JOB, **doc.problems(401, 403, 404)})
    def get(self, request: Request, job_id: UUID) -> Response:
        require_scope(request, "reports:read", "reports:write")
        job = Job.objects.filter(pk=job_id).first()
        if job is None or not _may_see(request, job):
            raise Http404
        return Response(job_json(job))


def _may_see(request: Request, job: Job) -> bool:
    ref = job.arguments.get("use_case")
    if ref is None or ref == "portfolio" or ref.startswith("unit:"):  # about many use cases: no key sees all of them
        return not isinstance(request.auth, Bearer) and job.asked_by_id == request.user.pk
    return bool(visible_use_cases(request).filter(ref=ref).exists())
