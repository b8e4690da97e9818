"""``custodes classify``: output, exit status, answers that cannot be used."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

MINIMAL = "otherwise: no\nQ1: yes\nQ2: yes\nrole: deployer\n"


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = 0
    try:
        call_command("classify", *arguments)
    except SystemExit as stop:
        status = int(stop.code or 0)
    output = capsys.readouterr()
    return status, output.out, output.err


def _file(folder: Path, text: str) -> str:
    path = folder / "answers.yaml"
    path.write_text(text)
    return str(path)


def test_it_prints_outcome_basis_rules_and_dates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = _file(tmp_path, MINIMAL + "Q19a: yes\nQ26: yes\n")
    status, out, _ = _run(capsys, answers, "--on", "2026-11-21")

    assert status == 0
    assert "HIGH_RISK_ANNEX_III" in out
    assert "ANNEX-III-4A" in out
    assert "from 2027-12-02" in out
    assert "public_body" in out


def test_json_carries_the_whole_classification(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = _file(tmp_path, MINIMAL.replace("role: deployer", "role: [provider, deployer]") + "Q30: true\n")
    status, out, _ = _run(capsys, answers, "--on", "2026-11-21", "--json")
    data = json.loads(out)

    assert status == 0
    assert data["outcomes"] == ["TRANSPARENCY"]
    assert data["roles"] == ["provider", "deployer"]
    assert data["law_version"] == "2026-07-27.1"


@pytest.mark.parametrize(("day", "expected"), [("2026-11-21", 0), ("2026-12-02", 1)])
def test_a_ban_in_force_on_that_date_exits_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str, expected: int
) -> None:
    answers = _file(tmp_path, MINIMAL + "Q6: yes\nQ6b: yes\n")

    assert _run(capsys, answers, "--on", day)[0] == expected


def test_legal_review_is_an_answer_and_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = _run(capsys, _file(tmp_path, MINIMAL + "Q11: unsure\n"), "--on", "2026-11-21")

    assert status == 0
    assert "Needs legal review: Q11" in out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Q99: no\n", "no question 'Q99'"),
        ("- Q1\n", "a mapping"),
        ("Q1: [", "not valid YAML"),
        ("Q1: yes\nQ1: no\n", "twice"),
    ],
)
def test_answers_that_cannot_be_used_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    status, out, err = _run(capsys, _file(tmp_path, text), "--on", "2026-11-21")

    assert (status, out) == (2, "")
    assert says in err


def test_no_file_and_a_missing_file_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys)[0] == 2
    assert _run(capsys, "/nowhere/answers.yaml")[0] == 2


def test_the_questions_list_every_id_and_can_be_answered_from_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = json.loads(_run(capsys, "--questions", "--json")[1])
    answers = {
        q["id"]: "no" if "no" in q["values"] else next(iter(q["values"])) for q in listed if q["kind"] != "number"
    }
    status, out, _ = _run(capsys, _file(tmp_path, json.dumps({**answers, "Q1": "yes", "Q2": "yes"})), "--json")

    assert status == 0
    assert json.loads(out)["outcomes"] == ["MINIMAL"]
    assert json.loads(out)["unanswered"] == []
    assert "Q20b" in _run(capsys, "--questions")[1]
