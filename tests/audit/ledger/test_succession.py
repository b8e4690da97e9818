"""A lost key, a rolled-back database: the log goes on under a new name, and old checkpoints still say what they say."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.db import connection

from audit.ledger import doctor, keys, log, sequencing, succession
from audit.ledger.errors import StrangeKey
from audit.ledger.rotation import predecessors
from tests.audit.ledger.bundles import both, make, members, rewrite
from tests.audit.ledger.conftest import ACTOR, draft, record

Fill = Callable[[int], list[log.Recorded]]


@pytest.fixture(autouse=True)
def own_key(settings: LazySettings, tmp_path: Path, db: None) -> Iterator[None]:
    """A key and origin of this test alone: it loses and replaces them."""
    settings.LEDGER_KEY_FILE, settings.LEDGER_ORIGIN = tmp_path / "secrets" / "ledger_key", ""
    keys.forget()
    sequencing.forget()
    yield
    keys.forget()
    sequencing.forget()


def begin(name: str = "ledger.example.org/2", **fields: object) -> str:
    given: dict[str, object] = {"actor": ACTOR, "second": None, "reason": "the key was lost", **fields}
    return str(succession.begin_origin(name=name, at=datetime.now(UTC), **given))  # type: ignore[arg-type]


def lose_the_key() -> None:
    for path in Path(settings.LEDGER_KEY_FILE).parent.glob("ledger_key*"):
        if not path.name.endswith(".origin"):
            path.unlink()
    keys.forget()
    sequencing.forget()


def test_a_key_that_nobody_introduced_signs_nothing(fill: Fill) -> None:
    fill(5)
    lose_the_key()
    with pytest.raises(StrangeKey):
        record(draft(9))
    if connection.vendor == "postgresql":
        assert log.latest_checkpoint().size == 5  # type: ignore[union-attr]


def test_row_10_a_lost_key_ends_the_name_and_not_the_tree(fill: Fill, tmp_path: Path) -> None:
    fill(300)
    kept, old_vkey, old_name = log.checkpoint_at(log.latest_checkpoint().size), str(log.vkey()), log.origin()  # type: ignore[union-attr]
    lose_the_key()
    new = begin(old_vkey=old_vkey, outside=[kept.note])
    record(*(draft(i) for i in range(20)))
    assert predecessors(1 << 62) == [{"origin": old_name, "until": 300}]
    path = make(tmp_path / "b.zip")
    assert both(path, vkeys=[new]).exit_code == 0
    found = both(path, vkeys=[new, old_vkey], checkpoints=[kept.note])
    assert str(found.verdict) == "OK", found.summary
    assert f"after {old_name}" in found.summary
    assert str(both(path, vkeys=[old_vkey]).verdict) == "BAD-SIGNATURE"
    assert doctor.examine().exit_code == 0
    body = log.entry(next(e.entry for e in log.entries(300, 301))).payload
    assert body is not None
    assert kept.note.split("\n")[2].encode() in body


def test_a_name_that_no_entry_began_is_altered(fill: Fill, tmp_path: Path) -> None:
    fill(4)
    begin()
    record(draft(8))
    path = make(tmp_path / "b.zip")
    moved = members(path)["manifest.json"].replace(b'"until": 4', b'"until": 5')
    assert moved != members(path)["manifest.json"]
    assert str(both(rewrite(path, {"manifest.json": moved}, tmp_path / "c.zip")).verdict) == "ALTERED"
    dropped = members(path)["manifest.json"].replace(b'"predecessors"', b'"others"')
    assert str(both(rewrite(path, {"manifest.json": dropped}, tmp_path / "d.zip")).verdict) == "ALTERED"


def test_row_14_a_checkpoint_over_what_was_lost_is_rolled_back_then_forked(fill: Fill, tmp_path: Path) -> None:
    """The old key signed more than the database holds; whoever kept that checkpoint can show it."""
    fill(10)
    old_vkey, old = str(log.vkey()), keys.signer()
    from audit.ledger.note import Head, sign_note

    lost = sign_note(Head(old.name, 14, b"\x07" * 32).to_text(), old)
    new = begin(outside=[lost])
    path = make(tmp_path / "b.zip")
    assert str(both(path, vkeys=[new, old_vkey], checkpoints=[lost]).verdict) == "ROLLED-BACK"
    record(*(draft(i) for i in range(20)))
    path = make(tmp_path / "c.zip")
    assert str(both(path, vkeys=[new, old_vkey], checkpoints=[lost]).verdict) == "FORKED"


def test_a_failed_beginning_leaves_the_old_key_in_place(fill: Fill) -> None:
    with pytest.raises(succession.SuccessionFailed):
        begin()
    fill(3)
    before = str(log.vkey())
    for name, fields in {log.origin(): {}, "a name with spaces": {}, "x/2": {"outside": ["no note"]}}.items():
        with pytest.raises((succession.SuccessionFailed, ValueError, keys.OriginMismatch)):
            begin(name, **fields)
        assert str(log.vkey()) == before
    with pytest.raises(succession.SuccessionFailed):
        begin(second=ACTOR)
    record(draft(4))
