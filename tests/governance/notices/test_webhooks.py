"""Other systems are told by Standard Webhooks: signed, once per occasion, tried again, never to a wrong address."""

import base64
import hashlib
import hmac
import ipaddress
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import override_settings

from audit.ledger import log
from governance.access import Invalid, NotAllowed
from governance.models import Notice, UseCase, WebhookDelivery, WebhookEndpoint
from governance.notices import publish, signing
from governance.notices.address import AddressRefused, check_form, post, resolve
from governance.notices.endpoints import add_endpoint, change_secret, disable, enable
from governance.notices.outbox import DISABLE_AFTER, PAUSES, deliver, due
from governance.notices.signing import sign
from tests.cast import Cast, a_use_case, assemble

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INSIDE = [ipaddress.ip_network("127.0.0.0/8")]


class Receiver(ThreadingHTTPServer):
    """What another organisation runs: keeps what it gets and answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = 200
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
        self.send_response(self.server.answer)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with override_settings(WEBHOOK_NETWORKS=INSIDE):
        yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with log.replaying_clock("tests"):
        yield assemble(at=NOON - timedelta(days=1))


@pytest.fixture
def use_case(cast: Cast) -> UseCase:
    return a_use_case(cast, at=NOON - timedelta(days=1))


def listen(cast: Cast, use_case: UseCase, url: str) -> tuple[WebhookEndpoint, str]:
    return add_endpoint(
        label="Payments", url=url, use_cases=[use_case], kinds=["gate.decided"], actor=cast.adam, at=NOON
    )


def say(use_case: UseCase, key: str = "m-1", kind: str = "gate.decided", at: datetime = NOON) -> int:
    return publish(use_case=use_case, kind=kind, data={"state": "approved", "name": "Ā"}, at=at, key=key)


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As the other side checks it, from the specification's words."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{right}" in headers["webhook-signature"].split(" ")


def test_the_signature_is_the_one_of_the_specifications_example() -> None:
    signature = sign(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp="1614265330",
        body=b'{"test": 2432232314}',
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_delivered_signed_and_once(cast: Cast, use_case: UseCase, receiver: Receiver) -> None:
    _, secret = listen(cast, use_case, receiver.url)
    assert (say(use_case), say(use_case), say(use_case, key="m-2", kind="control.changed")) == (1, 0, 0)
    [delivery] = due(NOON)
    assert (deliver(delivery, at=NOON), deliver(delivery, at=NOON)) == ("delivered", "delivered")
    [(headers, body)] = receiver.got
    assert is_signed(headers, body, secret)
    assert not is_signed(headers, body + b" ", secret)
    assert headers["webhook-id"] == "m-1"
    assert "Ā".encode() in body


def test_a_changed_secret_signs_beside_the_old_one_for_a_day(cast: Cast, use_case: UseCase, receiver: Receiver) -> None:
    endpoint, old = listen(cast, use_case, receiver.url)
    new = change_secret(endpoint=endpoint, actor=cast.adam, at=NOON)
    for key, at in (("m-1", NOON), ("m-2", NOON + timedelta(hours=25))):
        say(use_case, key=key, at=at)
        deliver(due(at)[0], at=at)
    (first, body), (second, later) = receiver.got
    assert is_signed(first, body, old)
    assert is_signed(first, body, new)
    assert is_signed(second, later, new)
    assert not is_signed(second, later, old)


def test_secrets_are_not_stored_as_they_are(cast: Cast, use_case: UseCase, receiver: Receiver) -> None:
    endpoint, secret = listen(cast, use_case, receiver.url)
    assert secret.removeprefix("whsec_") not in endpoint.sealed_secret
    assert signing.unseal(endpoint.sealed_secret) == secret
    with (
        override_settings(SECRET_KEY="another key of this installation, long enough"),
        pytest.raises(signing.SecretLost),
    ):
        signing.unseal(endpoint.sealed_secret)


def test_a_failed_attempt_waits_longer_each_time_and_ends(cast: Cast, use_case: UseCase, receiver: Receiver) -> None:
    endpoint, _ = listen(cast, use_case, receiver.url)
    receiver.answer = 500
    say(use_case)
    [delivery] = due(NOON)
    at = NOON
    for pause in PAUSES:
        assert deliver(delivery, at=at) == "waiting"
        assert due(at + pause - timedelta(seconds=1)) == []
        at += pause
    assert deliver(delivery, at=at) == "failed"
    endpoint.refresh_from_db()
    assert endpoint.disabled_at == at
    assert len(receiver.got) == len(PAUSES) + 1
    assert say(use_case, key="m-2") == 0  # nothing more is written for it


def test_many_failures_in_a_row_disable_and_are_told(cast: Cast, use_case: UseCase, receiver: Receiver) -> None:
    endpoint, _ = listen(cast, use_case, receiver.url)
    receiver.answer = 302  # a redirect is not followed and is no success
    for number in range(DISABLE_AFTER):
        say(use_case, key=f"m-{number}")
        deliver(WebhookDelivery.objects.get(message_id=f"m-{number}").pk, at=NOON)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at == NOON
    assert Notice.objects.filter(kind="webhook").count() == 0  # Adam is no person of the register
    enable(endpoint=endpoint, actor=cast.adam, at=NOON)
    receiver.answer = 200
    say(use_case, key="again")
    assert deliver(WebhookDelivery.objects.get(message_id="again").pk, at=NOON) == "delivered"


def test_gone_is_believed_at_once(cast: Cast, use_case: UseCase, receiver: Receiver) -> None:
    endpoint, _ = listen(cast, use_case, receiver.url)
    receiver.answer = 410
    say(use_case)
    assert deliver(due(NOON)[0], at=NOON) == "failed"
    endpoint.refresh_from_db()
    assert endpoint.disabled_at == NOON


def test_one_success_forgets_failures(cast: Cast, use_case: UseCase, receiver: Receiver) -> None:
    endpoint, _ = listen(cast, use_case, receiver.url)
    receiver.answer = 503
    say(use_case)
    [delivery] = due(NOON)
    deliver(delivery, at=NOON)
    receiver.answer = 204
    assert deliver(delivery, at=NOON + PAUSES[0]) == "delivered"
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://[2002:7f00:1::]/",
        "https://224.0.0.1/",
        "http://93.184.216.34/",  # public, but not encrypted
    ],
)
def test_inside_addresses_are_refused_unless_named(url: str) -> None:
    with pytest.raises((AddressRefused, OSError)):
        post(url, b"{}", {})


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "https://user:pass@example.org/", "example.org", "https:///x", "https://a:99999/"]
)
def test_what_is_no_address_is_said_so(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_form(url)


def test_a_name_with_one_inside_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: answers)
    with pytest.raises(AddressRefused):
        resolve(check_form("https://two-faced.example/"))


def test_only_administrators_set_up_webhooks_and_errors_name_the_field(
    cast: Cast, use_case: UseCase, receiver: Receiver
) -> None:
    given: dict[str, Any] = {"label": "x", "url": receiver.url, "use_cases": [use_case], "kinds": ["gate.decided"]}
    with pytest.raises(NotAllowed):
        add_endpoint(**given, actor=cast.anna, at=NOON)
    for field, wrong in {"label": " ", "url": "https://10.0.0.1/", "use_cases": [], "kinds": ["everything"]}.items():
        with pytest.raises(Invalid) as refused:
            add_endpoint(**{**given, field: wrong}, actor=cast.adam, at=NOON)
        assert refused.value.data["field"] == field
    endpoint, _ = add_endpoint(**given, actor=cast.adam, at=NOON)
    disable(endpoint=endpoint, actor=cast.adam, at=NOON)
    assert say(use_case) == 0
