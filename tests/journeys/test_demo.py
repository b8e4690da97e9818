"""The first ten minutes: ``custodes demo`` makes an organisation, a report, and evidence an outsider can check."""

import csv
import gzip
import json
import shutil
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.installation import ROOT, Installation, custodes, free_port
from tests.scale import TIER

SAMPLE = ROOT / "governance/management/demo/data/acs_ma_employment_sample.csv.gz"
# The demo is made once and all tests of this module read it (tests/grouping.py): too long for `make test`.
pytestmark = pytest.mark.slow


def test_the_demo_ends_with_a_site_a_sign_in_and_a_pdf(demo: Installation) -> None:
    assert demo.result["url"].startswith("http://127.0.0.1:")
    assert Path(demo.result["pdf"]).read_bytes().startswith(b"%PDF-")
    assert demo.result["decisions"] == 9665 + 180 + 8


def test_the_bundle_verifies(demo: Installation) -> None:
    answer = json.loads(demo.run("verify", demo.result["bundle"], "--json"))
    assert answer["verdict"] == "OK"


def test_one_changed_byte_of_one_entry_is_named(demo: Installation, tmp_path: Path) -> None:
    altered = tmp_path / "altered.zip"
    with zipfile.ZipFile(demo.result["bundle"]) as source, zipfile.ZipFile(altered, "w") as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename == "entries/000.bin":
                content = bytearray(content)
                content[700] ^= 1
                content = bytes(content)
            target.writestr(item, content)
    answer = json.loads(demo.run("verify", str(altered), "--json", status=11))
    assert answer["verdict"] == "ALTERED"
    assert any("entry" in str(failure) for failure in answer["failures"])


def test_a_changed_row_in_the_database_is_found(demo: Installation, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(demo.data, copy)
    with sqlite3.connect(copy / "custodes.sqlite3") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        identity, envelope = database.execute(
            "SELECT id, envelope FROM ledger_entry ORDER BY id LIMIT 1 OFFSET 40"
        ).fetchone()
        changed = bytearray(envelope)
        changed[20] ^= 1
        database.execute("UPDATE ledger_entry SET envelope = ? WHERE id = ?", (bytes(changed), identity))
    answer = json.loads(custodes(copy, "ledger", "doctor", "--json", status=1))
    assert "content" in json.dumps(answer)


@pytest.mark.skipif(TIER != "prove", reason="make prove rebuilds the example; every tier rebuilds small logs")
def test_rebuilding_changes_no_page(demo: Installation) -> None:
    before = json.loads(demo.module("tests.journeys.crawl", demo.result["email"]))
    assert len(before) >= 40
    assert not {path: said for path, said in before.items() if said.startswith("status")}
    demo.run("rebuild")
    after = json.loads(demo.module("tests.journeys.crawl", demo.result["email"]))
    assert {path for path in before if before[path] != after.get(path)} == set()


def test_the_report_counts_what_the_file_audit_counts(demo: Installation) -> None:
    """The fairness figures of the report equal those of the one-off audit of the same file, and fairlearn's."""
    audited = json.loads(
        demo.run(
            "fairness",
            str(SAMPLE),
            *("--decision", "prediction", "--favourable", "1", "--groups", "sex,race,disability"),
            *("--outcome", "employed", "--positive", "1", "--json"),
            status=1,
        )
    )
    rates = {(row["attribute"], row["group"]): row for row in audited["groups"]}
    with zipfile.ZipFile(demo.result["bundle"]) as bundle:
        report = json.loads(bundle.read("report.json"))
    printed = _report_rates(report)
    # Alaska Native, six people, is below the number from which a rate is shown.
    assert len(printed) == 2 + 8 + 2
    oracle = {attribute: _fairlearn(attribute) for attribute in ("sex", "race", "disability")}
    for (attribute, group), (value, n) in printed.items():
        row = rates[attribute, group]
        assert n == row["n"], (attribute, group)
        assert value == pytest.approx(row["selection_rate"]["value"], abs=1e-12), (attribute, group)
        assert value == pytest.approx(oracle[attribute][group], abs=1e-12), (attribute, group)


def test_a_second_run_finds_everything_made(demo: Installation) -> None:
    again = json.loads(
        custodes(demo.data, "demo", "--no-serve", "--json", "--port", str(free_port())).strip().splitlines()[-1]
    )
    assert Path(again["pdf"]).name == Path(demo.result["pdf"]).name


def _report_rates(report: dict[str, Any]) -> dict[tuple[str, str], tuple[float, int]]:
    """Collect the proposal's selection rates of single attributes from the figures of the report."""
    found: dict[tuple[str, str], tuple[float, int]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            _, printed, name = str(value.get("id", "")).partition(".fairness.proposal.selection_rate.")
            attribute, _, group = name.partition(".")
            if printed and value.get("value") is not None and " x " not in attribute:
                found[attribute, group] = (float(value["value"]), int(value["n"]))
        for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(child)

    walk(report)
    return found


def _fairlearn(attribute: str) -> dict[str, float]:
    from fairlearn.metrics import MetricFrame, selection_rate

    with gzip.open(SAMPLE, "rt", encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    predictions = [int(row["prediction"]) for row in rows]
    frame = MetricFrame(
        metrics=selection_rate,
        y_true=predictions,
        y_pred=predictions,
        sensitive_features=[row[attribute] for row in rows],
    )
    return {str(group): float(rate) for group, rate in frame.by_group.items()}
