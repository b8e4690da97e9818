"""Searching the register: each word anywhere in name, reference, key or purpose, in any case; signs are signs.

The database keeps an index of every two and three letters in a row beside the register (migration 0006), and changes it
with the row. The index only spares reading: what is found is what ``LIKE`` over the text finds, without the index too.
"""

from itertools import product
from math import prod
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Count, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from governance.models import UseCase

# Words that many of the first entries hold are read in the list's order until the page is full: quicker than the index.
SAMPLE, FREQUENT = 200, 20
SPELLINGS = 16
GRAM = 3
LAST = chr(0x10FFFF)


def matching(found: "QuerySet[UseCase]", q: str) -> "QuerySet[UseCase]":
    """Narrow ``found`` to the entries that hold every word of ``q``; one small query chooses the way."""
    words = [_spellings(word) for word in dict.fromkeys(q.split())]
    indexed = [spellings for spellings in words if all(len(each) > 1 for each in spellings)]
    if indexed and not _frequent(indexed):
        if connection.vendor == "postgresql":
            found = found.filter(_all_held(indexed))
        elif _has_index():
            found = found.filter(pk__in=_rows(indexed))
            words = [spellings for spellings in words if spellings not in indexed]
    for spellings in words:
        found = found.filter(_anywhere(spellings))
    return found


def _anywhere(spellings: tuple[str, ...]) -> Q:
    held = Q()
    for each in spellings:
        held |= Q(search_text__contains=Lower(Value(each)))
    return held


def _frequent(words: list[tuple[str, ...]]) -> bool:
    # The first entries as a table of their own: as a list of keys PostgreSQL reads the whole register for it.
    some = UseCase.objects.order_by().values("search_text")[:SAMPLE]
    held = some.aggregate(n=Count("search_text", filter=Q(*map(_anywhere, words))))
    return bool(held["n"] >= FREQUENT)


def _spellings(word: str) -> tuple[str, ...]:
    """``word`` in small letters; letters beyond ASCII both small and capital, as SQLite folds ASCII alone."""
    choices = [
        (sign.lower(),) if sign.isascii() else tuple(dict.fromkeys((sign.lower(), sign.upper()))) for sign in word
    ]
    if prod(map(len, choices)) > SPELLINGS:
        return tuple(dict.fromkeys((word.lower(), word)))
    return tuple("".join(signs) for signs in product(*choices))


class _Holds(Func):
    """``left @> right`` of PostgreSQL's arrays."""

    template = "%(expressions)s"
    arg_joiner = " @> "
    output_field = BooleanField()


def _all_held(words: list[tuple[str, ...]]) -> Q:
    """What PostgreSQL's index answers: rows with every group of letters of a spelling of every word."""
    grams = Func("search_text", function="register_grams", output_field=TextField())
    held = Q()
    for spellings in words:
        either = Q()
        for word in spellings:
            parts = sorted({word[at : at + GRAM] for at in range(max(1, len(word) - GRAM + 1))})
            either |= Q(_Holds(grams, RawSQL("%s::text[]", [parts])))
        held &= either
    return held


def _has_index() -> bool:
    """Whether this SQLite could make the index (migration 0006)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'governance_register_grams'")
        return cursor.fetchone() is not None


def _rows(words: list[tuple[str, ...]]) -> Any:
    """Entries by SQLite's index, as a subquery."""
    asked, values = _match(words)
    found = f"SELECT rowid FROM governance_register_grams WHERE governance_register_grams MATCH {asked}"  # noqa: S608 - placeholders
    return RawSQL(f"SELECT use_case_id FROM governance_register_rows WHERE id IN ({found})", values)  # noqa: S608, S611 - placeholders


def _match(words: list[tuple[str, ...]]) -> tuple[str, list[str]]:
    """SQL that makes the index's question, and its values: a phrase for three letters and more.

    Two letters are the beginnings of three: the index says itself which it has.
    """
    parts: list[str] = []
    values: list[str] = []
    for spellings in words:
        either = []
        for word in spellings:
            if len(word) >= GRAM:
                either.append("%s")
                values.append(_quoted(word))
            else:
                either.append(
                    "(SELECT coalesce(group_concat('\"' || replace(term, '\"', '\"\"') || '\"', ' OR '), '\"\"')"
                    " FROM governance_register_terms WHERE term >= %s AND term <= %s)"
                )
                values += [word, word + LAST]
        parts.append("'(' || " + " || ' OR ' || ".join(either) + " || ')'")
    return "(" + " || ' AND ' || ".join(parts) + ")", values


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
