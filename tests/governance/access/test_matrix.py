"""The access matrix: every role and key at every address, read and write, against answers written down beforehand.

A new address without a row in ``matrix.py`` fails here; the failure prints what it answers now, to be judged and
written down.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import Cast
from tests.governance.access.matrix import NOT_OURS, OPEN_DOORS, ROWS, UNNAMED
from tests.governance.access.principals import KEYS, PEOPLE, House, furnish
from tests.governance.web.stage import set_stage

LETTERS = {200: "2", 201: "2", 202: "2", 301: "3", 302: "3", 304: "3", 400: "B", 401: "U", 403: "F", 404: "4", 405: "M",
           406: "B", 409: "B", 410: "B", 415: "B", 422: "B", 428: "B", 429: "B", 503: "B"}  # fmt: skip


def addresses() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every named address of the installation: name, its converters, and whether it belongs to the API."""

    def walk(resolver: Any, prefix: str) -> Iterator[tuple[str, dict[str, Any], str]]:
        for each in resolver.url_patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each, route)
            elif isinstance(each, URLPattern):
                yield each.name or route, dict(each.pattern.converters), route

    for name, converters, route in walk(get_resolver(), ""):
        if not route.startswith(NOT_OURS):
            yield name, converters, route.startswith(("api/", "v1/"))


def written() -> dict[tuple[str, str], str]:
    """The rows by name and method, as one string of letters."""
    found = {}
    for line in ROWS.strip().splitlines():
        name, method, *letters = line.split()
        assert (name, method) not in found, f"{name} {method} stands in the matrix twice"
        found[(name, method)] = "".join(letters)
    return found


LEAD = "lead"
REVIEWER = b"rev-1"  # who did every review of the stage; nobody signed in there is that person


def names_a_reviewer(answer: Any) -> bool:
    """Whether a page, a file or an answer of the API tells which person reviewed."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return REVIEWER in body


@pytest.fixture
def house(cast: Cast) -> House:
    return furnish(set_stage(cast, decisions=6))


def ask(house: House, method: str, path: str, principal: str) -> str:
    """What ``principal`` gets; whatever it changes is taken back."""
    client = house.clients.get(principal, house.clients["anonymous"])
    headers = {"Authorization": f"Bearer {house.tokens[principal]}"} if principal in KEYS else {}
    with transaction.atomic():
        if method == "GET":
            answer = client.get(path, headers=headers)
        else:
            send = client.post if method == "POST" else client.patch
            answer = send(path, data="{}" if "/api/" in path else {}, headers=headers,
                          **({"content_type": "application/json"} if "/api/" in path else {}))  # fmt: skip
        transaction.set_rollback(True)
    if answer.status_code == 302 and "/accounts/login/" in answer["Location"]:
        return "L"
    if principal != LEAD and names_a_reviewer(answer):
        return "[names a reviewer]"
    return LETTERS.get(answer.status_code, f"[{answer.status_code}]")


def observed(house: House, name: str, converters: dict[str, Any], method: str, *, api: bool) -> str:
    """One row as it is now."""
    path = reverse(name, kwargs=house.arguments(name, converters))
    asking = [*PEOPLE, *KEYS] if api else list(PEOPLE)
    return "".join(ask(house, method, path, principal) for principal in asking)


def test_no_address_is_missing_and_no_row_is_left_over() -> None:
    known = {name for name, _method in written()} | UNNAMED
    names = {name for name, _converters, _api in addresses()}
    assert not names - known, f"write rows for {sorted(names - known)} into tests/governance/access/matrix.py"
    assert not known - names, f"no such address any more: {sorted(known - names)}"
    missing = [
        (name, method) for name in names - UNNAMED for method in ("GET", "POST") if (name, method) not in written()
    ]
    assert not missing, f"both methods are written down: {missing}"


def test_every_address_that_takes_a_patch_has_a_row_for_it() -> None:
    def views(resolver: Any) -> Iterator[tuple[str, Any]]:
        for each in resolver.url_patterns:
            if isinstance(each, URLResolver):
                yield from views(each)
            else:
                yield each.name, getattr(each.callback, "view_class", None)

    taking = {name for name, view in views(get_resolver()) if name and hasattr(view, "patch")}
    assert taking == {name for name, method in written() if method == "PATCH"}


def test_every_row_denies_strangers() -> None:
    open_doors = {
        (name, method)
        for (name, method), letters in written().items()
        if letters[0] not in "LUF4M" and name not in OPEN_DOORS
    }
    assert not open_doors


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_every_principal_at_every_address(house: House, method: str) -> None:
    rows, wrong = written(), []
    for name, converters, api in addresses():
        if name in UNNAMED or (method == "PATCH" and (name, method) not in rows):
            continue
        found = observed(house, name, converters, method, api=api)
        expected = rows.get((name, method), "missing")
        if found != expected:
            wrong.append(f"{name} {method} {found}   # written down: {expected}")
    assert not wrong, "\n" + "\n".join(wrong)
