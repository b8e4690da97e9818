"""Intake against its ceilings, same machine, same run, every duty on; run alone: ``pytest -s -m benchmark``.

Every figure is the median of interleaved rounds; only ratios within one run count. "follower" batches include
sequencing and signing: the clock stops when every entry is in the tree.
"""

import io
import json
import os
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework import serializers

from audit.api.front import calm_collector
from audit.events import bodies, evidence, record, rows
from audit.events.keys import authenticate
from audit.ledger import log
from audit.models import Event
from tests.audit.conftest import key  # noqa: F401  (a fixture)
from tests.audit.events.samples import dump, proposed
from tests.benchmarks.plain import FIELDS, PlainEvent

pytestmark = [pytest.mark.benchmark, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BATCH = "application/cloudevents-batch+json"
ROUNDS, COUNT = 5, 4000


class Plain(PlainEvent):
    """The same columns without a ledger: what a Django REST framework viewset would insert."""

    class Meta:
        app_label = "audit"
        db_table = "benchmark_plain"


class PlainSerializer(serializers.ModelSerializer):
    class Meta:
        model = Plain
        fields = FIELDS


def batch_of(size: int) -> bytes:
    tag = uuid.uuid4().hex[:12]
    return dump(
        [
            proposed(f"{tag}-{n}", confidence={"value": 0.83, "kind": "raw"}, model={"name": "m", "version": "1"},
                     input_digest="sha256:" + "ab" * 32, jurisdiction="MA", subject_ref=f"s-{tag}-{n}")
            for n in range(size)
        ]
    )  # fmt: skip


def ours(made: list[bytes], token: str) -> None:
    for body in made:
        request = bodies.split(body, content_type=BATCH, headers={})
        bearer = authenticate(token, at=timezone.now())
        results = record.record(request.items, key=bearer, at=timezone.now())
        assert all(result.status == 201 for result in results)
    while log.integrate(at=timezone.now()) is not None:
        pass


def copy(made: list[bytes], token: str) -> None:
    """Raw COPY of rows with the same bytes into the same kind of columns, one commit a batch; reading is for free."""
    for batch in made:
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(f"COPY {PLAIN} FROM STDIN") as target:
            for row in batch:
                target.write_row(row)


PLAIN = "benchmark_plain (event_id, source, type, decision_id, time, payload)"


def rows_of(body: bytes) -> list[tuple[object, ...]]:
    """The rows COPY writes, made outside the clock."""
    items = bodies.split(body, content_type=BATCH, headers={}).items
    return [(item.id, item.source, item.type, item.decision_id, item.time, item.payload.decode()) for item in items]


def framework(made: list[bytes], token: str) -> None:
    """DRF ``many=True`` and ``bulk_create``, no ledger, no key, no identity check but the unique column."""
    for body in made:
        rows = [
            {"event_id": e["id"], "source": e["source"], "type": e["type"], "decision_id": e["data"]["decision_id"],
             "time": e["time"], "payload": e}
            for e in json.loads(body)
        ]  # fmt: skip
        serializer = PlainSerializer(data=rows, many=True)
        for field in serializer.child.fields.values():
            field.validators = [each for each in field.validators if "Unique" not in type(each).__name__]
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            Plain.objects.bulk_create([Plain(**row) for row in serializer.validated_data])


def timed(work: Callable[[list, str], None], size: int, token: str) -> float:
    """Events a second."""
    made: list = [batch_of(size) for _ in range(COUNT // size)]
    if work is copy:
        made = [rows_of(body) for body in made]
    began = time.perf_counter()
    work(made, token)
    return COUNT / (time.perf_counter() - began)


def test_batches_against_copy_and_a_framework_without_a_ledger(key, capsys):  # noqa: F811
    calm_collector()  # as the server does; it serves the others as well
    with connection.schema_editor() as editor:
        editor.create_model(Plain)
    try:
        variants = {"ours 1000": (ours, 1000), "ours 100": (ours, 100), "DRF 1000": (framework, 1000)}
        if connection.vendor == "postgresql":
            variants["COPY 1000"] = (copy, 1000)
        speeds: dict[str, list[float]] = {name: [] for name in variants}
        for number in range(ROUNDS):
            for name, (work, size) in list(variants.items())[:: 1 if number % 2 else -1]:
                speeds[name].append(timed(work, size, key))
        table = io.StringIO()
        for name, found in speeds.items():
            median = statistics.median(found)
            print(
                f"{connection.vendor:<11}{name:<11}{median:>9,.0f}/s  ({min(found):,.0f} to {max(found):,.0f})",
                file=table,
            )
        with capsys.disabled():
            print("\n" + table.getvalue())
        medians = {name: statistics.median(found) for name, found in speeds.items()}
        assert Event.objects.count() >= COUNT
        assert len(evidence.leaf_hashes(Event.objects.values_list("pk", flat=True)[:10])) == 10
        assert medians["ours 1000"] >= 0.8 * medians["DRF 1000"]
        if "COPY 1000" in medians:
            with capsys.disabled():
                print(f"ours / COPY = {medians['ours 1000'] / medians['COPY 1000']:.2f} at 1,000")
                print(f"ours / DRF  = {medians['ours 1000'] / medians['DRF 1000']:.2f} at 1,000")
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Plain)


STAGES = {
    "read and check": (bodies, "split"),
    "key's right and screen": (record, "admit"),
    "ledger: append": (record.log, "append"),
    "event rows": (rows, "insert"),
    "ledger: sequence and sign": (log, "integrate"),
}


def _cpu(backend: int) -> float:
    """Seconds of CPU used by this process and by the backend that serves it."""
    used = time.process_time()
    if backend:
        state = Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()
        used += (int(state[11]) + int(state[12])) / os.sysconf("SC_CLK_TCK")
    return used


def test_where_the_cpu_of_a_batch_goes(key, monkeypatch, capsys):  # noqa: F811
    """CPU an event by stage, database included; what the stages leave is the commit and the frame around them."""
    calm_collector()
    backend = 0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [backend] = cursor.fetchone()
    spent = dict.fromkeys(STAGES, 0.0)
    ours([batch_of(1000) for _ in range(4)], key)  # warm

    def timing(name: str, stage: Callable) -> Callable:
        def timed_stage(*args, **kwargs):
            began = _cpu(backend if name != "key's right and screen" else 0)
            try:
                return stage(*args, **kwargs)
            finally:
                spent[name] += _cpu(backend if name != "key's right and screen" else 0) - began

        return timed_stage

    made = [batch_of(1000) for _ in range(20)]
    began = _cpu(backend)
    ours(made, key)
    whole = (_cpu(backend) - began) / 20_000 * 1e6
    for name, (module, function) in STAGES.items():
        monkeypatch.setattr(module, function, timing(name, getattr(module, function)))
    ours([batch_of(1000) for _ in range(20)], key)
    with capsys.disabled():
        print(f"\n{connection.vendor}: {whole:.1f} µs of CPU an event")
        for name, seconds in spent.items():
            print(f"  {name:<28}{seconds / 20_000 * 1e6:>7.1f}")
        ledger = sum(seconds for name, seconds in spent.items() if name.startswith("ledger")) / 20_000 * 1e6
        print(f"  the ledger's share: {ledger / whole:.0%}")
    assert all(spent[name] > 0 for name in STAGES if name != "ledger: sequence and sign")
