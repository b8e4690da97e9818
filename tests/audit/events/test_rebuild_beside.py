"""A rebuild while events come in and the follower runs: one of them at a time, and in the end the same to the byte."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from audit import tasks
from audit.events import schema
from audit.events.keys import authenticate
from audit.events.record import record
from audit.ledger import log
from audit.management.commands.follow import catch_up
from audit.models import Decision
from tests.audit.events.samples import dump, executed, proposed, reviewed
from tests.audit.events.test_fold import everything

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres, pytest.mark.slow]
STORIES = 60


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer: there is no beside")
def test_a_rebuild_beside_intake_and_follower_ends_in_the_same(key):
    failures: list[BaseException] = []
    done = threading.Event()

    def send():
        for number in range(STORIES):
            story = [proposed(f"D{number}"), reviewed(f"D{number}"), executed(f"D{number}")]
            items = [schema.parse(dump(each)) for each in story]
            now = timezone.now()
            results = record(items, key=authenticate(key, at=now), at=now)
            assert {result.status for result in results} == {201}

    def follow():
        while not done.is_set():
            now = timezone.now()
            log.integrate(at=now)
            tasks.follow(at=now, limit=7)
            tasks.follow_time(at=now)

    def rebuild():
        for _ in range(5):
            tasks.rebuild(at=timezone.now())

    def guarded(work):
        def run():
            try:
                work()
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        return threading.Thread(target=run)

    follower = guarded(follow)
    others = [guarded(send), guarded(rebuild)]
    for thread in (follower, *others):
        thread.start()
    for thread in others:
        thread.join(120)
    done.set()
    follower.join(120)
    assert failures == []
    catch_up()
    live = everything()
    assert Decision.objects.count() == STORIES
    tasks.rebuild(at=timezone.now())
    assert everything() == live
