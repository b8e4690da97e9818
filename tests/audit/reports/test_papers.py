"""Papers of other rooms: plain data in, the same archival and accessible pages out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import outloud
import pikepdf.pdfa
import pytest

from audit.reports.papers import NotAPaper, document, paper
from tests.audit.reports.reading import opened, squeezed, text_of
from tests.audit.reports.sample import NAMES, figure

AT = datetime(2026, 11, 21, 14, tzinfo=UTC)


def minutes(**more: Any) -> dict[str, Any]:
    """Return the content of minutes with every kind of block."""
    sections: list[dict[str, Any]] = [
        {
            "title": "Attendance",
            "blocks": [
                {"lead": "Seven of nine members were present; quorum is five."},
                {"facts": {"Chair": NAMES[0], "Secretary": NAMES[1]}},
                {
                    "table": [[name, "present"] for name in NAMES],
                    "columns": ["Member", {"label": "Attendance", "align": "right"}],
                    "title": "Who was there",
                },
            ],
        },
        {
            "title": "Decisions",
            "blocks": [
                "The committee took one decision.",
                {"statement": "Policy P-0003 is signed off.", "by": "Committee", "at": AT, "reference": "S-0004"},
                {"fact": "Two votes were cast against.", "against": True, "source": "votes"},
                {"gap": "No impact assessment is recorded."},
                {"figures": [figure(1, "Override rate", "0.11")], "title": "Figures before the committee"},
                {"table": [], "columns": ["Vote"], "empty": "Nobody abstained."},
            ],
        },
        {"title": "Data pack", "reason": "not yet recorded"},
    ]
    return {"title": "Minutes", "ref": "M-0003", "prepared_at": AT, "sections": sections, **more}


def test_a_paper_is_archival_accessible_and_says_everything(tmp_path: Path) -> None:
    pdf = paper("minutes", minutes(signatures=("Chair", "Secretary")))
    assert paper("minutes", minutes(signatures=("Chair", "Secretary"))) == pdf
    text = squeezed(text_of(pdf))
    said = ["Seven of nine members", "S-0004", "Two votes were cast against.", "Nobody abstained.", "11.0 %", "Chair"]
    assert [words for words in [*said, *NAMES, "not yet recorded"] if squeezed(words) not in text] == []
    with opened(pdf) as made:
        pikepdf.pdfa.prepare(made, "3b", output_intent=None)
        assert pikepdf.pdfa.check(made, "3b").verdict == "pass"
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    assert [f.message for f in outloud.check(str(path)).findings if f.severity in ("error", "warning")] == []


def test_the_attached_data_are_the_paper() -> None:
    with opened(paper("minutes", minutes())) as made:
        assert b'"kind":"minutes"' in made.attachments["report.json"].get_file().read_bytes()
    assert document("minutes", minutes()).sections[2].reason == "not yet recorded"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({"title": ""}, "title"),
        ({"prepared_at": datetime(2026, 11, 21)}, "zone"),  # noqa: DTZ001
        ({"sections": [{"blocks": []}]}, "Section 1"),
        ({"sections": [{"title": "A", "id": "a"}, {"title": "B", "id": "a"}]}, "id a"),
        ({"sections": [{"title": "A", "blocks": [{"picture": 1}]}]}, "section-1-1"),
        ({"sections": [{"title": "A", "blocks": [{"table": [["x"]], "columns": ["a", "b"]}]}]}, "row 1 has 1 cells"),
        ({"sections": [{"title": "A", "blocks": [7]}]}, "not int"),
    ],
)
def test_what_is_no_paper_is_refused_with_the_place(content: dict[str, Any], names: str) -> None:
    with pytest.raises(NotAPaper, match=names):
        paper("minutes", minutes(**content))
