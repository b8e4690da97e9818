"""Removal and the figures: what goes is sealed first, and a rebuild gives live and sealed figures again."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from audit import tasks
from audit.events import sealing
from audit.fairness.aggregates import paired_counts_for
from audit.ledger import doctor, log, removal
from audit.management.commands.follow import catch_up
from audit.models import (
    Decision,
    Event,
    FairnessDelta,
    FairnessTotals,
    Finding,
    GroupAttributes,
    Intervention,
    OversightDelta,
    OversightMonth,
    OversightReview,
    OversightTotals,
    Seal,
)
from audit.oversight.aggregates import counts_for
from governance.models import UseCase
from tests import scale
from tests.audit.events.samples import event, executed, proposed, reviewed
from tests.audit.events.test_fold import a_busy_log

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
ONE, TWO = UUID("01900000-0000-7000-8000-000000000001"), UUID("01900000-0000-7000-8000-000000000002")
DECLARED = {"attributes": {"sex": "M", "age": ""}, "favourable": "grant", "positive": "yes"}
TABLES: dict[Any, tuple[str, ...]] = {
    Decision: ("pk", "state", "entries", "recheck_at"),
    Finding: ("pk", "code", "state", "count"),
    GroupAttributes: ("pk", "attributes", "index"),
    Intervention: ("pk", "kind", "issued_at", "effective_at", "resumed_at"),
    FairnessTotals: ("day", "version", "groups", "cells", "simulated"),
    OversightTotals: ("day", "cells", "shifts"),
    OversightMonth: ("month", "dimension", "value", "cells"),
    OversightDelta: ("decision_id", "index", "day", "slice", "cells"),
    OversightReview: ("decision_id", "review_id", "index"),
}


@pytest.fixture
def case(live_use_case: UseCase) -> UseCase:
    live_use_case.fairness = dict(DECLARED)
    live_use_case.save()
    return live_use_case


def everything() -> dict[str, list[str]]:
    """Every projected row as text, by table."""
    found = {
        table.__name__: sorted(json.dumps(row, default=repr) for row in table.objects.values_list(*names))
        for table, names in TABLES.items()
    }
    deltas = FairnessDelta.objects.values_list("index", "day", "version", "group", "cell", "score", "sign", "decision")
    return {**found, "FairnessDelta": sorted(json.dumps(row, default=repr) for row in deltas)}


def entries_of(*names: str) -> list[UUID]:
    return list(Event.objects.filter(decision_id__in=names).values_list("pk", flat=True))


def erase(*names: str) -> removal.Removed:
    done = removal.erase_entries(
        actor=ONE, second=TWO, at=datetime.now(UTC), entries=entries_of(*names), reason="Art 17 GDPR"
    )
    catch_up()
    return done


@pytest.mark.parametrize("seed", range(scale.count(40)))
def test_figures_survive_an_erasure_and_a_rebuild_gives_the_same(send, case: UseCase, seed: int) -> None:
    events = a_busy_log(seed)
    for start in range(0, len(events), 9):
        assert send(events[start : start + 9]).status_code in (201, 207)
    catch_up()
    fairness, oversight = paired_counts_for(case, window=None), counts_for(case)
    erase("D-1", "D-4")
    assert not Decision.objects.filter(decision_id__in=["D-1", "D-4"]).exists()
    assert paired_counts_for(case, window=None) == fairness
    assert counts_for(case) == oversight
    send([executed("D-2", event_id="late", time="2026-11-20T21:00:00Z", executed_value="deny")])
    catch_up()
    erase("D-5")
    live = everything()
    tasks.rebuild(at=timezone.now())
    assert everything() == live
    assert doctor.examine().exit_code == 0


def test_nothing_sealed_names_a_decision_and_the_ledger_holds_the_digest(send, case: UseCase) -> None:
    send([proposed("LN-7", subject_ref="s-7"), reviewed("LN-7"), executed("LN-7", executed_value="grant")])
    send([event("group", event_id="g", data={"decision_id": "LN-7", "attributes": {"sex": "F"}})])
    catch_up()
    erase("LN-7")
    seal = Seal.objects.get()
    for word in (b"LN-7", b"s-7"):
        assert word not in bytes(seal.figures)
    assert not GroupAttributes.objects.exists()
    assert not FairnessDelta.objects.exclude(decision=None).exists()
    assert log.entry(seal.entry).parsed["refs"] == [seal.digest]
    day = datetime(2026, 11, 20, tzinfo=UTC)
    found = sealing.sealed_decisions(case, since=day, until=day.replace(day=21))
    assert (found["n"], found["reviewed"]) == (1, 1)


def test_figures_that_were_changed_after_sealing_stop_the_rebuild(send, case: UseCase) -> None:
    send([proposed("LN-7"), executed("LN-7")])
    catch_up()
    erase("LN-7")
    seal = Seal.objects.get()
    seal.figures = bytes(seal.figures).replace(b'"n":1', b'"n":2')
    seal.save()
    before = everything()
    with pytest.raises(sealing.SealBroken):
        tasks.rebuild(at=timezone.now())
    assert everything() == before


def test_group_data_alone_can_go_and_the_case_becomes_of_unknown_group(send, case: UseCase) -> None:
    send([proposed("LN-8"), executed("LN-8", executed_value="grant")])
    send([event("group", event_id="g8", data={"decision_id": "LN-8", "attributes": {"sex": "F"}})])
    catch_up()
    group = list(Event.objects.filter(type="ai.oversight.group.v1").values_list("pk", flat=True))
    removal.erase_entries(actor=ONE, second=TWO, at=datetime.now(UTC), entries=group, reason="end of the term")
    catch_up()
    assert Decision.objects.filter(decision_id="LN-8").exists()
    assert not GroupAttributes.objects.exists()
    counts = paired_counts_for(case, window=None)
    tasks.rebuild(at=timezone.now())
    assert paired_counts_for(case, window=None) == counts
