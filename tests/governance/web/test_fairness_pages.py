"""The fairness pages: each question with its figures, exports that hold back what the page holds back."""

import csv
import io
import json
import math
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import GroupAccess
from audit.tasks import rebuild
from governance.models import UseCase
from governance.web.fairness_over_time import drawn_height
from governance.web.fairness_view import as_csv
from governance.web.tables import Cell, Column, Row, Table
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage, set_stage

pytestmark = pytest.mark.django_db
VIEWS = ("human-step", "over-time", "strata", "scores", "shares")


@pytest.fixture
def full(cast) -> Stage:
    """Enough decisions that groups of every size are there."""
    return set_stage(cast, decisions=100)


def declare(case: UseCase, **more: object) -> None:
    case.fairness = {**case.fairness, **more}
    case.save(update_fields=["fairness"])


def test_each_question_has_its_page_with_figures_table_and_method(full: Stage, sign_in: SignIn) -> None:
    client = sign_in(full.cast.otto)
    base = f"/fairness/{full.live.ref}/"
    for view in ("", "human-step/", "over-time/", "shares/"):
        with CaptureQueriesContext(connection) as asked:
            page = client.get(base + view).content.decode()
        assert len(asked) <= 30, view
        assert "<svg" in page.split('<section class="section', 1)[1], view
        assert "<table" in page, view
        assert "parcels of at least 10 cases" in page, view
        if not view:
            assert "Wrongly refused for each wrongly granted" in page
    page = client.get(base + "over-time/?since=2020-01-01").content.decode()
    assert "version 1" in page
    assert "No alarm by" in page
    assert "No stratum is declared" in client.get(base + "strata/").content.decode()
    assert "No score is declared" in client.get(base + "scores/").content.decode()
    assert client.get(base + "nonsense/").status_code == 404
    _exports(full, client)


def _exports(full: Stage, client: Client) -> None:
    before = GroupAccess.objects.count()
    answer = client.get(f"/fairness/{full.live.ref}/comparison.csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="UC-')
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert any("male" in row for row in rows)
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "@", "\t")), cell
        assert not cell.startswith("-") or float(cell) is not None
    data = json.loads(client.get(f"/fairness/{full.live.ref}/comparison.json").content)
    assert {"proposal", "final", "method", "use_case"} <= set(data)
    assert GroupAccess.objects.count() == before + 2
    assert GroupAccess.objects.latest("pk").purpose == "fairness export: comparison.json"


def test_evidence_is_drawn_up_to_a_million_to_one_and_no_higher() -> None:
    assert drawn_height(math.log(100)) == 2.0
    assert drawn_height(math.log(10) * 201.93) == 6.0
    assert drawn_height(-math.log(10) * 9) == -9.0


def test_a_group_named_like_a_formula_is_defused() -> None:
    evil = '=HYPERLINK("http://x")'
    columns = [Column(label="Group"), Column(label="n", number=True)]
    rows = [Row(cells=[Cell(text=evil), Cell(text="+1+1", kind="number", under="-2")], group="@a")]
    table = Table(id="t", caption="=c", columns=columns, rows=rows)
    read = list(csv.reader(io.StringIO(as_csv([table], [("a", evil)]))))
    assert read[0] == ["a", "'" + evil]
    assert read[-1] == ["'@a", "'" + evil, "'+1+1", "-2"]


def _who_may_not_read_groups_gets_no_export(stage: Stage, sign_in: SignIn) -> None:
    before = GroupAccess.objects.count()
    for user in (stage.cast.olga, stage.cast.adam, stage.cast.eve):
        client = sign_in(user)
        for view in ("comparison", *VIEWS):
            for kind in ("csv", "json"):
                assert client.get(f"/fairness/{stage.live.ref}/{view}.{kind}").status_code == 404
            page = client.get(f"/fairness/{stage.live.ref}/{view}/")
            assert page.status_code == 404 or "is not open to you" in page.content.decode()
    assert GroupAccess.objects.count() == before


