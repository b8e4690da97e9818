"""The build that must fail: it answers before COMMIT, as many collectors do. For tests of the tests only."""

import contextlib
import threading
import time
from functools import partial

from governance.project.asgi import pages  # isort: skip  (sets Django up for what follows)
from django.utils import timezone

from audit.api import front, intake
from audit.events import record as recording
from audit.events.record import ItemResult, Receipt
from audit.ledger.uuid7 import uuid7


class AnswersBeforeCommit(front.EventsFirst):
    """Answers 201 at once and commits half a second later, unless it dies first."""

    async def _take(self, call, receive):
        at = timezone.now()
        bearer = await self._in_thread(partial(intake.bearer_of, call, at=at))
        order = intake.order_of(front._with(call, await self._body(receive)), bearer, at=at)

        def later():
            time.sleep(0.5)
            with contextlib.suppress(Exception):  # nobody is left to be told
                recording.record(order.items, key=bearer, at=at)

        threading.Thread(target=later, daemon=True).start()
        receipt = Receipt(uuid7(), bytes(32), at, "UC-0001")
        results = [ItemResult(id=getattr(item, "id", None), status=201, receipt=receipt) for item in order.items]
        return intake.answer_to(order, results)


application = AnswersBeforeCommit(pages)
