"""Which addresses a webhook may go to, and a connection that goes there and nowhere else.

A name is looked up once; every address it has must be public or lie in a network the operator named
(``CUSTODES_WEBHOOK_NETWORKS``); the connection is made to the address that was checked, so a name that changes
its mind between check and connection gains nothing. Redirects are not followed.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT = 10.0  # seconds, for connecting and for each read
MOST_READ = 64 * 1024

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(ValueError):
    """The address is not one a webhook may go to; the message says why."""

    code = "webhook_address_refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side answered."""

    status: int


def check_form(url: str) -> SplitResult:
    """Return the parts of ``url``; raises :class:`AddressRefused` for what can never be right, without a look-up."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("The address is not a URL.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise AddressRefused("Give a full address such as https://example.org/hooks/custodes.")
    if parts.username or parts.password:
        raise AddressRefused("The address must not hold a user name or password.")
    if parts.fragment:
        raise AddressRefused("The address must not have a part after #.")
    return parts


def resolve(parts: SplitResult) -> tuple[IPAddress, int]:
    """Return the address and port to connect to; raises :class:`AddressRefused` and ``OSError``."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [_plain(ipaddress.ip_address(str(each[4][0]).partition("%")[0])) for each in found]
    for address in addresses:
        _check(address, parts.scheme)
    return addresses[0], port


def _check(address: IPAddress, scheme: str) -> None:
    named = any(address in network for network in settings.WEBHOOK_NETWORKS)
    if not named and (not address.is_global or address.is_multicast):
        raise AddressRefused(
            f"{address} is not a public address; the operator can allow its network with CUSTODES_WEBHOOK_NETWORKS."
        )
    if not named and scheme != "https":
        raise AddressRefused("Outside the networks named in CUSTODES_WEBHOOK_NETWORKS only https is used.")


def _plain(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv6 one, where there is one: ::ffff:127.0.0.1 is 127.0.0.1."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        return inner or address
    return address


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST ``body``; raises :class:`AddressRefused`, ``OSError`` and ``http.client.HTTPException``."""
    parts = check_form(url)
    address, port = resolve(parts)
    connection = _Pinned(parts, address, port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_READ)
        return Answer(answer.status)
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one checked address; the name is still what the certificate is checked against."""

    def __init__(self, parts: SplitResult, address: IPAddress, port: int) -> None:
        super().__init__(parts.hostname or "", port, timeout=TIMEOUT)
        self._address = str(address)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        if self._tls is not None:
            self.default_port = 443

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
