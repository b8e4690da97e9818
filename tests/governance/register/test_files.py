"""Files in and out: nothing starts a formula, a dry run writes nothing, a file is applied whole or not at all."""

import csv
import io
import json
from zipfile import ZipFile

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from governance.access import Invalid
from governance.models import Change, RegisterImport, UseCase
from governance.register import files, imports
from tests.cast import Cast, a_use_case

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0"]


@given(st.text())
def test_no_cell_starts_a_formula_and_the_apostrophe_comes_off_again(text: str) -> None:
    cell = files.safe_cell(text)
    assert not cell.startswith(files.FORMULA)
    assert files._plain(cell) == (
        text if not (text.startswith("'") and text[1:].startswith(files.FORMULA)) else text[1:]
    )


@pytest.mark.django_db
@pytest.mark.parametrize("evil", EVIL)
def test_exports_are_safe_to_open(cast: Cast, evil: str) -> None:
    a_use_case(cast, name=f"{evil}", purpose=evil, affected_people=evil)
    cases = UseCase.objects.select_related("owner", "unit").prefetch_related("systems__supplier")
    rows = list(csv.reader(io.StringIO(files.write(cases, "csv").decode("utf-8-sig"), newline="")))
    assert not [cell for row in rows[1:] for cell in row if cell.startswith(files.FORMULA)]
    sheet = load_workbook(io.BytesIO(files.write(cases, "xlsx"))).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell for cell in cells if str(cell.value).startswith(files.FORMULA)]


def row(**fields: str) -> dict[str, str]:
    return {"name": "N", "purpose": "P", "owner": "Olga", "unit": "Benefits", **fields}


def taken(cast: Cast, rows: list[dict[str, str]]) -> RegisterImport:
    return imports.take(actor=cast.anna, at=timezone.now(), content=json.dumps(rows).encode(), name="r.json")


@pytest.mark.django_db
def test_a_dry_run_says_what_would_happen_and_writes_nothing(cast: Cast) -> None:
    case, other = a_use_case(cast), a_use_case(cast, key="other")
    before = Change.objects.count()
    batch = taken(
        cast,
        [
            row(key="new-one"),
            {"ref": case.ref, "purpose": "Another."},
            {"ref": other.ref, "name": other.name},
            row(key="Bad Key"),
            row(roles="king"),
            {"ref": "UC-9999"},
            {"name": "only a name"},
            {"key": case.key, "tier": "minimal"},
        ],
    )
    lines = imports.dry_run(batch)
    assert [line.effect for line in lines] == ["new", "changed", "same", "wrong", "wrong", "wrong", "wrong", "wrong"]
    assert "a file cannot change it" in lines[-1].problems[0]
    assert (UseCase.objects.count(), Change.objects.count()) == (2, before)
    with pytest.raises(imports.NotClean):
        imports.apply(actor=cast.anna, at=timezone.now(), batch=batch)
    assert UseCase.objects.count() == 2


@pytest.mark.django_db
def test_a_clean_file_is_applied_once_with_every_change_in_the_ledger(cast: Cast) -> None:
    case = a_use_case(cast)
    batch = taken(cast, [row(key="new-one", systems="A; B", suppliers="V"), {"ref": case.ref, "purpose": "Another."}])
    imports.apply(actor=cast.anna, at=timezone.now(), batch=batch)
    made = UseCase.objects.get(key="new-one")
    assert made.owner == cast.people["olga"]
    assert {system.name for system in made.systems.all()} == {"A", "B"}
    case.refresh_from_db()
    assert case.purpose == "Another."
    assert Change.objects.filter(action="register.use_case.edited", object_ref=case.ref).count() == 1
    with pytest.raises(imports.NotClean):
        imports.apply(actor=cast.anna, at=timezone.now(), batch=batch)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_what_goes_out_comes_in_unchanged(cast: Cast, kind: str) -> None:
    a_use_case(cast, name="Κρίση – =1", affected_people="+3,000 people", countries=["DE", "FR"])
    cases = UseCase.objects.select_related("owner", "unit").prefetch_related("systems__supplier")
    content = files.write(cases, kind)
    batch = imports.take(actor=cast.anna, at=timezone.now(), content=content, name=f"register.{kind}")
    [line] = imports.dry_run(batch)
    assert (line.effect, line.problems) == ("same", ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({"decisions_per_day": "lots"}, "decisions_per_day: a whole number, for example 250"),
        ({"decisions_per_day": "9999999999"}, "decisions_per_day: a whole number, for example 250"),
        ({"countries": "Germany"}, "countries: codes of two letters, for example DE; LV"),
        ({"first_use": "05.01.2026"}, "first_use: write it as 2026-11-21"),
        ({"owner": "Rita"}, "owner: a file cannot change it; leave it empty (on record: Olga)"),
        ({"lifecycle": "live"}, "lifecycle: a file cannot change it; leave it empty (on record: planned)"),
        ({"systems": "Another"}, "systems: a file cannot change it"),
        ({"roles": "king"}, "roles: unknown is king; known are authorised_representative, deployer"),
    ],
)
def test_what_a_file_cannot_do_to_an_entry_is_said_with_what_would_be_right(
    cast: Cast, given: dict[str, str], right: str
) -> None:
    case = a_use_case(cast)
    [line] = imports.dry_run(taken(cast, [{"ref": case.ref, **given}]))
    assert line.effect == "wrong"
    assert [text for text in line.problems if text.startswith(right)], line.problems


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({"lifecycle": "live"}, "lifecycle: every use case begins as planned"),
        ({"tier": "high"}, "tier: decided on the page of the use case"),
        ({"ref": "UC-9999"}, "ref: there is no use case UC-9999; leave it empty for a new one"),
        ({"key": "Bad Key"}, "key: 3 to 80 lower-case letters, digits and hyphens, for example cv-ranking"),
        ({"suppliers": "A; B"}, "suppliers: one for all systems of the row"),
    ],
)
def test_a_new_row_is_not_quietly_less_than_it_says(cast: Cast, given: dict[str, str], right: str) -> None:
    [line] = imports.dry_run(taken(cast, [row(**given)]))
    assert line.effect == "wrong"
    assert line.problems[0].startswith(right)


