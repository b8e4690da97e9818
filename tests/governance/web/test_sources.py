"""The gap report of a use case, as people read it."""

import pytest
from django.utils import timezone

from audit.events.keys import SCOPES, issue_key
from audit.management.commands.follow import catch_up
from tests.audit.events.samples import SOURCE, event, proposed

pytestmark = pytest.mark.django_db
URL = "/oversight/{}/sources/"


@pytest.fixture
def send(client, cast, live_use_case):
    _, text = issue_key(
        use_cases=[live_use_case], sources=[SOURCE], scopes=SCOPES, label="t", actor=cast.anna, at=timezone.now()
    )

    def post(*events):
        answer = client.post(
            "/api/v1/events",
            list(events),
            content_type="application/cloudevents-batch+json",
            headers={"Authorization": f"Bearer {text}"},
        )
        assert answer.status_code == 201, answer.content
        catch_up()

    return post


def page(client, cast, use_case, who="otto"):
    client.force_login(getattr(cast, who))
    return client.get(URL.format(use_case.ref))


def test_it_says_what_is_missing_and_what_that_means(client, cast, live_use_case, send):
    send(*(proposed(f"D{n}", sequence=str(n)) for n in (1, 2, 6)))
    text = page(client, cast, live_use_case).content.decode()
    assert "3 events are known to be missing: figures of this period describe what arrived." in text
    assert "3 events missing: 3–5" in text


def test_a_source_without_numbers_is_unknown_never_complete(client, cast, live_use_case, send):
    send(proposed())
    text = page(client, cast, live_use_case).content.decode()
    assert "Nobody can tell whether all of them arrived" in text
    assert "none known missing" not in text


def test_numbers_and_a_heartbeat_show_that_nothing_is_missing(client, cast, live_use_case, send):
    beat = event("heartbeat", event_id="h", data={"sequence_high": 2, "declared_count": 2}, sequence="2")
    send(proposed(sequence="1"), beat)
    text = page(client, cast, live_use_case).content.decode()
    assert "As far as numbers and declared counts tell, none is missing." in text


def test_nothing_arrived_teaches_and_strangers_get_404(client, cast, live_use_case):
    assert "Nothing arrived" in page(client, cast, live_use_case).content.decode()
    assert page(client, cast, live_use_case, "eve").status_code == 404
