"""Minutes: what happened, told from the rows and the frozen pack, in a neutral form that a door prints and signs."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from audit.charts.words import ENGLISH, Words
from governance.access import record_change
from governance.committees import wording
from governance.committees.errors import WrongState
from governance.committees.pack import read_pack
from governance.committees.terms import amended
from governance.models import Action, AgendaItem, DataPack, ItemVote, Meeting, Minutes, User

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Printed:
    """What a door made of the minutes: the data as stored, the pages, and a signed copy."""

    data: bytes
    pdf: bytes
    signed_pdf: bytes | None


def minutes_ref(meeting: Meeting) -> str:
    """Return the reference of a meeting's minutes: MIN-0001 of M-0001."""
    return f"MIN-{meeting.ref.removeprefix('M-')}"


def content_of(meeting: Meeting, *, prepared_by: str, language: str = "en", words: Words = ENGLISH) -> Content:
    """Return the minutes of a closed meeting as titled sections of paragraphs, facts and tables.

    Equal rows give equal content: the time of preparation is the meeting's end. Raises :class:`WrongState`.
    """
    if meeting.closed_at is None:
        raise WrongState(_("Minutes are drawn up when the meeting is over."), state=meeting.state)
    items = list(meeting.items.select_related("use_case", "policy", "resolution__sign_off"))
    votes: dict[Any, list[ItemVote]] = {}
    rows = ItemVote.objects.filter(item__in=items, voided_at=None).select_related("person", "membership__person")
    for vote in rows.order_by("membership__term_from", "pk"):
        votes.setdefault(vote.item_id, []).append(vote)
    pack = DataPack.objects.filter(meeting=meeting).first()
    with translation.override(language):
        sections = [_meeting(meeting, pack), _attendance(meeting)]
        sections += [_item(item, votes.get(item.pk, [])) for item in items]
        sections += _figures(read_pack(pack), words) if pack else []
        sections += [_actions(meeting)]
        return {
            "title": _("Minutes: %(title)s") % {"title": meeting.title},
            "ref": minutes_ref(meeting),
            "scope": meeting.committee.name,
            "scope_ref": meeting.ref,
            "language": language,
            "prepared_at": meeting.closed_at,
            "prepared_by": prepared_by,
            "signatures": [_("Chair"), _("For the minutes")],
            "simulated": _("This meeting is part of an example; it never took place.") if meeting.simulated else "",
            "sections": sections,
        }


def issue_minutes(
    *, meeting: Meeting, actor: User, at: datetime, language: str, render: Callable[[Mapping[str, Any]], Printed]
) -> Minutes:
    """Print and store the minutes of a closed meeting and write their digests to the ledger; asked twice, done once.

    ``render`` turns the content into pages; it runs before the transaction.
    """
    existing = Minutes.objects.filter(meeting=meeting).first()
    if existing is not None:
        return existing
    made = render(content_of(meeting, prepared_by=actor.name, language=language))
    digests = {
        "data_sha256": hashlib.sha256(made.data).hexdigest(),
        "pdf_sha256": hashlib.sha256(made.pdf).hexdigest(),
        "signed_pdf_sha256": hashlib.sha256(made.signed_pdf).hexdigest() if made.signed_pdf else "",
    }
    with transaction.atomic():
        held = Meeting.objects.select_for_update().get(pk=meeting.pk)
        existing = Minutes.objects.filter(meeting=held).first()
        if existing is not None:
            return existing
        pack = DataPack.objects.filter(meeting=held).first()
        row = Minutes(
            ref=minutes_ref(held), meeting=held, language=language, data=made.data, pdf=made.pdf,
            signed_pdf=made.signed_pdf, issued_at=at, issued_by=actor, **digests,
        )  # fmt: skip
        after = {"meeting": held.ref, "pack_sha256": pack.sha256 if pack else None, **digests}
        change = record_change(
            actor=actor, at=at, action="committee.minutes_issued", stream="committee", obj=row, before=None,
            after=after, simulated=held.simulated,
        )  # fmt: skip
        row.entry = change.entry
        row.save(force_insert=True)
    return row


