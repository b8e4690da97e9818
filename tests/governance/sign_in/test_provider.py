"""Signing in with the organisation's own provider: a real provider process, honest and lying."""

from typing import Any

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from governance.access import Invalid, NotAllowed, roles_of
from governance.handover import close_account
from governance.models import Change, Person, User
from governance.register.accounts import invite
from governance.register.provider_accounts import unlink
from tests.cast import PASSWORD, Cast
from tests.governance.sign_in.conftest import Door

pytestmark = pytest.mark.django_db
RITA = {"email": "rita@example.org", "name": "Rita"}


def actions(user: User) -> list[str]:
    rows = Change.objects.filter(object_type="user", object_id=user.pk).order_by("pk")
    return [row.action.removeprefix("access.account.") for row in rows]


def test_without_a_provider_there_is_no_such_door(db: None) -> None:
    visitor = Client()
    assert visitor.get("/accounts/oidc/login/").status_code == 404
    assert visitor.get("/accounts/oidc/login/callback/?code=x&state=y").status_code == 404
    assert "oidc" not in visitor.get("/accounts/login/").content.decode()


def test_an_invited_person_signs_in_and_is_known_by_the_subject_from_then_on(cast: Cast, door: Door) -> None:
    nora, _link = invite(actor=cast.adam, at=timezone.now(), email="nora@example.org", name="Nora", roles=["auditor"])
    assert "Sign in with House of keys" in door.client.get("/accounts/login/").content.decode()
    door.behave({"email": "Nora@Example.org"})
    answer = door.walk("?next=/register/")
    assert (answer.status_code, answer["Location"]) == (302, "/register/")
    assert door.signed_in() == str(nora.pk)
    assert actions(nora) == ["invited", "linked"]
    assert door.client.get("/register/").status_code == 200
    door.client.logout()
    door.behave({"email": "renamed@elsewhere.org", "email_verified": False})
    door.walk()
    assert door.signed_in() == str(nora.pk)
    assert SocialAccount.objects.get().extra_data == {"iss": door.issuer, "sub": "s-1"}


def test_pkce_nonce_and_the_public_address_are_sent_and_nothing_of_ours_can_be_bent(cast: Cast, door: Door) -> None:
    door.behave(RITA)
    door.leave("?auth_params=nonce%3Dmine%26prompt%3Dnone&scope=admin&process=connect&action=rerequest")
    asked = requests.get(f"{door.issuer}/asked", timeout=10).json()["asked"][-1]
    assert asked["nonce"] != "mine"
    assert len(asked["nonce"]) > 30
    assert "prompt" not in asked
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/accounts/oidc/login/callback/"


def test_who_was_not_invited_stays_outside(cast: Cast, door: Door) -> None:
    before = User.objects.count()
    door.behave({"email": "stranger@example.org"})
    answer = door.walk()
    assert answer.status_code == 403
    assert "invited" in answer.content.decode()
    assert door.signed_in() is None
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_a_named_domain_gets_an_account_without_any_role(cast: Cast, door: Door) -> None:
    door.terms(domains=frozenset({"example.org"}))
    door.behave({"email": "newcomer@example.org", "name": "New Comer"})
    assert door.walk().status_code == 302
    made = User.objects.get(email="newcomer@example.org")
    assert not roles_of(made)
    assert (made.is_administrator, made.has_usable_password()) == (False, False)
    assert Person.objects.get(user=made).name == "New Comer"
    assert actions(made) == ["arrived", "linked"]
    door.client.logout()
    for foreign in ("x@evil.org", "x@sub.example.org", "x@notexample.org", "example.org@evil.org"):
        door.behave({"email": foreign, "sub": foreign})
        assert door.walk().status_code == 403, foreign
        assert door.signed_in() is None


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1])
def test_an_unverified_address_never_takes_an_account_over(cast: Cast, door: Door, verified: object) -> None:
    door.terms(domains=frozenset({"example.org"}))
    door.behave({**RITA, "email_verified": verified})
    assert door.walk().status_code == 403
    assert door.signed_in() is None
    assert not SocialAccount.objects.exists()


