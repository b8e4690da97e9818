"""Every number resolves: from a figure to the decisions behind it, recounted by code that shares nothing with ours."""

import base64
import hashlib
import random
from typing import Any

import pytest
from django.test import Client

from audit.ledger import merkle
from audit.ledger.models import Entry
from audit.models import IssuedReport
from audit.reports import basis, content
from audit.reports.trace import NoSuchFigure, trace
from tests.audit.reports.conftest import Past
from tests.audit.reports.test_issue import issued
from tests.scale import SEED, count


@pytest.mark.parametrize(
    "text",
    [
        basis.oversight("m1/modify", "m1/override", of=("m1",)),
        basis.oversight(basis.cell("m1_class", "a/b + c of d")),
        basis.fairness("final", [("sex", "female against x")], [("sex", "male")]),
        basis.findings("UNREVIEWED", "hard", "open"),
        basis.events(),
        basis.events("ai.oversight.decision.v1"),
        basis.register("incident", "appeal"),
    ],
)
def test_a_basis_reads_back_as_it_was_written(text: str) -> None:
    assert str(basis.parse(text)) == text


@pytest.mark.parametrize("text", ["", "m1/override", "weather: m1"])
def test_what_is_no_basis_is_refused(text: str) -> None:
    with pytest.raises(basis.BasisUnreadable):
        basis.parse(text)


def read(row: IssuedReport) -> content.OversightReport:
    return content.from_json(bytes(row.data))


def all_behind(report: content.OversightReport, number: str) -> list[Any]:
    """Follow the pages of a figure to their end."""
    found, after = [], ""
    while True:
        page = trace(report, number, after=after, limit=20)
        found += page.behind
        after = page.after
        if not after:
            return found


def recounted(past: Past, words: tuple[str, ...]) -> int | None:
    """Count the decisions of a cell from what was sent; None for a cell that what was sent does not decide."""
    kind = {"confirm": False, "modify": None, "override": True}
    rules: dict[tuple[str, ...], Any] = {
        ("decisions",): lambda row: True,
        ("executed",): lambda row: True,
        ("submitted",): lambda row: row["reviewed"],
        ("never_reviewed",): lambda row: not row["reviewed"],
    }
    if words[0] == "m1" and len(words) == 2:
        changed = kind[words[1]]
        return sum(row["reviewed"] and (row["proposal"] != row["final"]) is changed for row in past.rows)
    rule = rules.get(words)
    return None if rule is None else sum(bool(rule(row)) for row in past.rows)


def verified(proof: str, envelope: bytes) -> bool:
    """Check a tlog-proof by hand, from its text: RFC 6962 hashing, the path, and the root the note signs."""
    top, _, note = proof.partition("\n\n")
    _, number, *path = top.split("\n")
    index, size = int(number.removeprefix("index ")), int(note.split("\n")[1])
    hashed = hashlib.sha256(b"\x00" + envelope).digest()
    steps, last = [base64.b64decode(line) for line in path], size - 1
    for step in steps:
        if index % 2 or index == last:
            hashed = hashlib.sha256(b"\x01" + step + hashed).digest()
            while not index % 2 and index:
                index, last = index // 2, last // 2
        else:
            hashed = hashlib.sha256(b"\x01" + hashed + step).digest()
        index, last = index // 2, last // 2
    return last == 0 and base64.b64encode(hashed).decode() == note.split("\n")[2]


def test_random_figures_resolve_to_decisions_that_recount_and_prove(past: Past) -> None:
    report = read(issued(past))
    numbers = sorted(set(content.numbered(report.sections).values()))
    rng = random.Random(SEED)
    chosen = rng.sample(numbers, min(count(50, at_least=12), len(numbers)))
    recounts = 0
    for number in chosen:
        found = trace(report, number)
        if found.figure.value is None:
            assert found.figure.reason, number
            continue
        assert found.basis is not None, found.figure.id
        behind = all_behind(report, number)
        names = [each.thing.name for each in behind]
        assert len(names) == len(set(names))
        if found.basis.room == "oversight":
            for cell, stored in found.aggregate.items():
                assert sum(each.thing.adds.get(cell, 0) for each in behind) == stored, (number, cell)
                independent = recounted(past, tuple(cell.split("/")))
                assert independent in (None, stored), (number, cell)
                recounts += independent is not None
        elif found.basis.room == "fairness":
            assert {each.thing.decision_id for each in behind} == {row["id"] for row in past.rows}
            assert all(each.thing.counted is None for each in behind)
            for name in {cell.split("/")[0] for cell in found.aggregate}:
                group = name.split("%3D")[1]
                counted = sum(n for cell, n in found.aggregate.items() if cell.startswith(name))
                assert counted == sum(row["group"] == group for row in past.rows)
            recounts += 1
        proven = next((each for each in behind if each.entries), None)
        if proven is not None:
            envelope = bytes(Entry.objects.get(pk=proven.ids[0]).envelope)
            assert verified(proven.entries[0].to_text(), envelope), number
            assert proven.entries[0].size == found.figure.checkpoint
            assert merkle.leaf_hash(envelope) == proven.entries[0].leaf_hash
    assert recounts


@pytest.mark.slow
def test_every_available_figure_names_what_it_counts(past: Past) -> None:
    report = read(issued(past))
    unnamed = [f.id for f in content.figures(report) if f.value is not None and not f.basis]
    assert unnamed == []
    for figure in content.figures(report):
        if figure.basis:
            basis.parse(figure.basis)


def test_the_page_and_the_data_of_a_figure(past: Past, client: Client) -> None:
    row = issued(past)
    report = read(row)
    number = content.numbered(report.sections)[f"{past.use_case.ref}.practice.M1"]
    address = f"/reports/{row.ref}/figures/{number}/"
    assert client.get(address).status_code == 302
    assert past.cast is not None
    client.force_login(past.cast.anna)
    page = client.get(address)
    assert page.status_code == 200
    text = page.content.decode()
    assert "m1/override" in text
    assert f"/reports/{row.ref}/figures/{number}.json" in text
    given = client.get(f"/reports/{row.ref}/figures/{number}.json").json()
    assert given["figure"]["number"] == number
    assert len(given["behind"]) == 20
    assert given["after"]
    assert given["behind"][0]["standing"] == "intact"
    assert client.get(f"/reports/{row.ref}/figures/99.99/").status_code == 404
    assert f'href="{address}"' in client.get(f"/reports/{row.ref}/").content.decode()


@pytest.mark.slow
def test_a_number_that_is_none_is_told(past: Past) -> None:
    with pytest.raises(NoSuchFigure, match=r"99\.1"):
        trace(read(issued(past)), "99.1")
