"""Writing the register over the API: the verbs of the pages, by version, within what key and person may."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.api.register_requests import etag
from audit.api.views.register import whole_json
from audit.events.keys import issue_key
from audit.models import ApiKey
from governance.models import Change, UseCase
from governance.register import change_lifecycle, edit_use_case
from tests.audit.events.samples import SOURCE
from tests.cast import Cast, a_use_case

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
NEW = {
    "key": "cv-ranking",
    "name": "Ranking of applications",
    "purpose": "Orders applications so that people read the likeliest first.",
    "unit": "Benefits",
    "roles": ["deployer"],
    "countries": ["DE"],
    "first_use": "2026-12-01",
    "decisions_per_day": 40,
}


@pytest.fixture
def call(client: Client, cast: Cast) -> Any:
    """Call with a key made by ``who`` for ``cases``."""

    def by(
        who: Any, method: str, path: str, body: Any, *, cases: Any, scopes: Any = ("register:write",), **headers: Any
    ) -> Any:
        _, text = issue_key(
            use_cases=cases, sources=[SOURCE], scopes=scopes, label="writer", actor=who, at=timezone.now()
        )
        return client.generic(
            method, f"/api/v1/{path}", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {text}", **headers},
        )  # fmt: skip

    return by


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_an_entry_is_made_read_and_changed_by_its_version(call: Any, cast: Cast) -> None:
    old = a_use_case(cast)
    body = {**NEW, "owner": cast.people["olga"].ref, "systems": [old.systems.get().ref]}
    made = call(cast.anna, "POST", "use-cases", body, cases=[old])
    assert made.status_code == 201, made.content
    case = UseCase.objects.get(key="cv-ranking")
    assert made["Location"] == f"/api/v1/use-cases/{case.ref}"
    assert made.json()["owner"] == cast.people["olga"].ref
    assert (case.lifecycle, case.decisions_per_day, case.countries) == ("planned", 40, ["DE"])
    path, tag = f"use-cases/{case.ref}", made["ETag"]
    changed = call(cast.anna, "PATCH", path, {"name": "Ranking"}, cases=[case], **{"If-Match": tag})
    assert changed.status_code == 200, changed.content
    assert changed["ETag"] != tag
    stale = call(cast.anna, "PATCH", path, {"sector": "hiring"}, cases=[case], **{"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed")
    without = call(cast.anna, "PATCH", path, {"sector": "hiring"}, cases=[case])
    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    case.refresh_from_db()
    assert (case.name, case.sector) == ("Ranking", "")
    actions = list(Change.objects.filter(object_id=case.pk).order_by("pk").values_list("action", flat=True))
    assert actions == ["register.use_case.submitted", "register.use_case.edited"]


def test_the_key_speaks_for_what_it_registered_and_for_nothing_more(call: Any, cast: Cast) -> None:
    old, other = a_use_case(cast), a_use_case(cast, key="other")
    call(cast.anna, "POST", "use-cases", {**NEW, "owner": cast.people["olga"].ref}, cases=[old])
    key = ApiKey.objects.get()
    assert set(key.use_cases.values_list("key", flat=True)) == {old.key, "cv-ranking"}
    assert Change.objects.filter(action="audit.api_key.widened", object_id=key.pk).count() == 1
    answer = call(cast.anna, "PATCH", f"use-cases/{other.ref}", {"name": "X"}, cases=[old], **{"If-Match": "*"})
    assert answer.status_code == 403


def test_every_change_moves_the_version_whoever_makes_it(cast: Cast) -> None:
    case, at = a_use_case(cast), timezone.now()
    seen = [etag(whole_json(case))]
    edit_use_case(actor=cast.anna, at=at, use_case=case, changes={"sector": "work"})
    seen.append(etag(whole_json(UseCase.objects.get(pk=case.pk))))
    change_lifecycle(actor=cast.anna, at=at, use_case=case, to="retired", reason="Over.")
    seen.append(etag(whole_json(UseCase.objects.get(pk=case.pk))))
    assert len(set(seen)) == 3


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"key": "No!"}, "/key"), ({"name": ""}, "/name"), ({"owner": "P-9999"}, "/owner"),
        ({"unit": "Nowhere"}, "/unit"),
        ({"roles": ["king"]}, "/roles"), ({"systems": ["SYS-9999"]}, "/systems"), ({"mode": "HITL"}, "/mode"),
        ({"countries": ["Germany"]}, "/countries/0"), ({"effect": "grave"}, "/effect"), ({"name": "x\x00"}, "/name"),
        ({"decisions_per_day": -1}, "/decisions_per_day"), ({"first_use": "tomorrow"}, "/first_use"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_by_field(call: Any, cast: Cast, wrong: dict[str, Any], pointer: str) -> None:
    case = a_use_case(cast)
    answer = call(cast.anna, "POST", "use-cases", {**NEW, "owner": cast.people["olga"].ref, **wrong}, cases=[case])
    assert answer.status_code == 422, answer.content
    assert answer.json()["pointer"] == pointer
    assert UseCase.objects.count() == 1


def test_who_may_not_register_may_not_by_key_either(call: Any, cast: Cast) -> None:
    case = a_use_case(cast)
    body = {**NEW, "owner": cast.people["olga"].ref}
    for who in (cast.olga, cast.otto, cast.carl, cast.rita, cast.adam):
        assert call(who, "POST", "use-cases", body, cases=[case]).status_code == 403
        assert call(who, "POST", "systems", {"name": "S"}, cases=[case]).status_code == 403
    for scopes in (("register:read",), ("events:write",)):
        assert call(cast.anna, "POST", "use-cases", body, cases=[case], scopes=scopes).status_code == 403
        answer = call(
            cast.anna, "PATCH", f"use-cases/{case.ref}", {"name": "X"}, cases=[case], scopes=scopes, **{"If-Match": "*"}
        )
        assert answer.status_code == 403
    mine = call(cast.olga, "PATCH", f"use-cases/{case.ref}", {"sector": "work"}, cases=[case], **{"If-Match": "*"})
    assert mine.status_code == 200, "the owner changes what is theirs"
    cast.anna.is_active = False
    cast.anna.save()
    answer = call(cast.anna, "PATCH", f"use-cases/{case.ref}", {"name": "X"}, cases=[case], **{"If-Match": "*"})
    assert answer.status_code == 403


def test_a_key_that_only_sends_events_reads_no_more_than_before(call: Any, cast: Cast) -> None:
    case = a_use_case(cast)
    short = call(cast.anna, "GET", f"use-cases/{case.ref}", {}, cases=[case], scopes=("events:write",)).json()
    whole = call(cast.anna, "GET", f"use-cases/{case.ref}", {}, cases=[case], scopes=("register:read",)).json()
    assert "owner" not in short
    assert whole["owner"] == cast.people["olga"].ref


def test_people_write_with_their_session(cast: Cast) -> None:
    case = a_use_case(cast)
    anna, path = signed_in(cast.anna), f"/api/v1/use-cases/{case.ref}"
    tag = anna.get(path)["ETag"]
    patch = {"data": json.dumps({"purpose": "Another."}), "content_type": "application/json"}
    for user, expected in ((cast.otto, 403), (cast.eve, 404)):
        assert signed_in(user).patch(path, **patch, headers={"If-Match": tag}).status_code == expected
    assert anna.patch(path, **patch, headers={"If-Match": f'"x", {tag}'}).status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert strict.patch(path, **patch, headers={"If-Match": "*"}).status_code == 403


def test_a_system_is_entered_linked_and_changed(call: Any, cast: Cast) -> None:
    case = a_use_case(cast)
    made = call(
        cast.anna, "POST", "systems", {"name": "Ranker", "supplier": "Northlight", "version": "2"}, cases=[case]
    )
    assert made.status_code == 201, made.content
    ref, old = made.json()["ref"], case.systems.get().ref
    path = f"systems/{ref}"
    assert call(cast.anna, "PATCH", path, {"name": "R"}, cases=[case], **{"If-Match": "*"}).status_code == 403
    linked = call(
        cast.anna, "PATCH", f"use-cases/{case.ref}", {"systems": [old, ref]}, cases=[case], **{"If-Match": "*"}
    )
    assert linked.json()["systems"] == sorted([old, ref])
    tag = call(cast.anna, "GET", path, {}, cases=[case], scopes=("register:read",))["ETag"]
    changed = call(cast.anna, "PATCH", path, {"eu_database_id": "EU-1"}, cases=[case], **{"If-Match": tag})
    assert changed.json()["eu_database_id"] == "EU-1"
    assert Change.objects.filter(action="register.system.edited").count() == 1
    assert call(cast.anna, "PATCH", path, {"name": "R"}, cases=[case], **{"If-Match": tag}).status_code == 412
    assert call(cast.anna, "PATCH", path, {"version": "3"}, cases=[case], **{"If-Match": "*"}).status_code == 422


def test_nothing_is_half_written(call: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key cannot be widened: then there is no new entry either."""
    case = a_use_case(cast)
    trigger = {
        "sqlite": "CREATE TRIGGER no_widening BEFORE INSERT ON audit_api_key_use_cases "
        "WHEN (SELECT count(*) FROM audit_api_key_use_cases) > 0 BEGIN SELECT RAISE(ABORT, 'no'); END"
    }
    if connection.vendor not in trigger:
        pytest.skip("the trigger is written for SQLite")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE '%api%key%use%case%' AND type = 'table'")
        [(table,)] = cursor.fetchall()
        cursor.execute(trigger["sqlite"].replace("audit_api_key_use_cases", table))
    client = Client(raise_request_exception=False)
    _, text = issue_key(
        use_cases=[case], sources=[SOURCE], scopes=["register:write"], label="w", actor=cast.anna, at=timezone.now()
    )
    body = json.dumps({**NEW, "owner": cast.people["olga"].ref})
    answer = client.post(
        "/api/v1/use-cases", body, content_type="application/json", headers={"Authorization": f"Bearer {text}"}
    )
    assert answer.status_code == 500
    assert not UseCase.objects.filter(key="cv-ranking").exists()