TENANT = "3aa4a235-b6e2-48d5-9195-7fcf05b459b0"
SAID_NOTHING = {"email": "nora@example.org", "email_verified": None, "tid": TENANT}


def test_a_provider_of_the_house_that_says_nothing_of_addresses_opens_invitations_and_no_more(
    cast: Cast, door: Door
) -> None:
    """The attack called nOAuth: any address can be written into a profile of another tenant, or of a guest."""
    door.terms(domains=frozenset({"example.org"}), trusted=frozenset({"example.org"}), tenant=TENANT)
    nora, _link = invite(actor=cast.adam, at=timezone.now(), email="nora@example.org", name="Nora")
    attacks: dict[str, dict[str, Any]] = {
        "another tenant": {"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"},
        "no tenant": {"tid": None},
        "a guest": {"acct": 1},
        "a guest of another provider": {"idp": "https://sts.windows.net/elsewhere/"},
        "an address whose domain nobody proved": {"xms_edov": False},
        "said to be unverified": {"email_verified": False},
        "an address of another domain": {"email": "nora@evil.org"},
        "somebody with a password": {"email": "rita@example.org"},
        "nobody invited": {"email": "newcomer@example.org"},
    }
    for name, claims in attacks.items():
        door.behave({**SAID_NOTHING, **claims})
        assert door.walk().status_code == 403, name
        assert door.signed_in() is None, name
    assert not SocialAccount.objects.exists()
    door.behave(SAID_NOTHING)
    assert door.walk().status_code == 302
    assert door.signed_in() == str(nora.pk)
    door.client.logout()
    unlink(actor=cast.adam, at=timezone.now(), user=nora)
    door.behave({**SAID_NOTHING, "sub": "s-2"})
    assert door.walk().status_code == 403, "an account that was used needs the administrator"


def test_without_the_setting_silence_about_an_address_is_a_no(cast: Cast, door: Door) -> None:
    invite(actor=cast.adam, at=timezone.now(), email="nora@example.org", name="Nora")
    door.behave({"email": "nora@example.org", "email_verified": None})
    assert door.walk().status_code == 403
    assert door.signed_in() is None


def test_an_address_given_to_somebody_else_opens_nothing_until_the_administrator_says_so(
    cast: Cast, door: Door
) -> None:
    door.behave(RITA)
    door.walk()
    door.client.logout()
    door.behave({**RITA, "sub": "s-2"})
    assert door.walk().status_code == 403
    assert door.signed_in() is None
    with pytest.raises(NotAllowed):
        unlink(actor=cast.anna, at=timezone.now(), user=cast.rita)
    admin = Client()
    admin.force_login(cast.adam)
    page = admin.get(f"/administration/people/{cast.rita.pk}/").content.decode()
    assert "Take the link to the provider off" in page
    assert admin.post(f"/administration/people/{cast.rita.pk}/unlink/").status_code == 302
    with pytest.raises(Invalid):
        unlink(actor=cast.adam, at=timezone.now(), user=cast.rita)
    door.walk()
    assert door.signed_in() == str(cast.rita.pk)
    assert actions(cast.rita) == ["linked", "unlinked", "linked"]


