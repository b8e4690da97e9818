"""The list of error codes, held against the code: all a door can meet is in it, with its status, and no other."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

import audit
import governance
import policies
from audit.api import codes
from audit.api.problems import problem_of
from audit.assurance.reading import AsOfNotPublished
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
