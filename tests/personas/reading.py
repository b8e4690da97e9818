"""A persona's log read by the platform: parsed, folded, checked and counted as in production, without a database."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from audit.events import schema
from audit.events.merge import Arrival, fold
from audit.oversight import Measure, OversightCounts, measures, total
from policies.oversight.checker import check
from policies.oversight.context import Controls, Coverage, People, PolicyInForce, Qualification
from policies.oversight.continuity import Mark, gaps
from policies.oversight.document import parse
from policies.oversight.record import DecisionRecord
from policies.oversight.verdict import Verdict
from tests.personas.log import START, Log, Persona, generate

AS_OF = START + timedelta(days=90)
STAFF = People(
    Qualification(name, code, START - timedelta(days=9))
    for name in ("rev-1", "rev-2")
    for code in ("underwriter", "t-1", "language:en")
)


def policy() -> PolicyInForce:
    content = {
        "usecase": "consumer-credit",
        "mode": "HITL",
        "version": 1,
        "rules": [{"id": "R1", "when": "true", "require": {"reviews": 1, "level": "underwriter"}}],
        "review": {"min_active_s": 30, "evidence": ["income"], "reasons": ["override"], "max_turnaround": "PT8H"},
        "reviewer": {"training": "t-1", "languages": ["subject"]},
    }
    return PolicyInForce(parse(content), 1, "POL-0001", START - timedelta(days=1))


@dataclass
class Seen:
    """What the platform made of a log."""

    records: dict[str, DecisionRecord]
    verdicts: dict[str, tuple[Verdict, ...]]
    counts: OversightCounts
    groups: dict[str, str]

    def codes(self) -> Counter[tuple[str, str]]:
        return Counter((each.code, each.state) for found in self.verdicts.values() for each in found)

    def of_code(self, code: str, state: str = "breach") -> set[str]:
        return {name for name, found in self.verdicts.items() if any((v.code, v.state) == (code, state) for v in found)}

    def measures(self) -> dict[str, Measure]:
        return {each.id: each for each in measures(self.counts, window=(None, None))}


def see(log: Log) -> Seen:
    arrivals: dict[str, list[Arrival]] = {}
    marks: list[Mark] = []
    groups: dict[str, str] = {}
    for index, (event, recorded_at) in enumerate(log.events):
        read = schema.parse(json.dumps(event).encode())
        assert isinstance(read, schema.Event), read
        marks.append(Mark(read.source, recorded_at, read.sequence))
        name = event["data"]["decision_id"]
        arrivals.setdefault(name, []).append(Arrival(index, read, recorded_at))
        if event["type"].endswith(".group.v1"):
            groups[name] = event["data"]["attributes"]["group"]
    coverage = Coverage(gaps=gaps(marks))
    in_force = policy()
    records = {name: _record(own) for name, own in arrivals.items()}
    verdicts = {name: _check(record, in_force, coverage, AS_OF) for name, record in records.items()}
    counts = total(
        OversightCounts.of(
            record, in_force.compiled.requirement(record), document=in_force.document, verdicts=verdicts[name]
        )
        for name, record in records.items()
    )
    return Seen(records, verdicts, counts, groups)


def _record(own: list[Arrival]) -> DecisionRecord:
    record = fold("consumer-credit", own)
    assert record is not None
    return record


def _check(record: DecisionRecord, in_force: PolicyInForce, coverage: Coverage, as_of: datetime) -> Any:
    return check(record, policies=[in_force], people=STAFF, controls=Controls(), coverage=coverage, as_of=as_of)


def seen(persona: Persona, *, n: int, seed: int) -> tuple[Log, Seen]:
    log = generate(persona, n=n, seed=seed)
    return log, see(log)
