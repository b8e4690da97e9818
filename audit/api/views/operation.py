"""``/livez``, ``/readyz`` and ``/metrics``."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from audit.events import fold
from audit.ledger import log
from audit.models import Finding


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and its tables are there."""
    try:
        fold.folded()
    except DatabaseError:
        return JsonResponse({"ready": False, "database": False}, status=503, headers={"Retry-After": "2"})
    return JsonResponse({"ready": True, "database": True})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Gauges in the Prometheus text format, read from the database: the same from every process."""
    registry = CollectorRegistry()
    checkpoint = log.latest_checkpoint()
    size = Gauge("custodes_ledger_size", "Entries under the newest signed checkpoint", registry=registry)
    size.set(checkpoint.size if checkpoint else 0)
    Gauge("custodes_fold_lag", "Recorded entries that are not folded yet", registry=registry).set(fold.lag())
    findings = Gauge("custodes_findings_open", "Open findings", registry=registry)
    findings.set(Finding.objects.filter(state=Finding.State.OPEN).count())
    Gauge("custodes_database_up", "The database answers", registry=registry).set(int(connection.is_usable()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
