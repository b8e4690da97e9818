"""Tables as data: one template draws them all, with caption, count, scopes, sort links and phone layout."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise

from governance.web.words import Word

Label = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: a badge for ``word``, a quieter second line for ``under``; ``kind`` text number time day code tight.

    ``id`` is the small number of a figure in a report, ``id_href`` what it leads to.
    """

    text: Any = ""
    href: str = ""
    under: Any = ""
    kind: str = "text"
    word: Word | None = None
    simulated: bool = False
    id: str = ""
    id_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``sort`` is the name in the URL; empty: the column does not sort."""

    label: Label
    number: bool = False
    sort: str = ""


@dataclass(slots=True, kw_only=True)
class Row:
    """One row; the first cell names it. ``group`` starts a headed group."""

    cells: Sequence[Cell]
    group: Label = ""


@dataclass(slots=True, kw_only=True)
class Table:
    """What the table template needs. ``stack``: rows become blocks on a phone; otherwise the frame scrolls."""

    id: str
    caption: Label
    columns: Sequence[Column]
    rows: list[Row] = field(default_factory=list)
    about: Label = ""
    count: Label = ""
    stack: bool = False
    fit: bool = False
    sorted_by: str = ""
    query: str = ""

    def headings(self) -> Iterable[dict[str, Any]]:
        """Yield each column with its sort link and state."""
        for column in self.columns:
            now = self.sorted_by.removeprefix("-") == column.sort and bool(column.sort)
            falling = self.sorted_by.startswith("-")
            target = column.sort if not now or falling else f"-{column.sort}"
            yield {
                "label": column.label,
                "number": column.number,
                "href": f"?{self.query}&sort={target}".replace("?&", "?") if column.sort else "",
                "sorted": ("descending" if falling else "ascending") if now else "",
            }

    def lines(self) -> Iterable[dict[str, Any]]:
        """Yield rows with their cells paired with columns, and group headings where the group changes."""
        last: Label = ""
        for row in self.rows:
            heading = row.group if row.group and row.group != last else ""
            last = row.group or last
            yield {"group": heading, "cells": list(zip(self.columns, row.cells, strict=True))}


def query_without(request: HttpRequest, *names: str) -> str:
    """Return the request's query string without ``names``, for links that change only those."""
    kept: QueryDict = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    pairs = [(key, value) for key, values in kept.lists() for value in values if value]
    return urlencode(pairs)
