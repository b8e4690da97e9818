"""A report made by hand from invented figures, for tests of renderings; it has no database behind it."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from PIL import Image, ImageDraw

from audit.reports.content import (
    Chart,
    ChartMark,
    ChartPoint,
    ChartRow,
    Checkpoint,
    Column,
    Fact,
    Facts,
    Figure,
    Interval,
    KeyFigures,
    Logo,
    Meta,
    Note,
    OversightReport,
    Paragraph,
    Section,
    Statement,
    Table,
    Window,
)
from governance.letterhead.picture import logo_of

START = datetime(2025, 11, 1, tzinfo=UTC)
WINDOW = Window(start=START, end=datetime(2026, 11, 1, tzinfo=UTC))
ROOT = hashlib.sha256(b"sample").hexdigest()


def _drawn() -> bytes:
    """Return a mark of our own as PNG: a ring, and two bars where a name would stand."""
    made = io.BytesIO()
    picture = Image.new("RGBA", (620, 180), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((12, 12, 168, 168), outline=(32, 64, 106, 255), width=26)
    pen.rectangle((210, 56, 600, 84), fill=(32, 64, 106, 255))
    pen.rectangle((210, 108, 470, 124), fill=(32, 64, 106, 150))
    picture.save(made, "PNG")
    return made.getvalue()


_KEPT = logo_of(_drawn())
LOGO = Logo(png=_KEPT.png, width=_KEPT.width, height=_KEPT.height, sha256=_KEPT.sha256)
NAMES = (
    "Ελένη Παπαδοπούλου",
    "Цветелина Йорданова",
    "Žydrūnė Šliūpaitė",
    "Ģirts Ķēniņš",
    "Łukasz Świątek",
    "Jürgen Groß",
    "Åse Bjørnstad",
    "Ștefan Țurcanu",
    "Őrsi Győző",
)


def figure(number: int, label: str, value: str | None, unit: str = "share", **more: object) -> Figure:
    """Return a figure; bounds are set a little around a share's value."""
    bounds = None
    if value is not None and unit in ("share", "ratio", "points"):
        middle = Decimal(value)
        bounds = Interval(low=middle - Decimal("0.021"), high=middle + Decimal("0.024"), method="wilson")
    values: dict[str, object] = {
        "id": f"sample.{number}",
        "label": label,
        "unit": unit,
        "window": WINDOW,
        "checkpoint": 6214,
        "value": None if value is None else Decimal(value),
        "n": 2412 + number,
        "interval": bounds,
        "method_version": "1",
        "evidence_grade": "B",
        "simulated": True,
        "query": "audit.oversight.aggregates.counts_for",
        **more,
    }
    return Figure(**values)  # type: ignore[arg-type]


def meta(**changes: object) -> Meta:
    """Return report metadata with ``changes``."""
    values: dict[str, object] = {
        "ref": "R-0007",
        "kind": "oversight",
        "title": "Human oversight and fairness report",
        "organisation": "State Statistical Office, Directorate of Labour Market Analysis",
        "scope": "Employment status prediction",
        "scope_ref": "UC-0001",
        "window": WINDOW,
        "prepared_at": datetime(2026, 11, 21, 14, 5, tzinfo=UTC),
        "prepared_by": "Maren Ellingsen",
        "language": "en",
        "generator": "Custodes 0.1.0",
        "law_version": "AI Act as of 21 Nov 2026",
        "checkpoint": Checkpoint(
            origin="custodes.example/ledger",
            size=6214,
            root=ROOT,
            fingerprint="af2b dbe1 aa9b 6ec1 e2ad e1d6 94f4 1fc7",
        ),
        "recipients": ("Oversight committee", "Legal department"),
        "simulated": "Human reviews in this report are simulated.",
        "verify_url": "https://custodes.example/verify",
        "logo": LOGO,
        **changes,
    }
    return Meta(**values)  # type: ignore[arg-type]


def summary() -> Section:
    return Section(
        id="summary",
        title="Summary for decision",
        blocks=(
            Paragraph(
                role="lead",
                text="Two of nine measures contradict the declared design. A decision is asked for.",
            ),
            Statement(
                kind="computed",
                against=True,
                text="41 of 2,412 decisions that needed a human approval took effect before one was recorded.",
                source="findings UNREVIEWED",
                reference="F-0001 to F-0041",
            ),
            Statement(
                kind="person",
                text="The night shift had no reviewer on duty for three weeks; since 2 October it has.",
                by=f"{NAMES[0]}, head of unit",
                at=datetime(2026, 10, 30, 9, 12, tzinfo=UTC),
                reference="R-0006",
            ),
            Statement(
                kind="gap",
                text="No outcome is known for decisions taken after September; accuracy is not assessed for them.",
            ),
            KeyFigures(
                id="kf",
                title="The period in figures",
                figures=(
                    figure(1, "Decisions recorded", "2412", "count", n=None),
                    figure(2, "Reviewed by a person", "0.9412", state="supports"),
                    figure(3, "Changed by the reviewer", "0.0512", state="insufficient"),
                    figure(
                        4,
                        "Executed without the required approval",
                        "0.0170",
                        state="contradicts",
                        threshold=Decimal("0"),
                    ),
                    figure(5, "Median time to decide", "74", "seconds", n=2270),
                    figure(
                        6, "Canary catch rate", None, reason="no canaries were run in this window", state="insufficient"
                    ),
                ),
            ),
            Note(
                kind="simulated",
                text="The human reviews are made by reviewer profiles with a fixed seed; "
                "they say nothing about real reviewers.",
            ),
        ),
    )


