"""The thin doors: exit statuses and words a script may rely on."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.ledger import checks, log, roles
from tests.audit.ledger.bundles import members, rewrite
from tests.audit.ledger.conftest import record

Fill = Callable[[int], list[log.Recorded]]


def run(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command(*words, stdout=out, stderr=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def bundle(tmp_path: Path, *words: str) -> Path:
    path = tmp_path / "b.zip"
    assert run("bundle", "--out", str(path), *words)[0] == 0
    return path


def test_bundle_then_verify_says_ok_and_tampering_names_the_entry(fill: Fill, tmp_path: Path) -> None:
    fill(6)
    path = bundle(tmp_path)
    note = tmp_path / "kept.note"
    note.write_text(log.checkpoint_at(4).note, newline="")
    status, said = run("verify", str(path), "--checkpoint", str(note), "--vkey", str(log.vkey()))
    assert status == 0
    assert said.startswith("OK\n")
    target = next(log.entries(3, 4))
    data = members(path)["entries/000.bin"].replace(target.envelope, target.envelope.replace(b"UC-0001", b"UC-0002"))
    changed = rewrite(path, {"entries/000.bin": data}, tmp_path / "c.zip")
    status, said = run("verify", str(changed), "--json")
    outcome: dict[str, Any] = json.loads(said)
    assert (status, outcome["verdict"]) == (11, "ALTERED")
    assert [(f["index"], f["entry"]) for f in outcome["failures"]] == [(3, str(target.entry))]


def test_wrong_use_is_status_2(tmp_path: Path) -> None:
    assert run("verify", str(tmp_path / "absent.zip"))[0] == 2
    (tmp_path / "x.zip").write_bytes(b"x")
    assert run("verify", str(tmp_path / "x.zip"), "--checkpoint", str(tmp_path / "absent.note"))[0] == 2
    assert run("verify", str(tmp_path / "x.zip"))[0] == 15


@pytest.mark.django_db
def test_a_bundle_that_cannot_be_made_leaves_no_file(tmp_path: Path) -> None:
    assert run("bundle", "--out", str(tmp_path / "b.zip"))[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_takes_a_range_and_a_report(fill: Fill, tmp_path: Path) -> None:
    fill(300)
    report = tmp_path / "r.pdf"
    report.write_bytes(b"%PDF-1.7")
    path = bundle(tmp_path, "--from", "256", "--to", "300", "--report", str(report), "--no-payloads")
    found = members(path)
    assert found["report.pdf"] == b"%PDF-1.7"
    assert run("verify", str(path))[0] == 0
    assert json.loads(found["manifest.json"])["entries"] == {"complete": False, "from": 256, "to": 300}


def test_doctor_is_0_when_sound_and_1_when_not(fill: Fill) -> None:
    from tests.audit.ledger import forger

    receipts = fill(5)
    status, said = run("ledger", "doctor", "--json")
    assert (status, json.loads(said)["verdict"]) == (0, "OK")
    forger.edit_in_place(receipts[2].entry)
    status, said = run("ledger", "doctor", "--json")
    assert status == 1
    assert json.loads(said)["failures"][0]["entry"] == str(receipts[2].entry)


def test_compare_speaks_the_words_of_verify(fill: Fill, tmp_path: Path) -> None:
    fill(11)
    for size in (4, 11):
        (tmp_path / f"{size}.note").write_text(log.checkpoint_at(size).note, newline="")
    four, eleven = str(tmp_path / "4.note"), str(tmp_path / "11.note")
    assert run("ledger", "compare", four, four)[0] == 0
    assert run("ledger", "compare", four, eleven)[0] == 15
    assert run("ledger", "compare", four, eleven, "--bundle", str(bundle(tmp_path)), "--vkey", str(log.vkey()))[0] == 0
    assert run("ledger", "compare", four, str(tmp_path / "absent"))[0] == 2


def test_key_prints_what_to_hand_out(fill: Fill) -> None:
    fill(2)
    known = json.loads(run("ledger", "key", "--json")[1])
    last = log.latest_checkpoint()
    assert last is not None
    assert (known["vkey"], known["fingerprint"]) == (str(log.vkey()), last.fingerprint)


def test_grant_refuses_odd_names() -> None:
    with pytest.raises(roles.GrantFailed):
        roles.statements("x; DROP TABLE ledger_entry", create=False)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no roles")
@pytest.mark.postgres
def test_the_granted_role_can_record_and_can_neither_change_nor_unguard(fill: Fill) -> None:
    fill(3)
    role = "custodes_grant_test"
    with connection.cursor() as cursor:
        roles.grant(connection, role)
        roles.grant(connection, role)
        assert any("superuser" in door for door in checks.open_doors(connection))
        cursor.execute(f"SET LOCAL ROLE {role}")
        assert checks.open_doors(connection) == []
        record()
        refused = [
            "UPDATE ledger_entry SET stream = 'x'",
            "DELETE FROM ledger_leaf",
            "TRUNCATE ledger_entry",
            "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
            "DROP TABLE ledger_anchor",
            "UPDATE ledger_checkpoint SET size = 0",
            "SET session_replication_role = replica",
            "UPDATE ledger_payload SET media_type = 'x'",
        ]
        for statement in refused:
            with pytest.raises(Exception, match=r"denied|owner|append-only"):
                attempt(statement)
        fill(1)
        cursor.execute("RESET ROLE")
        cursor.execute(f"DROP OWNED BY {role}")
        cursor.execute(f"DROP ROLE {role}")


def attempt(statement: str) -> None:
    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="PostgreSQL has roles")
@pytest.mark.django_db
def test_on_sqlite_grant_says_that_there_are_no_roles() -> None:
    status, said = run("ledger", "grant")
    assert status == 2
    assert "no roles" in said
