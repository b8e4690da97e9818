"""The OpenAPI document: no route without a place in it, answers that fit it, nothing but 4xx for nonsense."""

import pytest
import schemathesis
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audit.models import Event
from tests import scale

pytestmark = pytest.mark.django_db
ROUNDS = scale.count(1000)


def document() -> dict:
    return SchemaGenerator(urlconf="audit.api.urls").get_schema(request=None, public=True)


def test_every_route_of_the_api_is_in_the_document():
    documented = set(document()["paths"])
    routes = {f"/{pattern.pattern}" for pattern in get_resolver("audit.api.urls").url_patterns}
    plain = {path for path in routes if "<" not in path} - {"/livez", "/readyz", "/metrics", "/api/schema", "/api/docs"}
    assert plain <= documented
    assert len(documented) >= len([path for path in routes if "api/v1" in path or "v1/logs" in path])


OPERATIONS = (
    "events_create",
    "findings_list",
    "use_cases_list",
    "use_cases_control",
    "decisions_get",
    "decisions_gate",
    "ledger_consistency",
    "ledger_tile",
    "jobs_get",
    "reports_create",
    "otlp_logs",
    "use_cases_completeness",
    "measures_get",
)


@pytest.mark.django_db(transaction=True)  # the real application closes its connections after a request
@pytest.mark.parametrize("operation", OPERATIONS)
def test_generated_requests_get_documented_answers_and_never_a_5xx(operation, client, key):
    """schemathesis makes the requests from the document; the answers come from the real views."""
    from governance.project.wsgi import application as django_application

    schema = schemathesis.openapi.from_dict(document())
    found = next(
        each.ok() for each in schema.get_all_operations() if each.ok().definition.raw.get("operationId") == operation
    )

    @settings(max_examples=max(5, ROUNDS // 11), deadline=None, suppress_health_check=list(HealthCheck), database=None,
              phases=[Phase.generate])  # fmt: skip
    @given(case=found.as_strategy())
    def check(case):
        answer = case.call(
            app=django_application, headers={"Authorization": f"Bearer {key}"}, base_url="http://localhost"
        )
        assert answer.status_code < 500, answer.text
        assert str(answer.status_code) in found.definition.raw["responses"], answer.text
        assert "Traceback" not in answer.text

    check()


@settings(max_examples=scale.count(10_000), deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.sampled_from([b"1", b"null", b'"x"', b"{}", b"[]", b"NaN", b"-", b'"', b"\\u0000"]),
            lambda inner: st.lists(inner, max_size=3).map(lambda parts: b"[" + b",".join(parts) + b"]"),
        ),
    ),
    media=st.sampled_from(
        [
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
            "application/x-ndjson",
            "application/json",
            "x",
        ]
    ),
)
def test_malformed_bodies_get_4xx_and_leave_no_row(send, body, media):
    answer = send(body, media=media)
    assert answer.status_code in (201, 207) or 400 <= answer.status_code < 500
    assert b"Traceback" not in answer.content
    assert Event.objects.count() == 0
