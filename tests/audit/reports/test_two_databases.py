"""The same records give the same report to the byte, whether SQLite or PostgreSQL holds them."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from audit.reports.build import Order, build
from audit.reports.content import OversightReport, to_json
from audit.reports.issue import days
from audit.reports.kinds import KINDS
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope
from governance.models import UseCase
from tests.audit.reports.conftest import FIRST, LAST, Past
from tests.audit.reports.elsewhere import copied_to
from tests.postgres import server


def reports() -> dict[str, OversightReport]:
    use_case = UseCase.objects.get(ref="UC-0001")
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    order = {"window": days(FIRST, LAST), "at": at, "ref": "R-0001"}
    made = {kind: build(Order(scope=Scope(use_case=use_case), kind=kind, **order)) for kind in KINDS if KINDS[kind].one}
    return made | {"many": build(Order(scope=Scope(), language="de", **order))}


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="starts from SQLite, and brings its own PostgreSQL")
def test_sqlite_and_postgresql_give_the_same_bytes(past: Past) -> None:
    here = reports()
    with server() as url, copied_to(url):
        there = reports()
    assert {kind: to_json(report) for kind, report in there.items()} == {k: to_json(r) for k, r in here.items()}
    assert render_pdf(there["oversight"]) == render_pdf(here["oversight"])
