"""The same records give the same report to the byte, whether SQLite or PostgreSQL holds them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import environ
import pytest
from django.apps import apps
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from audit.reports.build import Order, build
from audit.reports.content import OversightReport, to_json
from audit.reports.issue import days
from audit.reports.kinds import KINDS
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope
from governance.models import UseCase
from tests.audit.reports.conftest import FIRST, LAST, Past
from tests.postgres import server


@contextmanager
def other_database(url: str) -> Iterator[BaseDatabaseWrapper]:
    """Answer everything from another, empty database with the same tables."""
    given = {**connections.databases["default"], **environ.Env.db_url_config(url)}
    other = load_backend(given["ENGINE"]).DatabaseWrapper(given, alias="default")
    here = connections["default"]
    connections["default"] = other
    try:
        with other.schema_editor() as editor:
            for model in apps.get_models():
                editor.create_model(model)
        yield other
    finally:
        other.close()
        connections["default"] = here


def rows() -> list[tuple[Any, list[Any]]]:
    """Everything that is stored, model by model."""
    models = apps.get_models(include_auto_created=True)
    return [(model, list(model._base_manager.all())) for model in models]


def reports() -> dict[str, OversightReport]:
    use_case = UseCase.objects.get(ref="UC-0001")
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    order = {"window": days(FIRST, LAST), "at": at, "ref": "R-0001"}
    made = {kind: build(Order(scope=Scope(use_case=use_case), kind=kind, **order)) for kind in KINDS if KINDS[kind].one}
    return made | {"many": build(Order(scope=Scope(), language="de", **order))}


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="starts from SQLite, and brings its own PostgreSQL")
def test_sqlite_and_postgresql_give_the_same_bytes(past: Past) -> None:
    here, stored = reports(), rows()
    with server() as url, other_database(url):
        with transaction.atomic():  # references are looked at when all rows are there
            for model, listed in stored:
                model._base_manager.bulk_create(listed, batch_size=500)
        there = reports()
    assert {kind: to_json(report) for kind, report in there.items()} == {k: to_json(r) for k, r in here.items()}
    assert render_pdf(there["oversight"]) == render_pdf(here["oversight"])
