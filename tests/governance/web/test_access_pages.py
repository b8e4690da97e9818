"""Who may see and do what, on screen: giving, withdrawing, and what one account reaches."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.access import use_cases_visible_to
from governance.models import Person, UseCaseUserGrant, User
from governance.register.grants import grant_access
from tests.cast import Cast, a_use_case
from tests.governance.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_a_permission_is_given_and_withdrawn_on_the_page(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    eve = Person.objects.create(ref="P-0900", name="Eve", user=cast.eve)
    anna, url = sign_in(cast.anna), f"/register/{case.ref}/access/"
    assert "Nobody has a permission of their own" in anna.get(url).content.decode()
    form: dict[str, Any] = {"person": eve.ref, "code": "report_usecase", "reason": "She writes the yearly report."}
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert anna.post(url, {**form, "reason": ""}).status_code == 422
    assert anna.post(url, {**form, "until": "2020-01-01"}).status_code == 422
    assert anna.post(url, {**form, "until": day}).status_code == 302
    page = anna.get(url).content.decode()
    assert "She writes the yearly report." in page
    assert "given by Anna" in page
    grant = UseCaseUserGrant.objects.get(user=cast.eve)
    end = f"{url}use-case/{grant.pk}/"
    assert end in page
    assert anna.get(end).status_code == 200
    assert anna.post(end, {"reason": ""}).status_code == 422
    assert anna.post(end, {"reason": "It is written."}).status_code == 302
    assert not use_cases_visible_to(User.objects.get(pk=cast.eve.pk)).exists()
    assert anna.get(end).status_code == 404


def test_a_permission_of_another_use_case_cannot_be_reached_by_its_number(cast: Cast, sign_in: SignIn) -> None:
    mine, other = a_use_case(cast), a_use_case(cast, key="other")
    grant = grant_access(
        actor=cast.anna, at=timezone.now(), use_case=other, user=cast.eve, code="view_usecase", reason="A study."
    )
    anna = sign_in(cast.anna)
    assert anna.get(f"/register/{mine.ref}/access/use-case/{grant.pk}/").status_code == 404
    assert anna.get(f"/register/{other.ref}/access/unit/{grant.pk}/").status_code == 404
    assert anna.get(f"/register/{other.ref}/access/committee/{grant.pk}/").status_code == 404
    assert sign_in(cast.otto).get(f"/register/{other.ref}/access/use-case/{grant.pk}/").status_code == 403
    assert sign_in(cast.eve).get(f"/register/{other.ref}/access/").status_code == 403


def test_what_an_account_reaches_and_the_administrator_takes_away(cast: Cast, sign_in: SignIn) -> None:
    case = a_use_case(cast)
    for code in ("view_usecase", "view_unit"):
        grant_access(actor=cast.anna, at=timezone.now(), use_case=case, user=cast.eve, code=code, reason="A study.")
    url = f"/administration/people/{cast.eve.pk}/reach/"
    admin = sign_in(cast.adam)
    page = admin.get(url).content.decode()
    assert case.name in page
    assert f'href="/register/{case.ref}/"' not in page, "the administrator cannot read it"
    grant = UseCaseUserGrant.objects.get(user=cast.eve)
    assert f"{url}use-case/{grant.pk}/" in page
    assert admin.post(f"{url}use-case/{grant.pk}/", {"reason": "Not needed."}).status_code == 302
    assert not UseCaseUserGrant.objects.filter(user=cast.eve).exists()
    assert f"/register/{case.ref}/" in sign_in(cast.eve).get(url).content.decode()
    assert sign_in(cast.rita).get(url).status_code == 404
    everything = sign_in(cast.otto).get(f"/administration/people/{cast.otto.pk}/reach/").content.decode()
    assert "By a role it sees every use case: 1." in everything


def test_the_pages_ask_a_fixed_number_of_questions(cast: Cast, sign_in: SignIn) -> None:
    case, at, seen = a_use_case(cast), timezone.now(), []
    anna, admin = sign_in(cast.anna), sign_in(cast.adam)
    for start in (0, 6):
        for number in range(start, start + 3):
            user = User.objects.create_user(f"x{number}@example.org", None, name=f"X{number}")
            grant_access(actor=cast.anna, at=at, use_case=case, user=user, code="view_usecase", reason="A study.")
            another = a_use_case(cast, key=f"case-{number}")
            grant_access(
                actor=cast.anna, at=at, use_case=another, user=cast.eve, code="view_usecase", reason="A study."
            )
        for client, url in (
            (anna, f"/register/{case.ref}/access/"),
            (admin, f"/administration/people/{cast.eve.pk}/reach/"),
        ):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            seen.append(len(captured))
    assert seen[:2] == seen[2:]
