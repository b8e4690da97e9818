"""``custodes ingest``: files of past decisions, by the same path as the API, resumable, never doubling."""

import contextlib
import csv
import json

import pytest
from django.core.management import CommandError, call_command

from audit.events.mapping import Mapping, MappingInvalid, events_of, load
from audit.management.commands.follow import catch_up
from audit.models import Decision, Event
from tests.audit.events.samples import proposed, reviewed

pytestmark = pytest.mark.django_db
ROWS = [
    {"decision_id": f"D{n}", "decision_class": "grant", "proposal": "grant", "proposed_at": "2026-03-01T10:00:00Z",
     "confidence": "0.5", "review_outcome": "approve" if n % 2 else "", "review_id": f"R{n}", "reviewer": "rev-1",
     "reviewed_at": "2026-03-01T11:00:00Z", "executed_at": "2026-03-01T12:00:00Z", "executed": "grant"}
    for n in range(20)
]  # fmt: skip


def run(path, capsys, use_case, *more) -> dict:
    with contextlib.suppress(SystemExit):  # 1 when a row was refused
        call_command("ingest", str(path), "--source", "/old/log", "--use-case", use_case.ref, "--json", *more)
    return json.loads(capsys.readouterr().out)


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_table_of_decisions_needs_no_mapping(tmp_path, capsys, live_use_case):
    write_csv(tmp_path / "log.csv", ROWS)
    result = run(tmp_path / "log.csv", capsys, live_use_case)
    assert (result["rows"], result["stored"], result["refused"]) == (20, 50, 0)
    catch_up()
    assert Decision.objects.count() == 20
    assert Decision.objects.filter(reviewed=True).count() == 10


def test_a_file_given_twice_stores_nothing_twice(tmp_path, capsys, live_use_case):
    write_csv(tmp_path / "log.csv", ROWS)
    run(tmp_path / "log.csv", capsys, live_use_case)
    assert run(tmp_path / "log.csv", capsys, live_use_case)["rows"] == 0
    again = run(tmp_path / "log.csv", capsys, live_use_case, "--restart")
    assert (again["stored"], again["duplicates"]) == (0, 50)
    assert Event.objects.count() == 50


def test_a_longer_file_is_resumed_where_the_last_run_stopped(tmp_path, capsys, live_use_case):
    write_csv(tmp_path / "log.csv", ROWS[:10])
    run(tmp_path / "log.csv", capsys, live_use_case)
    write_csv(tmp_path / "log.csv", ROWS)
    result = run(tmp_path / "log.csv", capsys, live_use_case)
    assert (result["resumed_at"], result["rows"], result["duplicates"]) == (10, 10, 0)


def test_parquet_and_ndjson_give_the_same_events_as_csv(tmp_path, capsys, live_use_case):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "log.parquet")
    (tmp_path / "log.ndjson").write_text("\n".join(json.dumps(row) for row in ROWS))
    write_csv(tmp_path / "log.csv", ROWS)
    assert run(tmp_path / "log.csv", capsys, live_use_case)["stored"] == 50
    assert run(tmp_path / "log.parquet", capsys, live_use_case)["duplicates"] == 50
    assert run(tmp_path / "log.ndjson", capsys, live_use_case)["duplicates"] == 50


def test_a_broken_row_is_named_and_the_others_are_stored(tmp_path, capsys, live_use_case):
    lines = [json.dumps(proposed("A")), "{broken", json.dumps({**proposed("B"), "data": {}}), json.dumps(reviewed("A"))]
    (tmp_path / "log.ndjson").write_text("\n".join(lines).replace("/lending/prod/scorer", "/old/log"))
    result = run(tmp_path / "log.ndjson", capsys, live_use_case)
    assert (result["stored"], result["refused"]) == (2, 2)
    assert [problem["row"] for problem in result["problems"]] == [1, 2]
    assert result["problems"][1]["pointer"] == "/data/decision_id"


def test_a_mapping_turns_foreign_columns_into_events(tmp_path, capsys, live_use_case):
    (tmp_path / "map.yaml").write_text(
        "events:\n"
        "  - {type: decision, id: 'p-{case}', time: '{when}', data: {decision_id: 'C-{case}', phase: proposed,\n"
        "     decision_class: score, proposal: {value: '{answer}', score: '{score}'}}}\n"
        "  - {type: review, when: clerk, data: {decision_id: 'C-{case}', review_id: '{case}', phase: submitted,\n"
        "     actor: '{clerk}', outcome: approve}}\n"
    )
    rows = [{"case": 7, "when": "2026-01-01T00:00:00Z", "answer": True, "score": 0.25, "clerk": None}]
    (tmp_path / "log.ndjson").write_text(json.dumps(rows[0]))
    assert run(tmp_path / "log.ndjson", capsys, live_use_case, "--mapping", str(tmp_path / "map.yaml"))["stored"] == 1
    catch_up()
    decision = Decision.objects.get(decision_id="C-7")
    assert decision.proposal_value == "true"
    assert decision.state["fields"] == {"score": 0.25}
    assert Event.objects.get().event_id == "p-7"


@pytest.mark.parametrize(
    "text", ["", "a: [", "events: []", "events: [{type: x}]", "events: [{type: x, data: {}, colour: 1}]"]
)
def test_a_mapping_that_cannot_work_is_refused(text):
    with pytest.raises(MappingInvalid):
        load(text)


def test_wrong_use_is_told_apart_from_bad_rows(tmp_path, live_use_case):
    for arguments in (["nowhere.csv"], ["x.xlsx"]):
        with pytest.raises(CommandError) as caught:
            call_command("ingest", *arguments, "--source", "s", "--use-case", live_use_case.ref)
        assert caught.value.returncode == 2
    with pytest.raises(CommandError):
        call_command("ingest", "x.csv", "--source", "s", "--use-case", "UC-9999")


def test_missing_columns_leave_their_fields_out():
    [event] = events_of({"a": ""}, Mapping([{"type": "t.x", "data": {"x": "{a}", "y": 1}}]), source="s", usecase="u")
    assert event["data"] == {"y": 1}
