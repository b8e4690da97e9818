"""Words and shapes of meetings: their states, kinds of points, outcomes."""

from collections import Counter
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.committees.read import MeetingPage
from governance.committees.wording import quorum
from governance.models import AgendaItem
from governance.web.words import Word

MEETINGS: Final = {
    "convened": Word(gettext_lazy("convened"), "due", "due"),
    "open": Word(gettext_lazy("open now"), "open", "attention"),
    "closed": Word(gettext_lazy("closed"), "closed", "closed"),
    "cancelled": Word(gettext_lazy("called off"), "cross", "closed"),
}
ITEMS: Final = {
    "open": Word(gettext_lazy("to do"), "open"),
    "voting": Word(gettext_lazy("vote open"), "attention", "attention"),
    "decided": Word(gettext_lazy("decided"), "closed", "done"),
    "discussed": Word(gettext_lazy("discussed"), "closed", "done"),
    "deferred": Word(gettext_lazy("waits for another day"), "dash", "closed"),
}
OUTCOMES: Final = {
    "adopted": Word(gettext_lazy("adopted"), "closed", "done"),
    "rejected": Word(gettext_lazy("rejected"), "cross", "attention"),
    "sent_back": Word(gettext_lazy("sent back"), "dash", "attention"),
}
EVIDENCE: Final = {
    "shown": Word(gettext_lazy("shown"), "closed", "done"),
    "missing": Word(gettext_lazy("missing"), "cross", "breach"),
    "stale": Word(gettext_lazy("out of date"), "attention", "attention"),
}


def item_word(item: AgendaItem) -> Word:
    """The badge of a point: its outcome once it is decided."""
    resolution = getattr(item, "resolution", None)
    return OUTCOMES[resolution.outcome] if resolution is not None else ITEMS[item.state]


def meeting_answer(page: MeetingPage) -> str:
    """What a reader of the meeting's page wants to know, in two sentences."""
    meeting = page.meeting
    if meeting.state == meeting.State.CLOSED:
        return _closed(page)
    to_decide = sum(item.kind != AgendaItem.Kind.DISCUSS for item in page.items)
    n = len(page.items)
    points = ngettext("%(n)s point, %(decide)s to decide.", "%(n)s points, %(decide)s to decide.", n)
    first = points % {"n": n, "decide": to_decide}
    if meeting.state != meeting.State.OPEN:
        return first
    if meeting.form == meeting.Form.WRITTEN:
        return first + " " + _("Members vote in writing; whoever does not vote does not count for the quorum.")
    here = _("%(n)s of %(seats)s seats are filled.") % {"n": page.present, "seats": len(page.seats)}
    lacking = page.present < meeting.committee.quorum or page.missing
    asked = quorum(meeting.committee)
    there = (
        _("The quorum is lost: the charter asks for %(asked)s.") if lacking else _("The quorum is there: %(asked)s.")
    )
    return f"{first} {here} {there % {'asked': asked}}"


def _closed(page: MeetingPage) -> str:
    """What came of a meeting: each way a point can end, with how many did."""
    ended = Counter(item.state for item in page.items)
    parts = [
        (ngettext("%(n)s point decided", "%(n)s points decided", ended["decided"]), ended["decided"]),
        (ngettext("%(n)s discussed", "%(n)s discussed", ended["discussed"]), ended["discussed"]),
        (ngettext("%(n)s waits for another day", "%(n)s wait for another day", ended["deferred"]), ended["deferred"]),
    ]
    said = ", ".join(text % {"n": n} for text, n in parts if n)
    return f"{said}." if said else _("It ended without a point.")
