"""The rows of a table as markup. A report has thousands of cells; a template for each would be most of its page."""

from typing import Any

from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from governance.web import tags
from governance.web.tables import Cell, Table


def rows_markup(table: Table) -> SafeString:
    """Return the ``<tr>`` elements of ``table``; every text is escaped unless it is markup already."""
    simulated = f' <span class="label-simulated">{conditional_escape(_("simulated"))}</span>'
    openings = ['<th scope="row" role="rowheader">', *_openings(table)]
    made = []
    for line in table.lines():
        if line["group"]:
            made.append(
                f'<tr class="group" role="row"><th scope="colgroup" role="rowheader" colspan="{len(table.columns)}">'
                f"{_text(line['group'])}</th></tr>\n"
            )
        cells = [
            f"{opening}{_cell(cell, simulated)}{'</td>' if place else '</th>'}"
            for place, (opening, (_column, cell)) in enumerate(zip(openings, line["cells"], strict=True))
        ]
        made.append(f'<tr role="row">{"".join(cells)}</tr>\n')
    return mark_safe("".join(made))  # noqa: S308 (put together from escaped texts)


def _openings(table: Table) -> list[str]:
    """Return the opening tag of each column but the first."""
    return [
        '<td role="cell"'
        + (' class="number"' if column.number else "")
        + (f' data-label="{_text(column.label)}"' if table.stack and column.label else "")
        + ">"
        for column in table.columns[1:]
    ]


def _text(value: Any) -> str:
    return str(conditional_escape(value if isinstance(value, str) else localize(value)))


def _cell(cell: Cell, simulated: str) -> str:
    made = str(tags.badge_of(cell.word)) if cell.word else _body(cell)
    if cell.simulated:
        made += simulated
    if cell.under:
        made += f'<span class="under">{_text(cell.under)}</span>'
    return made + _number(cell) if cell.id else made


def _body(cell: Cell) -> str:
    match cell.kind:
        case "code":
            shown = f"<code>{_text(cell.text)}</code>"
        case "time":
            shown = _text(tags.moment(cell.text))
        case "day":
            shown = _text(tags.day(cell.text))
        case "tight":
            shown = f'<span class="tight">{_text(cell.text)}</span>'
        case _:
            shown = _text(cell.text)
    return f'<a href="{_text(cell.href)}">{shown}</a>' if cell.href else shown


def _number(cell: Cell) -> str:
    """Return a figure's small number; where it leads somewhere, with the words for who cannot see where."""
    shown = _text(cell.id)
    if not cell.id_href:
        return f' <span class="figure-id">{shown}</span>'
    says = _("What figure %(id)s stands on") % {"id": cell.id}
    return f' <a class="figure-id" href="{_text(cell.id_href)}" aria-label="{_text(says)}">{shown}</a>'
