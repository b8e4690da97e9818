"""Mappings that come with the product, on what the tools really write; and the mapping language itself.

``imports/langgraph.ndjson`` and ``imports/label-studio.json`` were made by the scripts beside them with the real
packages (langchain 1.4.7, langgraph 1.2.22; label-studio 1.23.2); ``imports/a2i.json`` is a documented shape
(https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-output-data.html, read 2026-11-21).
"""

import contextlib
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from audit.events import mapping
from audit.management.commands.follow import catch_up
from audit.models import Decision, Event

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).with_name("imports")


@pytest.fixture
def ingest(live_use_case, capsys, tmp_path):
    def run(name: str, chosen: str) -> dict:
        copy = tmp_path / name
        copy.write_bytes((SAMPLES / name).read_bytes())
        with contextlib.suppress(SystemExit):
            call_command(
                "ingest", str(copy), "--source", "/tool", "--use-case", live_use_case.ref, "--mapping", chosen, "--json"
            )
        catch_up()
        return json.loads(capsys.readouterr().out)

    return run


def state(decision_id: str) -> dict:
    return Decision.objects.get(decision_id=decision_id).state


def test_langgraph_interrupts_become_proposals_and_reviews(ingest):
    result = ingest("langgraph.ndjson", "langgraph")
    assert (result["stored"], result["refused"]) == (12, 0), result
    outcomes = {name: state(name)["reviews"][0]["outcome"] for name in ("B-1", "B-2", "B-3", "B-4")}
    assert outcomes == {"B-1": "approve", "B-2": "modify", "B-3": "reject", "B-4": "refer"}
    review = state("B-2")["reviews"][0]
    assert (review["actor"], review["authenticated"], review["final_value"]) == ("rev-7", False, "pay_out")
    assert review["requested_at"] < review["submitted_at"]
    assert state("B-1")["proposal_digest"] != state("B-2")["proposal_digest"]  # the arguments are part of the action


def test_label_studio_annotations_judge_the_predictions_people_saw(ingest):
    result = ingest("label-studio.json", "label-studio")
    assert (result["stored"], result["refused"]) == (9, 0), result
    outcomes = {name: [each["outcome"] for each in state(name)["reviews"]] for name in ("LS-1", "LS-2", "LS-3", "LS-4")}
    assert outcomes == {
        "LS-1": ["approve"], "LS-2": ["override"], "LS-3": ["abstain"], "LS-4": ["approve", "override"],
    }  # fmt: skip
    assert (state("LS-2")["proposal_value"], state("LS-2")["model_version"]) == ("grant", "scorer-3")
    review = state("LS-2")["reviews"][0]
    assert (review["actor"], review["authenticated"], review["final_value"]) == ("user-1", False, "refuse")
    assert review["active_ms"] is None  # the tool says how long a task was open, not how long somebody worked


def test_an_a2i_loop_becomes_a_review(ingest):
    result = ingest("a2i.json", "a2i")
    assert (result["stored"], result["refused"]) == (2, 0), result
    [review] = state("B-9")["reviews"]
    assert (review["outcome"], review["actor"], review["active_ms"]) == ("reject", "a1b2c3d4e5f60718", None)


def test_running_a_mapping_twice_stores_nothing_twice(ingest):
    ingest("langgraph.ndjson", "langgraph")
    again = ingest("langgraph.ndjson", "langgraph")
    assert (again["stored"], Event.objects.filter(source="/tool").count()) == (0, 12)


def test_every_mapping_that_comes_along_can_be_read():
    assert {"a2i", "label-studio", "langgraph"} <= set(mapping.built_in())
    for name in mapping.built_in():
        assert mapping.find(name).templates


def events(text: str, row: dict) -> list[dict]:
    return list(mapping.events_of(row, mapping.load(text), source="/s", usecase="u"))


def test_paths_tables_lists_and_conditions():
    text = """
    tables: {word: {"1": approve, "true": reject}}
    events:
      - type: review
        each: answers
        when: {item.kind: [final, second]}
        data: {decision_id: "D-{id}", outcome: "{item.verdict|word}", same: "{same:item.a,b.0}", other: "{b.0}"}
    """
    row = {"id": 5, "b": ["x"], "answers": [{"kind": "final", "verdict": 1, "a": "x"}, {"kind": "draft"},
           {"kind": "second", "verdict": True, "a": "y"}, {"kind": "final", "verdict": "kept"}]}  # fmt: skip
    assert [each["data"] for each in events(text, row)] == [
        {"decision_id": "D-5", "outcome": "approve", "same": "same", "other": "x"},
        {"decision_id": "D-5", "outcome": "reject", "same": "different", "other": "x"},
        {"decision_id": "D-5", "outcome": "kept", "other": "x"},
    ]


def test_a_column_with_a_dot_in_its_name_is_found_first():
    assert events('events: [{type: outcome, data: {v: "{a.b}"}}]', {"a.b": 1, "a": {"b": 2}})[0]["data"] == {"v": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('events: [{type: review, data: {v: "{a|none}"}}]', "'none'"),
        ("events: [{type: review, data: {}, wheen: x}]", "wheen"),
        ("events: [review]", "object"),
        ("events: [{type: review, data: {}, each: [1]}]", "'each' is a path"),
        ("tables: {a: b}\nevents: [{type: review, data: {}}]", "tables"),
    ],
)
def test_a_wrong_mapping_says_what_would_be_right(text, says):
    with pytest.raises(mapping.MappingInvalid, match=says):
        mapping.load(text)
