"""People and access on screen: invite, sign in, roles, lost passwords, closing an account with a hand-over, keys."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.keys import KeyRefused, authenticate
from audit.models import ApiKey
from governance.access import Invalid, NotAllowed, roles_of
from governance.handover import close_account, holdings
from governance.models import Membership, Person, User
from governance.register.accounts import change_roles, choose_password, invite, new_link
from tests.cast import Cast, a_committee, a_use_case
from tests.governance.web.conftest import SignIn

pytestmark = pytest.mark.django_db
PASSWORD = "quite a long password 7"


def copied(page: str) -> str:
    found = re.search(r'data-copy="([^"]+)"', page)
    assert found, page
    return found[1]


def test_somebody_is_invited_chooses_a_password_and_signs_in_once(cast: Cast, sign_in: SignIn) -> None:
    admin = sign_in(cast.adam)
    form = {"name": "Nora New", "email": "Nora@Example.org", "roles": ["reviewer"], "function": "Clerk"}
    link = copied(admin.post("/administration/people/new/", form).content.decode())
    nora = User.objects.get(email="nora@example.org")
    assert roles_of(nora) == {"reviewer"}
    assert Person.objects.get(user=nora).pseudonym
    path = link.split("testserver", 1)[1]
    visitor = Client()
    assert visitor.get(path).status_code == 200
    assert visitor.post(path, {"password": "short"}).status_code == 422
    assert visitor.post(path, {"password": PASSWORD}).status_code == 302
    assert visitor.post(path, {"password": PASSWORD + "x"}).status_code == 404
    assert visitor.post("/accounts/login/", {"login": "nora@example.org", "password": PASSWORD}).status_code == 302
    assert visitor.get("/").status_code == 200
    assert admin.post("/administration/people/new/", form).status_code == 422


def test_a_forged_link_leads_nowhere(cast: Cast) -> None:
    for path in (f"/welcome/{cast.anna.pk.hex}/x-y/", "/welcome/zzz/x-y/", f"/welcome/{cast.anna.pk.hex}/a/"):
        assert Client().get(path).status_code == 404


def test_only_administrators_make_accounts_and_the_last_one_stays(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    with pytest.raises(NotAllowed):
        invite(actor=cast.anna, at=now, email="x@example.org", name="X")
    with pytest.raises(Invalid):
        change_roles(actor=cast.adam, at=now, user=cast.adam, roles=[], administrator=False)
    for name in ("anna", "otto", "eve"):
        client = sign_in(getattr(cast, name))
        for path in ("people/", "people/new/", f"people/{cast.adam.pk}/", "roles/", "keys/", "keys/new/"):
            assert client.get(f"/administration/{path}").status_code == 404, (name, path)


def test_a_new_link_ends_the_old_password(cast: Cast) -> None:
    path = new_link(actor=cast.adam, at=timezone.now(), user=cast.rita)
    cast.rita.refresh_from_db()
    assert not cast.rita.has_usable_password()
    _empty, _welcome, uid, token, _end = path.split("/")
    choose_password(at=timezone.now(), uid=uid, token=token, password=PASSWORD)
    with pytest.raises(NotAllowed):
        choose_password(at=timezone.now(), uid=uid, token=token, password=PASSWORD)


def test_roles_change_on_screen(cast: Cast, sign_in: SignIn) -> None:
    admin = sign_in(cast.adam)
    url = f"/administration/people/{cast.eve.pk}/"
    assert admin.get(url).status_code == 200
    assert admin.post(url + "roles/", {"roles": ["auditor", "legal"]}).status_code == 302
    assert roles_of(User.objects.get(pk=cast.eve.pk)) == {"auditor", "legal"}
    assert admin.post(url + "roles/", {"roles": ["king"]}).status_code == 422
    assert "Auditor" in admin.get("/administration/roles/").content.decode()


def test_closing_an_account_hands_everything_over_and_ends_the_session(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    a_committee(cast)
    admin, olga = sign_in(cast.adam), sign_in(cast.olga)
    assert olga.get(f"/register/{case.ref}/").status_code == 200
    url = f"/administration/people/{cast.olga.pk}/close/"
    assert admin.post(url, {"reason": "Left."}).status_code == 422
    assert admin.post(url, {"reason": "Left.", "successor": cast.people["rita"].ref}).status_code == 302
    case.refresh_from_db()
    assert case.owner == cast.people["rita"]
    assert olga.get(f"/register/{case.ref}/").status_code == 302
    assert not holdings(Person.objects.get(pk=cast.people["olga"].pk)).needs_successor
    carl = close_account(actor=cast.adam, at=timezone.now(), user=cast.carl, successor=None, reason="Left.")
    assert len(carl.seats) == 1
    assert not Membership.objects.filter(person=cast.people["carl"], term_until__isnull=True).exists()
    page = admin.post(f"/administration/people/{cast.olga.pk}/reopen/").content.decode()
    assert "/welcome/" in copied(page)
    assert roles_of(User.objects.get(pk=cast.olga.pk)) == frozenset()


def test_nobody_closes_their_own_account(cast: Cast) -> None:
    with pytest.raises(Invalid):
        close_account(actor=cast.adam, at=timezone.now(), user=cast.adam, successor=None, reason="Tired.")


def test_a_key_is_issued_shown_once_followed_and_revoked(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    admin = sign_in(cast.adam)
    form = {"label": "Production", "use_cases": [case.ref], "scopes": ["events:write"], "sources": "/my/system"}
    assert admin.post("/administration/keys/new/", {**form, "sources": ""}).status_code == 422
    page = admin.post("/administration/keys/new/", form)
    secret = copied(page.content.decode())
    assert page["Cache-Control"] == "no-store"
    key = ApiKey.objects.get()
    assert authenticate(secret, at=timezone.now()).public_id == key.public_id
    assert secret not in admin.get(f"/administration/keys/{key.pk}/").content.decode()
    following = copied(admin.post(f"/administration/keys/{key.pk}/rotate/").content.decode())
    assert following != secret
    admin.post(f"/administration/keys/{key.pk}/revoke/")
    with pytest.raises(KeyRefused):
        authenticate(secret, at=timezone.now())
    authenticate(following, at=timezone.now())


def test_an_integrator_makes_keys_for_what_they_see_and_nothing_else(cast: Cast, sign_in: SignIn) -> None:
    mine, other = a_use_case(cast), a_use_case(cast, key="other", owner=cast.people["rita"])
    change_roles(actor=cast.adam, at=timezone.now(), user=cast.olga, roles=["integrator"])
    client = sign_in(cast.olga)
    form = {"label": "L", "scopes": ["events:write"], "sources": "/s"}
    assert client.post("/administration/keys/new/", {**form, "use_cases": [other.ref]}).status_code == 422
    assert client.post("/administration/keys/new/", {**form, "use_cases": [mine.ref]}).status_code == 200
    foreign = sign_in(cast.adam).post("/administration/keys/new/", {**form, "use_cases": [other.ref]})
    assert foreign.status_code == 200
    hidden = ApiKey.objects.get(use_cases=other)
    assert client.get(f"/administration/keys/{hidden.pk}/").status_code == 404
    assert client.post(f"/administration/keys/{hidden.pk}/revoke/").status_code == 404
