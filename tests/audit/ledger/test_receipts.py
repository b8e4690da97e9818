"""A request that wrote an act of a person is answered under a signed checkpoint, or says that it is not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from audit.ledger import log, receipts
from audit.ledger.receipts import WaitForSeal
from tests.audit.ledger.conftest import draft

pytestmark = pytest.mark.django_db(transaction=True)
VOTE = "committee.voted"


def view(kind: str) -> tuple[Callable[[HttpRequest], HttpResponse], list[log.Recorded]]:
    """A page that records one act, and what it recorded."""
    written: list[log.Recorded] = []

    def answer(_: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            written.extend(log.append([draft(type=kind, stream="committee")], at=datetime.now(UTC)))
        return HttpResponse()

    return answer, written


@contextmanager
def sequencer() -> Iterator[None]:
    """Another process's part on PostgreSQL, played by a thread with a connection of its own."""
    stop = threading.Event()

    def work() -> None:
        log.run_sequencer(stop, interval=0.02)
        connection.close()

    thread = threading.Thread(target=work)
    if connection.vendor == "postgresql":
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread.ident:
            thread.join()


def test_a_vote_is_answered_once_it_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "WAIT_S", 30.0)
    answer, written = view(VOTE)
    with sequencer():
        response = WaitForSeal(answer)(RequestFactory().post("/"))
        assert log.checkpoint_covering(log.index_of(written[0].entry)).size >= 1
    assert "Custodes-Sealed" not in response


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite seals in the same transaction")
def test_without_a_sequencer_the_answer_says_that_the_seal_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "WAIT_S", 0.05)
    answer, _ = view(VOTE)
    assert WaitForSeal(answer)(RequestFactory().post("/"))["Custodes-Sealed"] == "no"
    quiet, _ = view("ai.oversight.decision.v1")
    assert "Custodes-Sealed" not in WaitForSeal(quiet)(RequestFactory().post("/"))


def test_an_act_that_was_rolled_back_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "wait_for_checkpoint", lambda *_: pytest.fail("nothing was committed"))

    def answer(_: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            log.append([draft(type=VOTE, stream="committee")], at=datetime.now(UTC))
            transaction.set_rollback(True)
        return HttpResponse(status=409)

    assert WaitForSeal(answer)(RequestFactory().post("/")).status_code == 409