def _meeting(meeting: Meeting, pack: DataPack | None) -> Content:
    facts = [
        (_("Committee"), f"{meeting.committee.name} ({meeting.committee.ref})"),
        (_("Form"), str(meeting.get_form_display())),
        (_("Opened"), _moment(meeting.opened_at)),
        (_("Closed"), _moment(meeting.closed_at)),
        (_("Place"), meeting.place or "–"),
        (_("Convened by"), f"{meeting.convened_by.name}, {_moment(meeting.convened_at)}"),
        (_("Quorum of the charter"), wording.quorum(meeting.committee)),
    ]
    if meeting.deadline is not None:
        facts.append((_("Deadline"), _moment(meeting.deadline)))
    if pack is not None:
        facts.append((_("Data pack, SHA-256"), pack.sha256))
        facts.append((_("Data pack, ledger entry"), str(pack.entry)))
        facts.append((_("Data pack, frozen"), _moment(pack.frozen_at)))
    return {"id": "meeting", "title": _("The meeting"), "blocks": [{"facts": facts}]}


def _attendance(meeting: Meeting) -> Content:
    rows = meeting.attendance.select_related("person", "membership__person").order_by("arrived_at", "pk")
    table = [
        (
            row.person.name,
            row.membership.function if row.person_id == row.membership.person_id
            else _("%(function)s, for %(member)s")
            % {"function": row.membership.function, "member": row.membership.person.name},
            _moment(row.arrived_at),
            _moment(row.left_at),
        )
        for row in rows
    ]  # fmt: skip
    if meeting.form == Meeting.Form.WRITTEN:
        return {
            "id": "attendance",
            "title": _("Attendance"),
            "blocks": [_("The committee decided in writing; who took part stands with each vote.")],
        }
    columns = [_("Person"), _("Speaks for"), _("From"), _("Until")]
    block = {"table": table, "title": _("Who was there"), "columns": columns, "empty": _("Nobody was there.")}
    return {"id": "attendance", "title": _("Attendance"), "blocks": [block]}


def _item(item: AgendaItem, votes: list[ItemVote]) -> Content:
    facts = [(_("Kind"), str(item.get_kind_display())), (_("State"), str(item.get_state_display()))]
    if item.use_case is not None:
        facts.append((_("Use case"), f"{item.use_case.ref}, {item.use_case.name}"))
    if item.policy is not None:
        facts.append((_("Document"), f"{item.policy.ref}, {item.policy.digest}"))
    if item.digest:
        facts.append((_("Digest voted on"), item.digest))
    blocks: list[Any] = [{"facts": facts}]
    if item.question:
        blocks.append({"paragraph": item.question})
    if item.kind == AgendaItem.Kind.CHARTER:
        blocks.append(_amendment(item))
    if item.options:
        blocks.append(_options(item))
    if item.excluded:
        named = ", ".join(f"{each['name']} ({wording.grounds(each['grounds'])})" for each in item.excluded)
        blocks.append({"note": _("Excluded from the vote: %(named)s.") % {"named": named}})
    if item.note:
        blocks.append({"paragraph": item.note})
    if votes:
        blocks.append(_votes(votes))
        blocks += _reflections(votes)
    resolution = getattr(item, "resolution", None)
    if resolution is not None:
        blocks += _resolution(item, resolution, votes)
    return {"id": f"item-{item.number}", "title": f"{item.number}. {item.title}", "blocks": blocks}


def _amendment(item: AgendaItem) -> Content:
    columns = [_("Term"), _("Now"), _("Proposed")]
    return {"table": amended(item.effect), "title": _("What would change"), "columns": columns}


def _options(item: AgendaItem) -> Content:
    rows = [
        (
            f"{each['text']} ({_('put to the vote')})" if each["key"] == item.option else each["text"],
            "; ".join(each.get("pros", ())) or "–",
            "; ".join(each.get("cons", ())) or "–",
        )
        for each in item.options
    ]
    return {"table": rows, "title": _("Options"), "columns": [_("Option"), _("For it"), _("Against it")]}