@pytest.mark.slow
def test_no_page_and_no_export_names_a_count_below_the_floor(cast, sign_in: SignIn) -> None:
    """Every window of one day more: what two of them differ by is nobody or ten and more."""
    stage = set_stage(cast, decisions=60)
    client = sign_in(cast.otto)
    seen: dict[str, list[int]] = {}
    for last in range(1, 29, 3):
        url = f"/fairness/{stage.live.ref}/comparison.json?since=2026-01-01&until=2026-10-{last:02d}"
        answer = client.get(url)
        if answer.status_code == 404:
            continue
        for group in json.loads(answer.content)["final"]["groups"]:
            assert group["n"] is None or group["n"] == 0 or group["n"] >= 10
            if " x " in group["attribute"]:
                seen.setdefault(group["group"], []).append(group["n"] or 0)
        assert not re.search(r'"(n|reference_n)": [1-9]\b', answer.content.decode())
    assert seen
    for group, sizes in seen.items():
        for one in sizes:
            for two in sizes:
                assert one == two or abs(one - two) >= 10, (group, sizes)


@pytest.mark.slow
def test_local_law_144_is_published_whole(full: Stage, sign_in: SignIn) -> None:
    declare(
        full.live,
        preset="ll144",
        publication={
            "audit_date": "2026-11-01",
            "distribution_date": "2025-01-15",
            "auditor": "Somebody independent",
            "data_source": "Historical data of the employer",
        },
    )
    client = sign_in(full.cast.otto)
    page = client.get(f"/fairness/{full.live.ref}/publication/?since=2020-01-01").content.decode()
    for words in ("Impact ratio", "2026-11-01", "2025-01-15", "Somebody independent", "unknown category", "1.000"):
        assert words in page, words
    data = json.loads(client.get(f"/fairness/{full.live.ref}/publication.json?since=2020-01-01").content)
    by_sex = [row for row in data["categories"] if row["attribute"] == "sex"]
    assert sum(row["n"] for row in by_sex) + data["unknown"]["sex"] == 100
    assert max(row["impact_ratio"] for row in by_sex) == 1
    assert "Scoring rates: not available" in page
    _scoring_rates_are_published_too(full, client)
    declare(full.live, preset="eu", threshold="")
    page = client.get(f"/fairness/{full.live.ref}/").content.decode()
    assert "no pass mark" in page
    assert "legitimate aim" in page


def _scoring_rates_are_published_too(full: Stage, client: Client) -> None:
    declare(full.live, score="confidence", positive="entitled")
    rebuild(at=timezone.now())
    address = f"/fairness/{full.live.ref}/publication"
    page = client.get(f"{address}/?since=2020-01-01").content.decode()
    assert "Above the median" in page
    scoring = json.loads(client.get(f"{address}.json?since=2020-01-01").content)["scoring"]
    assert scoring["scored"] + scoring["without_score"] == 100
    rows = [row for row in scoring["categories"] if row["attribute"] == "sex"]
    assert max(row["impact_ratio"] for row in rows) == 1
    assert 0 < sum(row["selected"] for row in rows) <= scoring["scored"] // 2


def test_a_term_for_group_data_is_asked_by_one_and_agreed_by_another_on_screen(stage: Stage, sign_in: SignIn) -> None:
    path = f"/fairness/{stage.live.ref}/group-data/"
    anna, carl = sign_in(stage.cast.anna), sign_in(stage.cast.carl)
    assert anna.post(path, {"keep_days": "0", "necessity": ""}).status_code == 422
    assert anna.post(path, {"keep_days": "365", "necessity": "To find bias."}).status_code == 302
    page = anna.get(path).content.decode()
    assert "Waits for a second person" in page
    agree = re.findall(r'action="([^"]+/agree/)"', carl.get(path).content.decode())
    assert len(agree) == 1
    assert carl.post(agree[0]).status_code == 302
    assert "They are deleted after 365 days. Nothing is overdue." in carl.get(path).content.decode()
    assert "Ask for" not in sign_in(stage.cast.otto).get(path).content.decode()
    assert sign_in(stage.cast.eve).get(path).status_code == 404
    _who_may_not_read_groups_gets_no_export(stage, sign_in)
