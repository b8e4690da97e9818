"""Whatever honest people do to a ledger, no verifier cries wolf: seeded runs of everything that may happen."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction

from audit.ledger import counting, doctor, log, removal, sequencing
from audit.ledger.bundle import verify_bundle
from tests.audit.ledger.bundles import make, offline
from tests.audit.ledger.conftest import ACTOR, draft, sequence
from tests.scale import SEED, count

SECOND = UUID("01900000-0000-7000-8000-000000000002")


def now() -> datetime:
    return datetime.now(UTC)


class Life:
    """One ledger lived at random; ``notes`` are what outsiders were given along the way."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.subjects = [UUID(int=(seed + 1) * 1000 + i) for i in range(4)]
        self.notes: list[str] = []
        self.holds: list[removal.Hold] = []
        self.number = 0

    def step(self) -> None:
        deeds = [self.append, self.append, self.append, self.old, self.fail, self.crash, self.erase]
        self.chance.choice([*deeds, self.prune, self.hold, self.lift, self.hand_out, self.forget])()
        if self.chance.random() < 0.7:
            sequence()

    def drafts(self) -> list[log.Draft]:
        made = []
        for _ in range(self.chance.choice([1, 2, 7, 60, 300])):
            self.number += 1
            subject = self.chance.choice([None, None, *self.subjects])
            payload = self.chance.choice([None, b'{"n":%d}' % self.number])
            stream = self.chance.choice(["events", "register"])
            made.append(draft(self.number, subject=subject, payload=payload, stream=stream))
        return made

    def append(self) -> None:
        with transaction.atomic():
            log.append(self.drafts(), at=now())

    def old(self) -> None:
        with log.replaying_clock("example"), transaction.atomic():
            log.append(self.drafts(), at=now() - timedelta(days=self.chance.choice([30, 400, 900])))

    def fail(self) -> None:
        with pytest.raises(ConnectionError), transaction.atomic():
            log.append(self.drafts(), at=now())
            raise ConnectionError

    def crash(self) -> None:
        """The signer dies in the middle of a step."""
        signer = sequencing.sign_note
        sequencing.sign_note = lambda *_, **__: (_ for _ in ()).throw(ConnectionError())  # type: ignore[assignment]
        try:
            with transaction.atomic():
                log.append(self.drafts(), at=now())
                log.integrate(at=now())
        except ConnectionError:
            pass
        finally:
            sequencing.sign_note = signer

    def erase(self) -> None:
        subject = self.chance.choice(self.subjects)
        with suppress(removal.OnHold, log.NotSequenced):
            removal.erase_subject(actor=ACTOR, second=SECOND, at=now(), subject=subject, reason="request")

    def prune(self) -> None:
        months, stream = self.chance.choice([6, 12, 24]), self.chance.choice(["events", "register"])
        with suppress(removal.OnHold):
            removal.prune(actor=ACTOR, second=SECOND, at=now(), stream=stream, reason="r", keep_months=months)

    def hold(self) -> None:
        scope = self.chance.choice([{"stream": "events"}, {"subject": self.subjects[0]}, {}])
        self.holds.append(removal.place_hold(actor=ACTOR, at=now(), reason="court", **scope))  # type: ignore[arg-type]

    def lift(self) -> None:
        if self.holds:
            removal.lift_hold(actor=ACTOR, second=SECOND, at=now(), hold=self.holds.pop(), reason="over")

    def hand_out(self) -> None:
        last = log.latest_checkpoint()
        if last:
            self.notes.append(last.note)

    def forget(self) -> None:
        """Another process takes over: it knows nothing but the database."""
        sequencing._edge = None


@pytest.mark.django_db
@pytest.mark.parametrize("run", range(count(100, at_least=4)))
def test_an_honest_life_never_raises_an_alarm(run: int, tmp_path: Path) -> None:
    life = Life(SEED + run)
    life.append()
    for _ in range(25):
        life.step()
    sequence()
    path = make(tmp_path / "b.zip")
    outcome = verify_bundle(path, checkpoints=life.notes, vkeys=[str(log.vkey())])
    assert str(outcome.verdict) in {"OK", "OK-WITH-GAPS"}, outcome.summary
    gone = outcome.figures["payloads"]["removed"]
    assert gone == sum(act.total for act in counting.acts())
    assert (str(outcome.verdict) == "OK") == (gone == 0)
    found = doctor.examine()
    assert found.exit_code == 0, found.summary
    if run % 5 == 0:
        agreed = offline(path, checkpoints=life.notes, vkeys=[str(log.vkey())])
        assert agreed == (str(outcome.verdict), outcome.exit_code)