def _votes(votes: list[ItemVote]) -> Content:
    rows = [
        (wording.voter(vote), vote.membership.function, str(vote.get_choice_display()), vote.reason or "–")
        for vote in votes
    ]
    return {
        "table": rows,
        "title": _("Votes"),
        "columns": [_("Member"), _("Speaks for"), _("Vote"), {"label": _("Reason"), "weight": 2}],
    }


def _reflections(votes: list[ItemVote]) -> list[Content]:
    rows = [(each["prompt"], vote.person.name, each["answer"]) for vote in votes for each in vote.reflections]
    if not rows:
        return []
    columns = [{"label": _("Question"), "weight": 2}, _("Member"), {"label": _("Answer"), "weight": 2}]
    return [{"table": rows, "title": _("Questions answered before the vote"), "columns": columns}]


def _resolution(item: AgendaItem, resolution: Any, votes: list[ItemVote]) -> list[Content]:
    blocks: list[Content] = [
        {
            "statement": wording.resolved(resolution),
            "by": item.meeting.committee.name,
            "at": resolution.decided_at,
            "reference": resolution.ref,
        }
    ]
    facts = [(_("Votes"), wording.tally(resolution.tally)), (_("Settled by"), wording.ground(resolution.ground))]
    if resolution.sign_off is not None:
        facts.append((_("Sign-off"), resolution.sign_off.ref))
    if resolution.expires_at is not None:
        facts.append((_("Holds until"), _moment(resolution.expires_at)))
    facts.append((_("Ledger entry"), str(resolution.entry)))
    blocks.append({"facts": facts})
    dissent = [vote for vote in votes if vote.choice == "no"]
    if dissent and resolution.outcome != "rejected":
        rows = [(wording.voter(vote), vote.reason) for vote in dissent]
        columns = [_("Member"), {"label": _("Reason"), "weight": 3}]
        blocks.append({"table": rows, "title": _("Dissent"), "columns": columns})
    return blocks


def _figures(pack: Mapping[str, Any], words: Words) -> list[Content]:
    """The frozen figures of each use case, as shown: value, interval, n."""
    sections = []
    for ref, shown in pack["use_cases"].items():
        rows = [
            (
                figure["id"],
                _(figure["label"]),
                wording.value(figure, words),
                wording.interval(figure, words),
                words.number(figure["n"]) if figure["n"] is not None else _("not available"),
            )
            for figure in shown["figures"]
        ]
        columns = [
            {"label": _("Figure"), "mono": True}, {"label": _("What it is"), "weight": 2},
            {"label": _("Value"), "align": "right"}, {"label": _("95 % interval"), "align": "right"},
            {"label": "n", "align": "right"},
        ]  # fmt: skip
        window = pack["window"]
        facts = wording.case_facts(shown)
        sections.append(
            {
                "id": f"pack-{ref.lower()}",
                "title": _("Data pack: %(name)s") % {"name": f"{ref}, {shown['name']}"},
                "blocks": [
                    {"facts": facts},
                    {
                        "table": rows,
                        "title": _("Figures from %(since)s to %(until)s")
                        % {"since": window["from"][:10], "until": window["until"][:10]},
                        "columns": columns,
                        "empty": _("Nothing was measured in this window."),
                    },
                ],
            }
        )
    return sections


def _actions(meeting: Meeting) -> Content:
    rows = [
        (row.ref, row.text, row.owner.name, localtime(row.due_at).date().isoformat())
        for row in Action.objects.filter(meeting=meeting).select_related("owner").order_by("ref")
    ]
    columns = [_("Reference"), {"label": _("What is to be done"), "weight": 2}, _("Owner"), _("Due")]
    block = {"table": rows, "title": _("What was agreed"), "columns": columns, "empty": _("No action was agreed.")}
    return {"id": "actions", "title": _("Actions"), "blocks": [block]}


def _moment(moment: datetime | None) -> str:
    return localtime(moment).strftime("%Y-%m-%d %H:%M %Z") if moment else "–"


def by_digest(sha256: str) -> Minutes | None:
    """Return the issued minutes whose PDF, signed or not, has this digest, without their bytes."""
    rows = Minutes.objects.select_related("meeting").defer("data", "pdf", "signed_pdf")
    return rows.filter(Q(pdf_sha256=sha256) | Q(signed_pdf_sha256=sha256)).first()
