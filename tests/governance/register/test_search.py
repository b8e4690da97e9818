"""Searching the register: every word somewhere in name, reference, key or purpose, in any case; signs are signs."""

import pytest
from django.db import connection
from django.test import Client

from governance.models import Assignment, UseCase
from governance.register import edit_use_case, search
from governance.register.read import RegisterFilter, register_list
from governance.web import pages
from tests.cast import Cast, a_use_case

pytestmark = pytest.mark.django_db
TABLE = "governance_use_case"


@pytest.fixture(autouse=True)
def _by_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FREQUENT", 7)  # more entries than any test here makes


def found(cast: Cast, q: str) -> list[str]:
    return [case.key for case in register_list(cast.otto, RegisterFilter(q=q))]


def test_every_word_is_looked_for_everywhere(cast: Cast) -> None:
    case = a_use_case(cast, name="Ranking of Applications", purpose="Orders 50% of_them by Über\\sicht.")
    a_use_case(cast, key="other", name="Chatbot", purpose="Answers questions.")
    for q in (
        "ranking",
        "RANK",
        "applications orders",
        case.ref.lower(),
        "benefit rank",
        "50%",
        "of_them",
        "Über",
        "\\sicht",
    ):
        assert found(cast, q) == ["benefit"], q
    for q in ("ranking chatbot", "5%%", "ofxthem", "50_", "rankingof"):
        assert found(cast, q) == [], q
    assert len(found(cast, "s")) == 2


def test_what_is_found_follows_an_edit(cast: Cast) -> None:
    case = a_use_case(cast)
    edit_use_case(actor=cast.anna, at=case.registered_at, use_case=case, changes={"name": "Gate keeper"})
    assert found(cast, "gate keeper") == ["benefit"]
    UseCase.objects.filter(pk=case.pk).update(purpose="Another")
    assert found(cast, "another") == ["benefit"]
    assert found(cast, "papers") == []


def test_sorting_by_tier_goes_from_strict_to_loose_and_back(cast: Cast) -> None:
    keys = {"a1": "minimal", "b1": "prohibited", "c1": "", "d1": "high", "e1": "out_of_scope"}
    for key, tier in keys.items():
        UseCase.objects.filter(pk=a_use_case(cast, key=f"case-{key}").pk).update(tier=tier)
    rows = [case.tier for case in register_list(cast.otto, RegisterFilter(sort="tier"))]
    assert rows == ["prohibited", "high", "minimal", "out_of_scope", ""]
    assert [case.tier for case in register_list(cast.otto, RegisterFilter(sort="-tier"))] == rows[::-1]


def test_letters_beyond_ascii_are_found_in_any_case_and_inside_words(cast: Cast) -> None:
    a_use_case(cast, name="Wohngeldbescheide", purpose='Prüft ÜBERZAHLUNGEN, sagt "ja" und schließt mit 7')
    for q in ("bescheid", "überzahlung", "ÜBERZAHLUNG", "PRÜFT", "ld", 'sagt "ja"', "t 7", "üb", "eß", "it 7"):
        assert found(cast, q) == ["benefit"], q
    for q in ("gelder", "zx", '""', "ja)", "*", "ja* OR", "\U0010ffff\U0010ffff"):
        assert found(cast, q) == [], q


def test_words_in_many_entries_find_the_same_as_the_index(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        a_use_case(cast, key=f"case-{number}", name=f"Sorting number {number}7", purpose="Sorts what comes in.")
    for q in ("sorting", "so", "7", "17", "number 4", "rti 27", "missing"):
        monkeypatch.setattr(search, "FREQUENT", 0)
        by_reading = found(cast, q)
        monkeypatch.setattr(search, "FREQUENT", 7)
        assert found(cast, q) == by_reading, q
    assert found(cast, "sorting 27") == ["case-2"]


def test_the_index_follows_the_rows_and_forgets_what_is_removed(cast: Cast) -> None:
    """A migration that alters the table on SQLite takes the triggers with it: see migration 0006."""
    case = a_use_case(cast, name="Gatekeeper")
    case.name = "Doorkeeper"
    case.save()
    assert (found(cast, "gatekeeper"), found(cast, "doorkeeper")) == ([], ["benefit"])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
            assert cursor.fetchone() == (3,)
        else:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'use_case_by_grams'")
            assert "gin (register_grams" in cursor.fetchone()[0]
    Assignment.objects.filter(use_case=case).delete()
    UseCase.objects.filter(pk=case.pk).delete()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM governance_register_terms")
            assert cursor.fetchone() == (0,)


def test_a_list_that_is_cut_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        a_use_case(cast, key=f"case-{number}")
    client = Client()
    client.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "3 use cases<" in client.get("/register/?q=benefit").content.decode()
    monkeypatch.setattr(pages.FirstPages, "MOST", 2)
    assert "More than 2 use cases" in client.get("/register/?q=benefit").content.decode()
    assert "3 use cases<" in client.get("/register/").content.decode()
