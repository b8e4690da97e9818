"""Group commit: small requests that arrive at once share one transaction and one flush to disk.

Each sender still gets its own verdict, and nobody an answer before COMMIT. A group that fails is tried again one by
one, so that one event never spoils its neighbours.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import Error as DatabaseError

from audit.api.intake import Answer, Call, Order, answer_to, bearer_of, order_of, refusal_of
from audit.events.keys import Bearer
from audit.events.record import ItemResult, admit, record_admitted

Outcome = Answer | Exception  # an exception is a defect of ours
Recorded = list[ItemResult] | Exception


def take_together(calls: Sequence[Call], *, at: datetime) -> list[Outcome]:
    """Take the events of several calls in one transaction; one answer per call, in their order."""
    answers: dict[int, Outcome] = {}
    orders = dict(_orders(calls, at, answers))
    for place, results in zip(orders, _commit(list(orders.values()), at), strict=True):
        answers[place] = _answer(orders[place], results)
    return [answers[place] for place in range(len(calls))]


def _orders(calls: Sequence[Call], at: datetime, answers: dict[int, Outcome]) -> Iterable[tuple[int, Order]]:
    """Each key is looked up once for all; a database that is away is asked once, and all are told."""
    bearers: dict[str, Bearer] = {}
    away: DatabaseError | None = None
    for place, call in enumerate(calls):
        try:
            if away is not None:
                raise away
            name = call.headers.get("authorization", "")
            if name not in bearers:
                bearers[name] = bearer_of(call, at=at)
            yield place, order_of(call, bearers[name], at=at)
        except Exception as error:
            away = error if isinstance(error, DatabaseError) else None
            answers[place] = _refused(error, call)


def _commit(orders: list[Order], at: datetime) -> list[Recorded]:
    """Record a group; a database that is away fails all, anything else is tried one request at a time."""
    try:
        return list(_record(orders, at))
    except DatabaseError as error:
        return [error] * len(orders)
    except Exception as error:
        if len(orders) == 1:
            return [error]
        return [result for order in orders for result in _commit([order], at)]


def _record(orders: list[Order], at: datetime) -> Iterable[list[ItemResult]]:
    items = [item for order in orders for item in order.items]
    admitted = [admit(item, order.bearer) for order in orders for item in order.items]
    results = record_admitted(items, admitted, at=at)
    start = 0
    for order in orders:
        yield results[start : start + len(order.items)]
        start += len(order.items)


def _answer(order: Order, results: Recorded) -> Outcome:
    if isinstance(results, Exception):
        return _refused(results, order.call)
    try:
        return answer_to(order, results)
    except Exception as error:
        return _refused(error, order.call)


def _refused(error: Exception, call: Call) -> Outcome:
    try:
        return refusal_of(error, call)
    except Exception as defect:
        return defect
