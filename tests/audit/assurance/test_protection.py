"""No page, export or API shows a reviewer or a cell below its threshold, nor does subtracting two of its answers."""

import csv
import io
import itertools
import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.oversight.protection import published, safe
from governance.access import assign_roles
from governance.models import UseCase, UseCaseUserGrant, User
from tests.audit.assurance.conftest import Feed
from tests.audit.assurance.log import events, team
from tests.cast import Cast

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
ALONE, RARE = 337, 541  # reviews by one person, more than all others did: only their own work can make the difference
REVIEWERS = [f"rev-{n}" for n in range(1, 6)] + ["rev-alone"]


@given(
    st.dictionaries(
        st.sampled_from("ABCDE"),
        st.dictionaries(st.sampled_from(REVIEWERS), st.integers(1, 40), min_size=1),
        min_size=1,
    )
)
def test_what_is_left_of_a_month_without_its_shown_values_is_about_nobody(cells: dict[str, dict[str, int]]) -> None:
    whole = sum((Counter(people) for people in cells.values()), Counter())
    shown = published(cells, whole)
    for size in range(len(shown) + 1):
        for chosen in itertools.combinations(sorted(shown), size):
            rest = Counter(whole)
            for value in chosen:
                assert safe(cells[value])
                rest.subtract(cells[value])
            if safe(whole):
                assert safe(+rest)
    if not safe(whole):
        assert not shown


def test_one_value_below_the_threshold_takes_another_one_with_it() -> None:
    many = {"rev-1": 30, "rev-2": 30, "rev-3": 30}
    few = {"rev-1": 5}
    whole = Counter(many) + Counter(many) + Counter(few)
    assert published({"A": many, "B": {**many, "rev-1": 31}, "C": few}, whole + Counter({"rev-1": 1})) == {"B"}
    assert published({"A": many, "C": few}, Counter(many) + Counter(few)) == frozenset()
    assert not safe({"rev-1": 95, "rev-2": 3, "rev-3": 2})


