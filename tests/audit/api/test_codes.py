"""The list of error codes, held against the code: all a door can meet is in it, with its status, and no other."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator

import audit
import governance
import policies
from audit.api import codes, problem_words
from audit.api.problems import problem_of
from audit.assurance.reading import AsOfNotPublished
from audit.events.problems import Problem
from audit.fairness.declared import NotDeclared
from audit.fairness.errors import DifferentSchema, ImpossibleCounts, InvalidCheck, UnknownValue
from audit.fairness.live import GroupsForbidden
from audit.oversight.aggregates import NotWholeMonths
from governance.access import DomainError
from governance.web.help import FOLDER

ROOT = Path(__file__).resolve().parents[3]
PAGE = (FOLDER / "integrate.md").read_text()
NAMED = re.compile(r'Problem\(\s*(?:code=)?"([a-z_]+)"')
DOORS = [*ROOT.glob("audit/events/*.py"), *ROOT.glob("audit/api/**/*.py")]


def errors() -> Iterator[type[DomainError]]:
    """Every kind of error there is, all modules loaded."""
    for root in (audit, governance, policies):
        for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    waiting = [DomainError]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += kind.__subclasses__()


@pytest.mark.slow
def test_every_error_of_the_house_is_listed_with_the_status_it_is_answered_with():
    listed = {}
    for kind in errors():
        if kind.__module__.startswith(("audit.", "governance.", "policies.")):
            error = kind.__new__(kind)
            error.message, error.data = "", {}
            problem, _ = problem_of(error)
            listed.setdefault(problem.code, set()).add(problem.status)
    assert len(listed) > 40
    wrong = {
        code: statuses
        for code, statuses in listed.items()
        if code not in codes.ALL or statuses != {codes.ALL[code].status}
    }
    assert wrong == {}
    assert sorted(set(codes.REFUSED) - set(listed)) == []  # nothing is listed that no longer exists


def test_every_problem_a_door_writes_is_listed_and_nothing_is_left_over():
    texts = [path.read_text() for path in DOORS]
    named = {code for text in texts for code in NAMED.findall(text)}
    assert len(named) > 15
    assert sorted(named - set(codes.ALL)) == []
    others = {"overloaded", "contended", "not_authenticated"}  # classes of their own, see problem_of
    assert sorted(set(codes.REQUEST) - named - others) == []


def test_every_reason_why_figures_are_not_given_is_listed():
    live = (NotDeclared, InvalidCheck, UnknownValue, DifferentSchema, ImpossibleCounts)
    raised = {kind.code for kind in (*live, GroupsForbidden, AsOfNotPublished, NotWholeMonths)}
    assert raised == set(codes.FIGURES)


def test_the_help_page_and_the_openapi_document_give_the_whole_list():
    missing = [code for code in codes.REQUEST if f"`{code}`" not in PAGE]
    for code, answer in {**codes.REFUSED, **codes.FIGURES}.items():
        if f"| {answer.status} | `{code}` | {answer.text} |" not in PAGE:
            missing.append(code)
    assert missing == []
    told = SchemaGenerator(urlconf="audit.api.urls").get_schema(request=None, public=True)["info"]["description"]
    assert "RFC 9457" in told
    assert all(f"`{code}` ({answer.status})" in told for code, answer in codes.ALL.items())


FIELDS = {"schema.py", "quick.py", "files.py", "personal.py", "otlp.py"}  # of single fields, in JSON's words


def details() -> Iterator[tuple[str, str]]:
    """Every detail written where a problem is made, with an x for each gap."""
    for path in DOORS:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and len(node.args) > 1):
                continue
            match node.args[1]:
                case ast.Constant(value=str(text)):
                    yield path.name, text
                case ast.JoinedStr(values=parts):
                    yield path.name, "".join(p.value if isinstance(p, ast.Constant) else "x" for p in parts)


def test_every_code_has_a_title_and_every_detail_of_a_door_a_form_that_the_catalogue_holds():
    assert set(problem_words.TITLES) == set(codes.ALL)
    written = list(details())
    assert len(written) > 40
    forms = [problem_words._pattern(form) for form in problem_words.DETAILS]
    said = [(name, text) for name, text in written if text.strip("x ")]  # some are gaps alone
    missing = [(name, text) for name, text in said if not any(form.fullmatch(text) for form in forms)]
    assert [each for each in missing if each[0] not in FIELDS] == []
    idle = [form.pattern for form in forms if not any(form.fullmatch(text) for _, text in written)]
    own = {"not_authenticated", "unavailable", "not_found", "not_allowed"}  # made from an error of another kind
    assert len(idle) <= len(own), idle


@pytest.mark.django_db
def test_a_problem_is_told_in_the_language_that_is_asked_for(monkeypatch, client):
    """Whatever the catalogue holds today: the words go through it, once, on both doors, and the code stays."""

    def german(text: str) -> str:
        return f"DE {text}" if get_language() == "de" else text

    monkeypatch.setattr(problem_words.translation, "gettext", german)
    asked = {"Accept-Language": "de-AT, en;q=0.5"}
    for path, method in (("/api/v1/use-cases/UC-9999", "get"), ("/api/v1/events", "post")):
        answer = getattr(client, method)(path, headers=asked)
        told = answer.json()
        assert (told["code"], told["title"]) == ("not_authenticated", "DE Not signed in with a live key"), path
        assert told["detail"].startswith("DE Send a live API key"), path
        assert answer["Content-Language"] == "de"
        assert "Accept-Language" in answer["Vary"]
        for other in ("en", "fr", ";;;q=x", "x" * 5000):
            again = getattr(client, method)(path, headers={"Accept-Language": other})
            assert again.json()["title"] == "Not signed in with a live key", other
            assert again["Content-Language"] == "en"
    problem = Problem("too_many_events", "A request may have 5 events, this one has 7", 413)
    form = "A request may have %(number)s events, this one has %(sent)s"
    monkeypatch.setattr(problem_words.translation, "gettext", {form: "%(sent)s statt %(number)s"}.get)
    assert problem_words.said(problem, "de")["detail"] == "7 statt 5"
    assert problem_words.said(problem, None)["detail"] == problem.detail