LIES: dict[str, dict[str, Any]] = {
    "wrong nonce": {"token": {"claims": {"nonce": "another"}}},
    "no nonce": {"token": {"claims": {"nonce": None}}},
    "another issuer": {"token": {"claims": {"iss": "https://evil.example"}}},
    "another audience": {"token": {"claims": {"aud": "another-client"}}},
    "issued to another client": {"token": {"claims": {"aud": ["custodes-tests", "x"], "azp": "x"}}},
    "two audiences, nobody named": {"token": {"claims": {"aud": ["custodes-tests", "x"]}}},
    "expired": {"token": {"age": 3600}},
    "from the future": {"token": {"age": -3600}},
    "no end": {"token": {"claims": {"exp": None}}},
    "unsigned": {"token": {"sign": "none"}},
    "signed with the public key as a secret": {"token": {"sign": "hs256"}},
    "signed by somebody else": {"token": {"sign": "stranger"}},
    "signed with an unknown key": {"token": {"sign": "unknown_kid"}},
    "no ID token": {"token": {"sign": "missing"}},
    "user info about somebody else": {"userinfo": {"sub": "s-9"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_proves_nothing_signs_nobody_in(cast: Cast, door: Door, lie: str) -> None:
    door.behave(RITA, **LIES[lie])
    answer = door.walk()
    assert "could not be taken" in answer.content.decode()
    assert door.signed_in() is None
    assert not SocialAccount.objects.exists()
    door.behave(RITA)
    door.walk()
    assert door.signed_in() == str(cast.rita.pk)


def test_user_info_cannot_overrule_what_was_signed(cast: Cast, door: Door) -> None:
    door.behave({**RITA, "email_verified": False}, userinfo={"email": "adam@example.org", "email_verified": True})
    assert door.walk().status_code == 403
    assert door.signed_in() is None


def test_a_provider_that_calls_itself_otherwise_or_is_away_is_an_error_page(cast: Cast, door: Door) -> None:
    door.behave(RITA, issuer="https://evil.example")
    answer = door.client.get("/accounts/oidc/login/")
    assert "could not be taken" in answer.content.decode()
    door.issuer = "http://127.0.0.1:9"
    door.terms()
    assert "could not be taken" in door.client.get("/accounts/oidc/login/").content.decode()


def test_an_answer_this_browser_did_not_ask_for_is_refused(cast: Cast, door: Door) -> None:
    door.behave(RITA)
    path = door.leave()
    victim = Client()
    assert "could not be taken" in victim.get(path).content.decode()
    assert "_auth_user_id" not in victim.session
    door.client.get(path)
    assert door.signed_in() == str(cast.rita.pk)
    door.client.logout()
    door.client.get(path)
    assert door.signed_in() is None, "an answer works once"


def test_a_second_factor_set_here_is_asked_after_the_provider_too(cast: Cast, door: Door) -> None:
    Authenticator.objects.create(user=cast.rita, type=Authenticator.Type.TOTP, data={"secret": "x"})
    door.behave(RITA)
    answer = door.walk()
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert door.signed_in() is None
    assert door.client.get("/register/").status_code == 302


def test_a_closed_account_stays_closed(cast: Cast, door: Door) -> None:
    door.behave(RITA)
    door.walk()
    door.client.logout()
    close_account(actor=cast.adam, at=timezone.now(), user=cast.rita, successor=None, reason="She left.")
    assert door.walk().status_code == 403
    assert door.signed_in() is None


def test_a_required_claim_is_required_of_everybody(cast: Cast, door: Door) -> None:
    door.terms(claim=("hd", "example.org"))
    for claims in ({}, {"hd": "evil.org"}, {"hd": None}):
        door.behave({**RITA, **claims})
        assert door.walk().status_code == 403
    door.behave({**RITA, "hd": ["other", "example.org"]})
    door.walk()
    assert door.signed_in() == str(cast.rita.pk)


def test_groups_decide_roles_where_the_organisation_says_so(cast: Cast, door: Door) -> None:
    door.terms(roles={"audit-team": "auditor", "law": "legal"})
    door.behave({**RITA, "groups": ["audit-team", "unknown"]})
    door.walk()
    assert roles_of(User.objects.get(pk=cast.rita.pk)) == {"auditor"}
    door.client.logout()
    door.behave({**RITA, "groups": []})
    door.walk()
    assert not roles_of(User.objects.get(pk=cast.rita.pk))
    assert actions(cast.rita) == ["linked", "roles_by_groups", "roles_by_groups"]


def test_the_password_still_works_and_the_library_s_own_pages_are_closed(cast: Cast, door: Door) -> None:
    answer = door.client.post("/accounts/login/", {"login": "rita@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    for path in ("3rdparty/", "3rdparty/signup/", "social/connections/"):
        assert door.client.get(f"/accounts/{path}").status_code == 404
        assert door.client.post(f"/accounts/{path}").status_code == 404