@pytest.fixture
def secretive(governed: UseCase, feed: Feed) -> UseCase:
    """In March a team works and one of them alone decides the class *rare*; April is one person's."""
    made = team(first=MARCH, months=1, per_month=120, seed=7)
    for n in range(RARE):
        made += events(n, reviewer="rev-1", at=MARCH.replace(day=2 + n % 20, hour=8), decision_class="rare", prefix="r")
    for n in range(ALONE):
        made += events(
            n, reviewer="rev-alone", at=APRIL.replace(day=2 + n % 20, hour=8), prefix="a", changed=n % 3 == 0
        )
    made += team(first=datetime(2026, 5, 1, tzinfo=UTC), months=1, per_month=60, seed=3, prefix="m")
    feed(made)
    return governed


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def ask(client: Client, use_case: UseCase, **query: Any) -> Any:
    answer = client.get("/api/v1/measures", {"use_case": use_case.ref, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.slow
@pytest.mark.django_db
def test_no_two_answers_of_the_api_differ_by_one_persons_work(secretive: UseCase, cast: Cast) -> None:
    client = signed_in(cast.otto)
    days = [
        "2026-03-01",
        "2026-03-17",
        "2026-03-31",
        "2026-04-01",
        "2026-04-19",
        "2026-04-30",
        "2026-05-01",
        "2026-05-31",
    ]
    cuts: list[dict[str, str]] = [{}, *({"class": each} for each in ("income", "housing", "rare", "grant"))]
    cuts += [{"version": "1"}, {"language": "en"}, {"band": "0.7"}]
    seen: set[tuple[int, ...]] = set()
    for first, last in itertools.combinations_with_replacement(days, 2):
        for cut in cuts:
            body = ask(client, secretive, **{"from": first, "to": last}, **cut)
            shown = {each["id"]: each for each in body["measures"]}
            seen.add(tuple(shown[name]["n"] for name in ("M3", "M1", "M16")))
            assert "rev-" not in str(body)
    assert len(seen) > 3
    for one, other in itertools.product(seen, repeat=2):
        for a, b in zip(one, other, strict=True):
            assert abs(a - b) not in (ALONE, RARE, ALONE + RARE)


@pytest.mark.django_db
def test_no_page_or_export_names_a_reviewer(secretive: UseCase, cast: Cast) -> None:
    client = signed_in(cast.otto)
    ref = secretive.ref
    paths = ["/oversight/", f"/oversight/{ref}/overrides/", "/oversight/works-council.json"]
    paths += [f"/oversight/{ref}/measures/{name}/" for name in ("M1", "M1b", "M4", "M9", "M15")]
    paths += [f"/api/v1/measures.{kind}?use_case={ref}" for kind in ("csv", "json")]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "rev-" not in answer.content.decode(), path
    case = client.get(f"/oversight/{ref}/").content.decode()
    assert "rev-" not in case
    assert "Apr 2026" in case.split("Figures about people leave out")[1][:60]


@pytest.mark.django_db
def test_single_reviewers_are_shown_to_themselves_and_then_to_the_lead_alone(secretive: UseCase, cast: Cast) -> None:
    path = reverse("reviewers", args=[secretive.ref])
    for user in (cast.otto, cast.carl, cast.anna, cast.olga, cast.adam):
        assert signed_in(user).get(path).status_code == 404, user.name
    assign_roles(user=cast.eve, codes=["lead"])
    cast.eve = User.objects.get(pk=cast.eve.pk)
    assert signed_in(cast.eve).get(path).status_code == 404
    UseCaseUserGrant.objects.create(content_object=secretive, user=cast.eve, permission=_permission("view_usecase"))
    page = signed_in(cast.eve).get(path).content.decode()
    assert "R-" in page
    assert "rev-" not in page
    rita = cast.people["rita"]
    rita.pseudonym = "rev-2"
    rita.save()
    own = signed_in(cast.rita).get(reverse("my-figures", args=[secretive.ref])).content.decode()
    assert "You did 45 reviews" in own
    assert "rev-" not in own


@pytest.mark.django_db
def test_who_reviewed_a_decision_is_told_to_that_reviewer_and_the_lead_alone(
    governed: UseCase, feed: Feed, cast: Cast
) -> None:
    made = events(1, reviewer="rev-2", at=MARCH) + events(2, reviewer="rev-3", at=MARCH)
    made[1]["data"]["conflict_of_interest"] = True  # a finding whose sentence names the person
    feed(made)
    assign_roles(user=cast.eve, codes=["lead"])
    for user in (cast.eve, cast.rita):
        UseCaseUserGrant.objects.create(content_object=governed, user=user, permission=_permission("view_usecase"))
    cast.people["rita"].pseudonym = "rev-2"
    cast.people["rita"].save()
    told = {"eve": {"rev-2", "rev-3"}, "rita": {"rev-2"}, "otto": set(), "olga": set()}
    for name, expected in told.items():
        client = signed_in(User.objects.get(pk=getattr(cast, name).pk))
        text = ""
        for decision in ("d-00001", "d-00002"):
            page = client.get(f"/oversight/{governed.ref}/decisions/{decision}/").content.decode()
            answer = client.get(f"/api/v1/use-cases/{governed.ref}/decisions/{decision}").json()
            text += page + json.dumps(answer)
            assert ("A reviewer" in page) == ((answer["record"]["reviews"][0]["actor"]) is None)
        findings = client.get(f"/api/v1/findings?use_case={governed.ref}").json()["results"]
        assert {"CONFLICT"} <= {each["code"] for each in findings}
        text += json.dumps(findings)
        text += "".join(client.get(f"/findings/{each['ref']}/").content.decode() for each in findings)
        assert set(re.findall(r"rev-\d", text)) == expected, name


def _permission(code: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=code, content_type__app_label="governance")


@pytest.mark.django_db
def test_the_lead_does_not_see_a_month_before_the_reviewers_had_it_to_themselves(
    secretive: UseCase,
) -> None:
    from audit.assurance.people import team_figures

    window = (date(2026, 3, 1), date(2026, 6, 1))
    soon = team_figures(secretive, window=window, at=datetime(2026, 6, 10, tzinfo=UTC))
    later = team_figures(secretive, window=window, at=datetime(2026, 6, 20, tzinfo=UTC))
    assert (soon.until, later.until) == (date(2026, 4, 1), date(2026, 5, 1))


@pytest.mark.django_db
def test_no_cell_of_an_export_is_a_formula(governed: UseCase, feed: Feed, cast: Cast) -> None:
    made = team(first=MARCH, months=1, per_month=40)
    for event in made:
        if "decision_class" in event["data"]:
            event["data"]["decision_class"] = '=HYPERLINK("http://x")'
    feed(made)
    answer = signed_in(cast.otto).get(f"/api/v1/measures.csv?use_case={governed.ref}&from=2026-03-01&to=2026-03-31")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert any("HYPERLINK" in row["part"] for row in rows)
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@", "\t"))
            assert not cell.startswith("-") or float(cell)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "/use_case"),
        ("use_case={ref}&from=soon", "/from"),
        ("use_case={ref}&from=2026-05-02&to=2026-05-01", "/from"),
        ("use_case={ref}&class=a&version=b", "/version"),
        ("use_case={ref}&as_of=1", "/as_of"),
        ("use_case={ref}&as_of=-1", "/as_of"),
    ],
)
def test_wrong_questions_are_told_what_would_be_right(governed: UseCase, cast: Cast, query: str, pointer: str) -> None:
    answer = signed_in(cast.otto).get(f"/api/v1/measures?{query.format(ref=governed.ref)}")
    assert answer.status_code == 422
    assert answer.json()["pointer"] == pointer


@pytest.mark.django_db
def test_a_key_needs_the_scope_and_the_use_case(governed: UseCase, cast: Cast) -> None:
    from django.utils import timezone

    from audit.events.keys import issue_key

    def status(scopes: list[str], ref: str) -> int:
        _, text = issue_key(
            use_cases=[governed], sources=["/x"], scopes=scopes, label="k", actor=cast.anna, at=timezone.now()
        )
        answer = Client().get(f"/api/v1/measures?use_case={ref}", headers={"Authorization": f"Bearer {text}"})
        return answer.status_code

    assert status(["measures:read"], governed.ref) == 200
    assert status(["register:read"], governed.ref) == 403
    assert status(["measures:read"], "UC-9999") == 403
    assert signed_in(cast.eve).get(f"/api/v1/measures?use_case={governed.ref}").status_code == 404
