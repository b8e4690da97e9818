"""Ten thousand malformed bodies at every door for events: 4xx or a verdict per event, never 5xx, never a traceback."""

import json
import random

import pytest

from audit.models import Event
from tests import scale
from tests.audit.events.samples import dump, event, executed, proposed, reviewed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls"), pytest.mark.slow]
BODIES = scale.count(10_000)
GOOD = [
    proposed(),
    reviewed(),
    executed(),
    event("heartbeat"),
    event("group", data={"subject_ref": "s", "attributes": {}}),
]
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
POISON = [
    b"\\u0000", b"\\ud800", b"\xff\xfe", b"NaN", b"1e400", b"-Infinity", b"[" * 5000, b"{" * 5000, b'"', b"\\", b"\x00",
    b"9" * 5000, b'"id":"x","id":"y"', b"\xed\xa0\x80", b"null", b"\r\n\r\n", b"\xef\xbb\xbf",
]  # fmt: skip


def mangled(dice: random.Random) -> tuple[bytes, str]:
    """A body that was good once: cut, swapped, poisoned, doubled or given another type at random places."""
    chosen = dice.sample(GOOD, dice.randint(1, 3))
    media = dice.choice([STRUCTURED, BATCH, "application/x-ndjson", "application/json", "text/plain", ""])
    body = bytearray(dump(chosen[0]) if media == STRUCTURED else dump(chosen))
    if media == "application/x-ndjson":
        body = bytearray(b"\n".join(dump(each) for each in chosen))
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(body) + 1)
        act = dice.randrange(5)
        if act == 0:
            del body[place:]
        elif act == 1:
            body[place:place] = dice.choice(POISON)
        elif act == 2 and place < len(body):
            body[place] = dice.randrange(256)
        elif act == 3:
            body[place : place + dice.randint(1, 40)] = b""
        else:
            wrong = dice.choice([b"5", b"true", b"[]", b"{}", b"null", b'""', b"-1", b"1.5"])
            body = bytearray(bytes(body).replace(dice.choice([b'"LN-1"', b'"1.0"', b'"proposed"', b"{"]), wrong, 1))
    return bytes(body), media


def test_ten_thousand_malformed_bodies(send, client, key):
    dice = random.Random(scale.SEED)
    statuses: dict[int, int] = {}
    taken = 0
    for number in range(BODIES):
        body, media = mangled(dice)
        if number % 5 == 4:
            media = dice.choice(["application/json", "application/x-protobuf"])
            answer = client.post("/v1/logs", body, content_type=media, headers={"Authorization": f"Bearer {key}"})
        else:
            answer = client.post("/api/v1/events", body, content_type=media, headers={"Authorization": f"Bearer {key}"})
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, (body, media, answer.content)
        assert b"Traceback" not in answer.content
        taken += _new(answer)
    print(f"\n{BODIES} bodies: {dict(sorted(statuses.items()))}")
    assert Event.objects.filter(source="/lending/prod/scorer").count() <= taken
    assert sum(count for status, count in statuses.items() if 400 <= status < 500) > BODIES / 3


def _new(answer) -> int:
    """How many events the answer says are stored for the first time."""
    if not answer.headers["Content-Type"].startswith("application/json"):
        return 0
    body = json.loads(answer.content)
    if "items" in body:
        return sum(item["status"] == 201 for item in body["items"])
    return int(answer.status_code == 201)
