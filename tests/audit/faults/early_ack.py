"""The build that must fail: it answers before COMMIT, as many collectors do. For tests of the tests only."""

import contextlib
import threading
import time

from governance.project.wsgi import django_application  # isort: skip  (sets Django up for what follows)
from audit.api import wsgi as front
from audit.events import record as recording
from audit.events.record import ItemResult, Receipt
from audit.ledger.uuid7 import uuid7


class AnswersBeforeCommit(front.EventsFirst):
    """Answers 201 at once and commits half a second later, unless it dies first."""

    def __init__(self, application):
        super().__init__(application)
        self._group = self

    def record(self, items, *, key, at, atomic=False):
        def later():
            time.sleep(0.5)
            with contextlib.suppress(Exception):  # nobody is left to be told
                recording.record(items, key=key, at=at, atomic=atomic)

        threading.Thread(target=later, daemon=True).start()
        receipt = Receipt(uuid7(), bytes(32), at, "UC-0001")
        return [ItemResult(id=getattr(item, "id", None), status=201, receipt=receipt) for item in items]


application = AnswersBeforeCommit(django_application)
