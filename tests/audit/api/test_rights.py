"""Classification, duties, papers, incidents and requests of people through the API."""

from datetime import date

import pytest
from django.utils import timezone

from audit.events.keys import issue_key
from governance.incidents import open_incident
from governance.register import classify_use_case
from governance.rights import receive_appeal
from tests.cast import Cast, a_use_case

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
HIGH = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20a": "yes", "Q26": "yes"}


def test_everything_of_ones_own_use_case_and_nothing_of_another(client, cast: Cast) -> None:
    now = timezone.now()
    mine, other = a_use_case(cast), a_use_case(cast, key="other")
    for case in (mine, other):
        classify_use_case(actor=cast.anna, at=now, use_case=case, answers=HIGH, on_date=date(2026, 11, 21))
        open_incident(
            actor=cast.olga, at=now, use_case=case, title="T", text="Private words", role="deployer", kinds=["death"],
            aware_on=now.date(),
        )  # fmt: skip
        receive_appeal(at=now, kind="appeal", text="Private words", about=case.key, sender="P. Q.")
    _, secret = issue_key(
        use_cases=[mine], sources=["/s"], scopes=["register:read"], label="t", actor=cast.anna, at=now
    )

    def get(path: str, status: int = 200):
        answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == status, (path, answer.content)
        assert "Private words" not in answer.content.decode()
        assert "P. Q." not in answer.content.decode()
        return answer.json()

    assert get(f"/use-cases/{mine.ref}/classification")["tier"] == "high"
    assert {row["point"] for row in get(f"/use-cases/{mine.ref}/duties")} >= {"26(2)", "27(1)"}
    assert len(get(f"/use-cases/{mine.ref}/papers/annex_iv")["items"]) == 23
    get(f"/use-cases/{mine.ref}/papers/nonsense", 404)
    for kind in ("incidents", "appeals"):
        assert [row["use_case"] for row in get(f"/{kind}")["results"]] == [mine.ref]
        get(f"/{kind}?use_case={other.ref}", 403)
    assert get("/incidents/INC-0001")["clock"] == "running"
    get("/incidents/INC-0002", 403)
    for path in ("classification", "duties", "papers/fria"):
        get(f"/use-cases/{other.ref}/{path}", 403)
    assert get("/assessments")["count"] == 0
    get("/incidents?use_case=%00", 422)


def test_a_key_without_the_scope_reads_nothing(client, cast: Cast) -> None:
    case = a_use_case(cast)
    _, secret = issue_key(
        use_cases=[case], sources=["/s"], scopes=["events:write"], label="t", actor=cast.anna, at=timezone.now()
    )
    for path in ("incidents", "appeals", "assessments", f"use-cases/{case.ref}/duties"):
        answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 403, path
