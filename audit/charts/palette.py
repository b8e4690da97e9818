"""The print colours and strokes of each role. The screen's are in ``tokens.css``; a test holds the light ones equal."""

from dataclasses import dataclass

PAPER = "#fcfcfa"
INK = "#1b1d22"
QUIET = "#565b64"
HAIRLINE = "#dcdcd6"
RULE = "#868a91"
ACCENT = "#3b3390"
WITHIN = "#0c6361"
ATTENTION = "#a3430d"
INSUFFICIENT = "#5b606a"
BREACH = "#951b3f"
TONES = ("#2c2f6b", "#6a6fb3", "#a5a9d2", "#7d8187", "#c6c8cb")

STATES = {
    "pass": WITHIN,
    "attention": ATTENTION,
    "insufficient-data": INSUFFICIENT,
    "reference": INK,
    "none": INK,
    "breach": BREACH,
}


@dataclass(frozen=True, slots=True)
class Look:
    """Stroke and fill of a shape on paper; ``dash`` lengths as in PDF."""

    stroke: str = ""
    fill: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()


_PLAIN = {
    "axis": Look(RULE, width=0.8),
    "grid": Look(HAIRLINE, width=0.6),
    "hairline": Look(HAIRLINE, width=0.6),
    "guide": Look(HAIRLINE, width=0.6),
    "threshold": Look(ACCENT, width=1.2),
    "reference-line": Look(RULE, width=0.8, dash=(2, 3)),
    "event": Look(RULE, width=0.8, dash=(1, 2)),
    "line": Look(INK, width=1.4),
    "band": Look(fill="#e4e4ee"),
    "point": Look(fill=INK),
    "label": Look(fill=INK),
    "heading": Look(fill=INK),
    "figure": Look(fill=INK),
    "figure-quiet": Look(fill=QUIET),
    "tick": Look(fill=QUIET),
    "event-label": Look(fill=QUIET),
    "threshold-label": Look(fill=ACCENT),
    "seal-rim": Look(ACCENT, width=0.8),
    "seal-curve": Look(ACCENT, width=0.6),
    "seal-heart": Look(fill=ACCENT),
}


def look(role: str) -> Look:
    """Return how ``role``, such as ``mark pass`` or ``axis``, prints; unknown roles print as ink lines."""
    name, _, state = role.partition(" ")
    colour = STATES.get(state, INK)
    if name == "mark":
        hollow = state == "insufficient-data"
        return Look(colour, PAPER if hollow else colour, 1.4)
    if name == "interval":
        return Look(colour, width=1.6, dash=(3, 2.5) if state == "insufficient-data" else ())
    if name == "arrow":
        return Look(fill=colour)
    if name == "bar":
        return Look(fill=TONES[1] if state == "none" else colour)
    if name == "part":
        return Look(fill=TONES[int(state[-1])]) if state.startswith("tone-") else Look(HAIRLINE)
    return _PLAIN.get(name, Look(INK))
