"""Periodic work of the ledger: signs of life, the daily count, witnesses asked."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit import upkeep
from audit.ledger import log
from audit.ledger.models import Anchor
from audit.ledger.note import COSIGNATURE, SigningKey
from audit.ledger.uuid7 import first_at
from audit.ledger.witness import Witness, serve
from audit.management.commands.follow import catch_up
from audit.models import Event
from governance.jobs import enqueue, run_job
from governance.models import Job
from tests.audit.events.samples import proposed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


def run(kind: str) -> Job:
    job = enqueue(kind=kind, key=f"{kind}:{uuid4()}", arguments={}, actor=None, at=timezone.now())
    run_job(job.pk, clock=timezone.now)
    job.refresh_from_db()
    catch_up()
    return job


def last(kind: str) -> dict[str, Any]:
    found = [each.payload for each in log.entries(streams=["ledger"]) if each.parsed["type"] == kind]
    return dict(json.loads(found[-1] or b"{}"))


def test_an_hour_leaves_a_sign_of_life_and_how_much_came(send: Any) -> None:
    send([proposed("A-1"), proposed("A-2")])
    assert run("heartbeat").state == Job.State.DONE
    assert last("log.heartbeat")["entries"] >= 2


def test_the_daily_count_notices_a_row_without_its_entry(send: Any) -> None:
    send([proposed("A-1"), proposed("A-2")])
    catch_up()
    since, until = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
    found = upkeep.count_day(since, until)
    assert found["events"] == {"rows": 2, "without_entry": 0, "entries": 2}
    assert found["changes"]["without_entry"] == 0
    assert found["changes"]["rows"] > 0
    real = Event.objects.first()
    assert real is not None
    Event.objects.create(
        id=first_at(timezone.now()), source="/x", event_id="forged", type=real.type, use_case=real.use_case,
        recorded_at=timezone.now(),
    )  # fmt: skip
    assert upkeep.count_day(since, until)["events"]["without_entry"] == 1
    assert run("reconcile").state == Job.State.DONE
    assert "streams" in last("log.reconciled")


@pytest.fixture
def witness(tmp_path: Any) -> Iterator[tuple[str, str]]:
    key = SigningKey("witness.example.org/w", b"\x01" * 32, COSIGNATURE)
    server = serve(Witness(key, [log.vkey()], tmp_path / "seen.json"), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", str(key.verifier)
    server.shutdown()
    server.server_close()
    thread.join()


def test_configured_witnesses_are_asked_and_a_dead_one_stands_in_nobodys_way(
    send: Any, witness: tuple[str, str], settings: LazySettings
) -> None:
    send([proposed("A-1")])
    catch_up()
    dead = ("http://127.0.0.1:9", str(SigningKey("dead", b"\x02" * 32, COSIGNATURE).verifier))
    settings.LEDGER_WITNESSES = [dead, witness]
    first = run("witness")
    assert (first.state, len((first.result or {})["refused"])) == (Job.State.DONE, 1)
    assert Anchor.objects.get().source == witness[1]
    settings.LEDGER_WITNESSES = [witness]
    assert run("witness").state == Job.State.DONE
    assert Anchor.objects.count() == 1