@pytest.mark.django_db
def test_nothing_is_entered_twice(cast: Cast) -> None:
    case = a_use_case(cast)
    rows = [{"ref": case.ref}, {"key": case.key}, row(key="one"), row(name="Other", key="one"), row(), row(name="n")]
    lines = imports.dry_run(taken(cast, rows))
    assert [line.number for line in lines if line.problems] == [2, 4, 6]
    assert lines[1].problems == ("key: row 1 is about the same use case",)
    assert lines[5].problems == ("name: row 5 is about the same use case",)
    [again] = imports.dry_run(taken(cast, [row(name=case.name)]))
    assert again.problems[0].startswith(f"name: {case.ref} is called the same; write {case.ref} into ref")
    [beside] = imports.dry_run(taken(cast, [row(name=case.name, key="beside")]))
    assert beside.effect == "new"


@pytest.mark.django_db
def test_a_dry_run_names_whom_and_what_a_row_adds(cast: Cast) -> None:
    [line] = imports.dry_run(taken(cast, [row(owner="Olgaa", unit="New unit", systems="S; T")]))
    assert line.brings == ("adds the person Olgaa", "adds the unit New unit", "adds the system S", "adds the system T")
    [known] = imports.dry_run(taken(cast, [row()]))
    assert known.brings == ()


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "number"), [("r.csv", 4), ("r.xlsx", 4), ("r.json", 3)])
def test_a_row_has_the_number_its_maker_sees(cast: Cast, name: str, number: int) -> None:
    content = {
        "r.csv": b"name\nA\n\nB\n\n",
        "r.xlsx": xlsx(["name"], ["A"], [""], ["B"]),
        "r.json": b'[{"name": "A"}, {}, {"name": "B"}]',
    }[name]
    batch = imports.take(actor=cast.anna, at=timezone.now(), content=content, name=name)
    assert [line.number for line in imports.dry_run(batch)] == [number - 2, number]


def xlsx(*lines: list[str]) -> bytes:
    book = Workbook()
    for line in lines:
        book.worksheets[0].append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.csv"),
        (b"name\n", "a.csv"),
        (b"\xff\xfe\x00", "a.csv"),
        (b"nonsense,name\n1,2\n", "a.csv"),
        (b"name,name\n1,2\n", "a.csv"),
        (b"{}", "a.json"),
        (b"[" * 100_000, "a.json"),
        (b"not a zip", "a.xlsx"),
        (b"name\nx\n", "a.exe"),
        (xlsx(["wrong"], ["x"]), "a.xlsx"),
        (zipped("word/document.xml"), "a.xlsx"),
        ("Prüfung\n1\n".encode("cp1252"), "a.csv"),
        (b'[{"name": "a\\u0000b"}]', "a.json"),
        (b'[{"name": "\\ud800"}]', "a.json"),
        (b"name,purpose\na\x00b,c\n", "a.csv"),
        (b'[{"name": "x",}]', "a.json"),
        (b"name\n" + b"x\n" * 10_001, "a.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_answer_not_a_crash(content: bytes, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        files.read(content, name)
    assert caught.value.data["field"] == "file"
