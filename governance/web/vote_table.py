"""How each member voted, as a table: of a sign-off and of a point on an agenda alike."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.utils.translation import gettext as _

from governance.models import ItemVote, Vote
from governance.web import words
from governance.web.tables import Cell, Column, Label, Row, Table

AnyVote = TypeVar("AnyVote", Vote, ItemVote)


def votes_table(votes: Iterable[AnyVote], *, id: str, who: Callable[[AnyVote], str], count: Label = "") -> Table:  # noqa: A002
    """Return the votes in the order given; ``who`` names the voter."""
    rows = [
        Row(
            cells=[
                Cell(text=who(vote)),
                Cell(text=vote.membership.function),
                Cell(word=words.word_of(vote.choice, words.STATES)),
                Cell(text=vote.reason),
            ]
        )
        for vote in votes
    ]
    columns = [
        Column(label=_("Member")),
        Column(label=_("Speaks for")),
        Column(label=_("Vote")),
        Column(label=_("Reason")),
    ]
    return Table(id=id, caption=_("Votes"), columns=columns, rows=rows, stack=True, count=count)
