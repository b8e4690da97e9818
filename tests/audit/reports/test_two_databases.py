"""The same records give the same report to the byte, whichever database holds them and however it sorts texts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from audit.reports.build import Order, build
from audit.reports.content import OversightReport, to_json
from audit.reports.issue import days
from audit.reports.kinds import KINDS
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope
from governance.models import Person, Qualification, UseCase
from tests.audit.events.samples import event, executed, proposed, reviewed
from tests.audit.reports.conftest import DAY, FIRST, LAST, Past, catch_up
from tests.audit.reports.elsewhere import copied_to
from tests.postgres import server


def reports() -> dict[str, OversightReport]:
    use_case = UseCase.objects.get(ref="UC-0001")
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    order = {"window": days(FIRST, LAST), "at": at, "ref": "R-0001"}
    made = {kind: build(Order(scope=Scope(use_case=use_case), kind=kind, **order)) for kind in KINDS if KINDS[kind].one}
    return made | {"many": build(Order(scope=Scope(), language="de", **order))}


# By bytes: B, Z, a, b, z, ä. In German: a, ä, b, B, z, Z.
ODD = ("b-1", "Z-1", "ä-1", "B-1", "a-1", "z-1")


def oddly_named(past: Past) -> None:
    """Add what databases sort differently: model versions, groups, reviewers, sources' words and pseudonyms."""
    events = []
    for number, odd in enumerate(ODD * 20):
        at = (DAY + timedelta(hours=number)).isoformat().replace("+00:00", "Z")
        name = f"{odd}-{number}".replace("ä", "ae")
        events += [
            proposed(
                name, time=at, occurred_at=at, value=("grant", "ask")[number % 2], model={"name": "m", "version": odd}
            ),
            event("group", event_id=f"g-{name}", time=at, data={"decision_id": name, "attributes": {"sex": odd}}),
            reviewed(
                name,
                "override",
                time=at,
                actor={"ref": odd, "authn": "oidc", "roles": ["underwriter-l2"]},
                final={"value": ("ask", "grant")[number % 2]},
                reason_code=odd,
            ),
            executed(name, time=at, occurred_at=at, executed={"value": ("ask", "grant")[number % 2]}),
        ]
    assert past.send is not None
    for start in range(0, len(events), 200):
        answer = past.send(events[start : start + 200])
        assert answer.status_code in {200, 201}, [each for each in answer.json()["items"] if each["status"] != 201][:2]
    [policy] = [row.policy.document for row in past.use_case.policies_in_force.select_related("policy")]
    code = policy["rules"][0]["require"].get("level") or "underwriter-l2"
    for number, odd in enumerate(ODD):
        person = Person.objects.create(ref=f"P-9{number:03d}", name=odd, pseudonym=odd)
        Qualification.objects.create(person=person, code=code, valid_from=DAY - timedelta(days=30))
    catch_up()


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="starts from SQLite, and brings its own PostgreSQL")
@pytest.mark.parametrize("icu", ["", "de-DE"])
def test_sqlite_and_postgresql_give_the_same_bytes(past: Past, icu: str) -> None:
    if icu:
        oddly_named(past)
    here = reports()
    with server(icu=icu) as url, copied_to(url):
        if icu:
            shown = Person.objects.filter(name__in=ODD).order_by("name").values_list("name", flat=True)
            assert list(shown) != sorted(ODD)  # this database does sort otherwise
        there = reports()
    assert {kind: to_json(report) for kind, report in there.items()} == {k: to_json(r) for k, r in here.items()}
    assert render_pdf(there["oversight"]) == render_pdf(here["oversight"])
