"""The register as a file: CSV, XLSX and JSON in both directions, safe for whoever opens it in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from governance.access import Invalid
from governance.models import UseCase

COLUMNS = (
    "ref", "key", "name", "purpose", "lifecycle", "tier", "mode", "roles", "owner", "unit", "systems", "suppliers",
    "sector", "affected_people", "countries", "languages", "data_used", "first_use", "effect", "reversibility",
    "decisions_per_day",
)  # fmt: skip
LISTS = frozenset({"roles", "systems", "suppliers", "countries", "languages"})
LARGEST = 5 * 1024 * 1024
LARGEST_UNPACKED = 50 * 1024 * 1024
MOST_ROWS = 10_000
# What a spreadsheet takes for a formula, also in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """``text`` for a spreadsheet: what would start a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(FORMULA) else text


def row_of(case: UseCase) -> dict[str, str]:
    """One entry as texts; lists with ``; `` between."""
    systems = list(case.systems.all())
    values: dict[str, Any] = {
        **{name: getattr(case, name) for name in COLUMNS if hasattr(case, name)},
        "owner": case.owner.name,
        "unit": case.unit.name,
        "systems": [system.name for system in systems],
        "suppliers": sorted({system.supplier.name for system in systems if system.supplier}),
    }
    return {name: _text(values.get(name)) for name in COLUMNS}


def write(cases: Iterable[UseCase], kind: str) -> bytes:
    """The register as ``csv``, ``xlsx`` or ``json``. Cells are texts; none can start a formula."""
    rows = [row_of(case) for case in cases]
    if kind == "json":
        return json.dumps(rows, ensure_ascii=False, indent=2).encode()
    if kind == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)
        return out.getvalue().encode("utf-8-sig")
    if kind != "xlsx":
        raise Invalid(_("A file is csv, xlsx or json."), field="kind")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("register")
    sheet.append(list(COLUMNS))
    for row in rows:
        cells = []
        for value in row.values():
            cell = WriteOnlyCell(sheet, value=_printable(safe_cell(value)))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def read(content: bytes, name: str) -> list[dict[str, str]]:
    """Rows of a CSV, XLSX or JSON file by lower-case column name; raises :class:`Invalid` with what is wrong.

    A row without content stays as an empty one, so that the place of each row is the one its maker sees.
    """
    if len(content) > LARGEST:
        raise Invalid(_("The file is larger than 5 MB."), field="file")
    reader = {"csv": _csv, "xlsx": _xlsx, "json": _json}.get(name.rsplit(".", 1)[-1].lower())
    if reader is None:
        raise Invalid(_("Give a file that ends in .csv, .xlsx or .json."), field="file")
    try:
        rows = reader(content)
    except UnicodeDecodeError as error:
        text = _("The file is not text in UTF-8. In Excel, save it as “CSV UTF-8” or as .xlsx.")
        raise Invalid(text, field="file") from error
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise Invalid(_("This is not an Excel workbook, though its name ends in .xlsx."), field="file") from error
    except json.JSONDecodeError as error:
        text = _("This is not JSON: line %(line)s, column %(column)s cannot be read.")
        raise Invalid(text % {"line": error.lineno, "column": error.colno}, field="file") from error
    except (ValueError, csv.Error) as error:
        raise Invalid(_("The file cannot be read: %(why)s") % {"why": str(error)[:200]}, field="file") from error
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise Invalid(_("The file has no rows below its heading."), field="file")
    unknown = sorted({column for row in rows for column in row} - set(COLUMNS))
    if unknown:
        raise Invalid(
            _("The first row names columns that the register does not know: %(unknown)s. It knows: %(known)s.")
            % {"unknown": ", ".join(unknown)[:200], "known": ", ".join(COLUMNS)},
            field="file",
            unknown=unknown,
        )
    _refuse_unstorable(rows)
    return rows


def _refuse_unstorable(rows: list[dict[str, str]]) -> None:
    """PostgreSQL keeps neither U+0000 nor half a surrogate pair; say where one stands before anything is written."""
    for place, row in enumerate(rows, start=1):
        for name, value in row.items():
            if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
                text = _("Row %(row)s below the heading, column %(name)s: a character that is none, take it out.")
                raise Invalid(text % {"row": place, "name": name}, field="file")


def _csv(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    return _rows(list(_limited(reader)))


def _xlsx(content: bytes) -> list[dict[str, str]]:
    with ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
            raise ValueError(_("it unpacks to more than 50 MB"))
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        return _rows([["" if cell is None else str(cell) for cell in row] for row in _limited(sheet.values)])
    finally:
        book.close()


def _json(content: bytes) -> list[dict[str, str]]:
    try:
        data = json.loads(content)
    except RecursionError as error:
        raise ValueError(_("it is nested too deeply")) from error
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise ValueError(_("it is not a list of entries"))
    if len(data) > MOST_ROWS:
        raise ValueError(_("it has more than 10,000 rows"))
    rows = [{str(name).strip().lower(): _text(value).strip() for name, value in row.items()} for row in data]
    return [row if any(row.values()) else {} for row in rows]


def _limited(rows: Iterable[Any]) -> Iterable[Any]:
    for place, row in enumerate(rows):
        if place > MOST_ROWS:
            raise ValueError(_("it has more than 10,000 rows"))
        yield row


def _rows(lines: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    if not lines:
        return []
    names = [str(name).strip().lower() for name in lines[0]]
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise ValueError(_("a column is named twice: %(names)s") % {"names": ", ".join(doubled)})
    found = []
    for line in lines[1:]:
        row = {name: str(cell).strip() for name, cell in zip(names, line, strict=False) if name}
        found.append({name: _plain(value) for name, value in row.items()} if any(row.values()) else {})
    return found


def _plain(value: str) -> str:
    """Take the apostrophe away that :func:`safe_cell` put there."""
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA) else value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _printable(text: str) -> str:
    """``text`` without the control characters that XML cannot hold."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")
