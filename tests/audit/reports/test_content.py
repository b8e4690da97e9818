"""Report data: canonical bytes, nothing lost, nothing unknown let in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reports import content
from tests.audit.reports.sample import figure, sample
from tests.scale import count


def test_json_gives_the_report_back_and_is_stable() -> None:
    report = sample()
    data = content.to_json(report)
    assert content.from_json(data) == report
    assert content.to_json(content.from_json(data)) == data
    assert b": " not in data[:200]
    assert data.startswith(b'{"meta":{"checkpoint":')


@given(
    value=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=6),
    n=st.none() | st.integers(0, 10**9),
    label=st.text(max_size=60),
)
def test_every_figure_survives_the_round_trip(value: Decimal | None, n: int | None, label: str) -> None:
    one = content.Figure(id="x", label=label, unit="share", value=value, n=n)
    block = content.KeyFigures(id="k", title="", figures=(one,))
    report = content.OversightReport(
        meta=sample().meta, sections=(content.Section(id="s", title="S", blocks=(block,)),)
    )
    assert content.from_json(content.to_json(report)) == report


def test_a_changed_figure_changes_the_digest() -> None:
    report = sample()
    other = sample(scope="Employment status predictions")
    assert content.digest(report) != content.digest(other)
    assert len({content.digest(sample()) for _ in range(count(40, at_least=2))}) == 1


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"meta":{},"sections":[]}', b"\xff"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(content.ReportUnreadable):
        content.from_json(data)


def test_an_unknown_field_is_refused() -> None:
    data = content.to_json(sample()).replace(b'{"meta":', b'{"added":1,"meta":', 1)
    with pytest.raises(content.ReportUnreadable, match="added"):
        content.from_json(data)


def test_data_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        figure(1, "x", "0.5").value = Decimal(1)  # type: ignore[misc]


def test_figures_come_in_reading_order() -> None:
    ids = [f.id for f in content.figures(sample())]
    assert ids[:6] == [f"sample.{n}" for n in range(1, 7)]
    assert len(ids) == 6 + 14 * 3
