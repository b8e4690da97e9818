"""What committees decided about the use case in the window, and the frozen figures that lay before them."""

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Table
from audit.reports.context import Context
from governance.models import DataPack, Resolution


def blocks(context: Context) -> list[Block]:
    """Return the resolutions, and the data packs of their meetings where figures were frozen; nothing without any."""
    found = list(
        Resolution.objects.filter(
            use_case=context.use_case, decided_at__gte=context.window.start, decided_at__lt=context.window.end
        )
        .filter(decided_at__lte=context.at)
        .select_related("item__meeting__committee")
        .order_by("decided_at", "ref")
    )
    if not found:
        return []
    packs = DataPack.objects.filter(
        meeting__in={each.item.meeting_id for each in found}, frozen_at__lte=context.at
    ).select_related("meeting")
    made: list[Block] = [_resolutions(found)]
    if listed := list(packs.order_by("frozen_at", "pk")):
        made.append(_packs(listed))
    return made


def _resolutions(found: list[Resolution]) -> Table:
    rows = tuple(
        (
            each.ref,
            display.moment(each.decided_at),
            f"{each.item.meeting.committee.name}, {each.item.meeting.ref}",
            each.get_outcome_display(),
            _tally(each),
            each.text,
        )
        for each in found
    )
    columns = (
        Column(key="ref", label=_("Resolution")),
        Column(key="when", label=_("Decided")),
        Column(key="meeting", label=_("Meeting"), weight=2),
        Column(key="outcome", label=_("Outcome")),
        Column(key="tally", label=_("Yes, no, abstained")),
        Column(key="text", label=_("What was resolved"), weight=3),
    )
    return Table(id="resolutions", title=_("Resolutions of committees within the window"), columns=columns, rows=rows)


def _tally(each: Resolution) -> str:
    return ", ".join(display.number(int(each.tally.get(name, 0))) for name in ("yes", "no", "abstain"))


def _packs(packs: list[DataPack]) -> Table:
    rows = tuple(
        (
            pack.meeting.ref,
            display.moment(pack.frozen_at),
            "–" if pack.checkpoint_size is None else display.number(pack.checkpoint_size),
            pack.sha256,
            str(pack.entry),
        )
        for pack in packs
    )
    columns = (
        Column(key="meeting", label=_("Meeting")),
        Column(key="frozen", label=_("Frozen")),
        Column(key="size", label=_("Checkpoint"), align="right"),
        Column(key="sha256", label="SHA-256", mono=True, weight=2),
        Column(key="entry", label=_("Ledger entry"), mono=True, weight=2),
    )
    note = _("The figures as the members saw them; the minutes name the same digest.")
    return Table(id="packs", title=_("Data packs of these meetings"), columns=columns, rows=rows, note=note)
