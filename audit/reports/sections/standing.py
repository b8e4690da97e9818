"""What the measures come to: the pillars of oversight, and the sentences that may be said by the evidence."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from audit.assurance import speech
from audit.oversight import claims, pillars
from audit.oversight.measure import Measure
from audit.reports import display
from audit.reports.content import Column, Figure, State, Table

PILLAR_STATES: dict[str, State] = {
    "demonstrated": "supports",
    "contradicted": "contradicts",
    "not_yet_demonstrated": "insufficient",
}


def pillars_table(found: Sequence[Measure]) -> Table:
    """Return the verdict on each pillar, with what speaks for it, against it, and what it lacks."""
    words = {
        "demonstrated": _("demonstrated"),
        "contradicted": _("contradicted"),
        "not_yet_demonstrated": _("not yet demonstrated"),
    }
    rows = []
    for pillar in pillars(found):
        reading = Figure(
            id=f"pillar.{pillar.id}", label=pillar.id, unit="text", text=words[pillar.verdict],
            state=PILLAR_STATES[pillar.verdict],
        )  # fmt: skip
        lacking = ", ".join(
            f"{name} (n {display.number(pillar.needed[name])})" if name in pillar.needed else name
            for name in pillar.lacking
        )
        rows.append(
            (
                f"{pillar.id} {_(pillar.name)}",
                reading,
                ", ".join(pillar.supporting) or "–",
                ", ".join(pillar.contradicting) or "–",
                lacking or "–",
            )
        )
    columns = (
        Column(key="pillar", label=_("Pillar")),
        Column(key="reading", label=_("Reading")),
        Column(key="for", label=_("For")),
        Column(key="against", label=_("Against")),
        Column(key="lacking", label=_("Lacking"), weight=2),
    )
    note = _("A pillar is as strong as its weakest measure; there is no score (Sterz et al. 2024).")
    return Table(id="pillars", title=_("Is oversight demonstrated?"), columns=columns, rows=tuple(rows), note=note)


def claims_table(found: Sequence[Measure]) -> Table:
    """Return the sentences about this oversight, those that may not be said first."""
    order = {True: 2, False: 1}
    listed = sorted(claims(found), key=lambda claim: 0 if claim.withdrawn else order[claim.stands])
    rows = []
    for claim in listed:
        state: State = "contradicts" if claim.withdrawn else "supports" if claim.stands else "insufficient"
        word = _("may not be said") if claim.withdrawn else _("may be said") if claim.stands else _("not yet")
        reading = Figure(id=f"claim.{claim.id}", label=claim.id, unit="text", text=word, state=state)
        rows.append((_(claim.sentence), reading, claim.measure, speech.said(claim.reason)))
    columns = (
        Column(key="sentence", label=_("Sentence"), weight=3),
        Column(key="state", label=_("By the evidence")),
        Column(key="measure", label=_("Measure")),
        Column(key="why", label=_("Why"), weight=2),
    )
    return Table(
        id="claims", title=_("What may be said about this oversight"), columns=columns, rows=tuple(rows),
        header_column=False,
    )  # fmt: skip