def register(long: str = "") -> Section:
    duties = tuple(
        (
            f"Art 26({n})",
            f"Duty number {n}: assign human oversight to persons who have the necessary competence, training and "
            f"authority, and the necessary support {long}",
            "deployer",
            "2 Dec 2027",
            "open" if n % 3 else "evidence on file",
        )
        for n in range(1, 13)
    )
    return Section(
        id="register",
        title="Register entry",
        blocks=(
            Facts(
                items=(
                    Fact(
                        label="Intended purpose",
                        text="Predict whether a person is employed, to decide who is asked for further documents.",
                    ),
                    Fact(label="Owner", text=", ".join(NAMES[:3])),
                    Fact(label="Tier", text="High risk"),
                    Fact(label="Legal basis", text="Art 6(2), Annex III 5(a)"),
                    Fact(label="Policy digest", text="sha256:" + ROOT, mono=True),
                )
            ),
            Table(
                id="duties",
                title="Duties and when they apply",
                columns=(
                    Column(key="a", label="Article"),
                    Column(key="d", label="Duty", weight=4),
                    Column(key="r", label="Role"),
                    Column(key="f", label="From", align="right"),
                    Column(key="e", label="Evidence"),
                ),
                rows=duties,
                note="Dates follow the AI Act as amended; see Method and limits.",
            ),
        ),
    )


def fairness(rows: int = 14) -> Section:
    states = ("pass", "attention", "insufficient_data")
    chart = tuple(
        ChartRow(
            label=f"Group {i}",
            value=Decimal(80 + i) / 100,
            low=Decimal(70 + i) / 100,
            high=Decimal(90 + i) / 100,
            n=120 * i + 14,
            state=states[i % 3],
            group="sex" if i < 4 else "race",
        )
        for i in range(9)
    )
    months = [START + timedelta(days=30 * i) for i in range(12)]
    points = tuple(
        ChartPoint(
            at=m,
            value=None if i == 5 else Decimal(50 + i) / 100,
            low=Decimal(46 + i) / 100,
            high=Decimal(54 + i) / 100,
            n=200,
        )
        for i, m in enumerate(months)
    )
    body = tuple(
        (
            f"{NAMES[i % 9]} × group {i}",
            figure(100 + i, "Selection rate", f"0.{40 + i % 50}"),
            figure(3000 + i, "Impact ratio", f"0.{70 + i % 30}", "ratio"),
            Figure(
                id=f"v{i}",
                label="Verdict",
                unit="text",
                text=("within threshold", "disparity found", "insufficient data")[i % 3],
                state=states[i % 3],
            ),
        )
        for i in range(rows)
    )
    return Section(
        id="fairness",
        title="Fairness",
        blocks=(
            Paragraph(
                role="lead",
                text="For one of nine comparisons a disparity was found; for three the data are insufficient.",
            ),
            Chart(
                id="c1",
                title="Impact ratio by group, final decision",
                finding="Most groups lie above the policy's threshold of 0.80; not Group 1.",
                alt="Dot and interval chart of the impact ratio of nine groups; the table below gives all values.",
                kind="dot_interval",
                unit="ratio",
                rows=chart,
                threshold=Decimal("0.8"),
                reference=Decimal(1),
            ),
            Table(
                id="groups",
                title="Selection rates and impact ratios",
                columns=(
                    Column(key="g", label="Group", weight=2),
                    Column(key="s", label="Selection rate", align="right"),
                    Column(key="i", label="Impact ratio", align="right"),
                    Column(key="v", label="Verdict"),
                ),
                rows=body,
            ),
            Chart(
                id="c2",
                title="Share granted per month",
                finding="The share granted rose over the year; April is missing.",
                alt="Line chart of the monthly share granted with a gap in April.",
                kind="time_series",
                unit="share",
                points=points,
                marks=(ChartMark(at=months[4], label="policy v2"),),
            ),
        ),
    )


def sample(**changes: object) -> OversightReport:
    """Return the whole sample report; ``changes`` go to its metadata."""
    return OversightReport(
        meta=meta(**changes),
        sections=(
            summary(),
            register(),
            Section(
                id="practice",
                title="Oversight in practice",
                status="not_available",
                reason="the aggregates of this window are being rebuilt",
            ),
            fairness(),
            Section(
                id="method",
                title="Method and limits",
                blocks=tuple(
                    Paragraph(
                        text=f"Paragraph {i}. "
                        + "Proportions carry Wilson 95 % intervals; differences Newcombe, ratios log-Wald ones. " * 4
                    )
                    for i in range(6)
                ),
            ),
        ),
    )
