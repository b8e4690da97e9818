"""A witness over real HTTP: it cosigns what extends what it saw, and nothing else."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.ledger import anchors, log
from audit.ledger.note import COSIGNATURE, Head, SigningKey, open_checkpoint, sign_note
from audit.ledger.witness import Witness, request_text, serve
from tests.audit.ledger.bundles import both, make, members
from tests.audit.ledger.conftest import draft, record

Fill = Callable[[int], list[log.Recorded]]
KEY = SigningKey("witness.example.org/w1", bytes([9]) * 32, COSIGNATURE)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(KEY, [log.vkey()], tmp_path / "seen.json")


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    server = serve(witness, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def now() -> datetime:
    return datetime.now(UTC)


def ask(url: str) -> object:
    return anchors.ask_witness(url=url, vkey=str(KEY.verifier), at=now())


def test_a_witness_cosigns_a_growing_log_and_the_bundle_carries_it(fill: Fill, url: str, tmp_path: Path) -> None:
    fill(5)
    assert ask(url) is not None
    assert ask(url) is None
    record(draft(6), draft(7))
    assert ask(url) is not None
    record(draft(8))
    path = make(tmp_path / "b.zip")
    outcome = both(path, vkeys=[str(log.vkey()), str(KEY.verifier)])
    assert outcome.exit_code == 0, outcome.summary
    found = members(path)
    notes = [name for name in found if name.startswith("older-checkpoints/") and name.endswith(".note")]
    assert notes == ["older-checkpoints/5.note", "older-checkpoints/7.note"]
    _, note = open_checkpoint(found[notes[1]], [log.vkey()], [KEY.verifier])
    assert [s.time for s in note.signatures][1] is not None


def test_the_state_of_a_lost_client_is_asked_for(fill: Fill, url: str, witness: Witness) -> None:
    fill(4)
    checkpoint = log.latest_checkpoint()
    assert checkpoint is not None
    assert witness.add_checkpoint(request_text(0, (), checkpoint.note)).status == 200
    record(draft(9))
    assert ask(url) is not None


def submit(
    witness: Witness, size: int, root: bytes, *, old: int = 0, proof: tuple[bytes, ...] = (), origin: str = ""
) -> int:
    key = __import__("audit.ledger.keys", fromlist=["keys"]).signer()
    note = sign_note(Head(origin or key.name, size, root).to_text(), key)
    return witness.add_checkpoint(request_text(old, proof, note)).status


def test_the_witness_answers_as_the_specification_says(fill: Fill, witness: Witness) -> None:
    fill(11)
    at4, at11 = log.checkpoint_at(4), log.checkpoint_at(11)
    proof = log.consistency(4, 11).hashes
    assert submit(witness, 4, at4.root, origin="elsewhere.example.org") == 404
    assert submit(witness, 4, at4.root, proof=(bytes(32),)) == 422
    assert submit(witness, 4, at4.root) == 200
    assert submit(witness, 11, at11.root) == 409
    assert submit(witness, 11, at11.root, old=4, proof=proof[:-1]) == 422
    assert submit(witness, 11, bytes(32), old=4, proof=proof) == 422
    assert submit(witness, 4, bytes(32), old=4) == 409
    assert submit(witness, 2, bytes(32), old=4) == 400
    assert submit(witness, 11, at11.root, old=4, proof=proof) == 200
    assert submit(witness, 4, at4.root, old=4) == 409
    assert witness.seen()[log.origin()] == (11, at11.root)
    assert witness.add_checkpoint("gibberish").status == 400
    stranger = sign_note(Head(log.origin(), 12, bytes(32)).to_text(), SigningKey(log.origin(), bytes(32)))
    assert witness.add_checkpoint(request_text(11, (), stranger)).status == 403


def test_a_log_that_lost_entries_is_refused_and_told_so(fill: Fill, url: str, witness: Witness) -> None:
    fill(4)
    assert submit(witness, 99, bytes(32)) == 200
    with pytest.raises(anchors.AnchorRefused, match="rolled-back"):
        ask(url)


def test_racing_submissions_never_make_the_witness_forget(fill: Fill, witness: Witness) -> None:
    fill(57)
    sizes = [4, 11, 26, 57]
    assert submit(witness, 1, log.checkpoint_at(1).root) == 200
    bodies = [
        request_text(old, log.consistency(old, size).hashes, log.checkpoint_at(size).note)
        for old in [1, *sizes]
        for size in sizes
        if old < size
    ]
    seen: list[int] = []

    def worker(body: str) -> None:
        for _ in range(20):
            witness.add_checkpoint(body)
            seen.append(witness.seen()[log.origin()][0])

    threads = [threading.Thread(target=worker, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert witness.seen()[log.origin()][0] == 57
    assert sorted(set(seen))[0] >= 1
