"""Measures whose data no system sends yet say so in the same words wherever measures are printed."""

import csv
import io

import pytest
from django.test import Client

from audit.oversight.catalogue import NOT_YET
from governance.models import UseCase
from tests.audit.assurance.conftest import Feed
from tests.audit.assurance.log import events
from tests.audit.assurance.test_protection import MARCH
from tests.cast import Cast

SAID = "Not available: not yet measured."
LATER = {"M7", "M9b", "M17", "M18", "M19", "M21", "M22"}


@pytest.mark.django_db
def test_what_is_not_measured_yet_is_said_on_the_page_in_the_api_and_in_the_file(
    governed: UseCase, feed: Feed, cast: Cast
) -> None:
    feed(events(1, reviewer="rev-2", at=MARCH))
    client = Client()
    client.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    query = f"use_case={governed.ref}&from=2026-03-01&to=2026-03-31"
    assert set(NOT_YET) == LATER
    listed = client.get(f"/api/v1/measures?{query}").json()["not_yet_measured"]
    assert {each["id"]: each["text"] for each in listed} == dict.fromkeys(LATER, SAID)
    rows = csv.DictReader(io.StringIO(client.get(f"/api/v1/measures.csv?{query}").content.decode("utf-8-sig")))
    found = {row["measure"]: (row["value"], row["n"], row["text"]) for row in rows if row["measure"] in LATER}
    assert found == dict.fromkeys(LATER, ("", "", SAID))
    page = client.get(f"/oversight/{governed.ref}/").content.decode()
    for name in LATER:
        assert f">{name}<" in page, name
    assert page.count(SAID) >= len(LATER)
