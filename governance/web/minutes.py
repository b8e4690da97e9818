"""Minutes: the page, the PDF with the organisation's signature, and the data."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audit.reports.content import from_json
from audit.reports.papers import document
from governance.committees.minutes import content_of
from governance.committees.read import meetings_visible_to
from governance.models import Meeting, Minutes
from governance.web.pages import reader, signed_in
from governance.web.report_blocks import shown_sections

FILES = {"pdf": "application/pdf", "signed-pdf": "application/pdf", "json": "application/json"}


@signed_in
def minutes(request: HttpRequest, ref: str) -> HttpResponse:
    """The minutes of a closed meeting: drawn from the data whose digest stands in the ledger, once it is issued."""
    meeting = _meeting(request, ref)
    if meeting.closed_at is None:
        raise Http404(_("There are no minutes before a meeting is closed."))
    row = Minutes.objects.filter(meeting=meeting).defer("pdf", "signed_pdf").select_related("issued_by").first()
    if row is not None:
        report = from_json(bytes(row.data))
    else:
        language = (get_language() or "en")[:2]
        report = document("minutes", content_of(meeting, prepared_by=reader(request).name, language=language))
    context = {
        "meeting": meeting,
        "row": row,
        "sections": shown_sections(report),
        "crumbs": [
            (_("Committee"), reverse("committee")),
            (meeting.committee.name, reverse("committee-page", args=[meeting.committee.ref])),
            (meeting.ref, reverse("meeting", args=[meeting.ref])),
            (_("Minutes"), ""),
        ],
    }
    return render(request, "pages/minutes.html", context)


@signed_in
def download(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """One of the files of issued minutes."""
    row = Minutes.objects.filter(meeting=_meeting(request, ref)).first() if kind in FILES else None
    content = {"pdf": row.pdf, "signed-pdf": row.signed_pdf, "json": row.data}[kind] if row else None
    if row is None or not content:
        raise Http404
    answer = HttpResponse(bytes(content), content_type=FILES[kind])
    name = f"minutes-{row.ref}.{kind}".replace(".signed-pdf", "-signed.pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _meeting(request: HttpRequest, ref: str) -> Meeting:
    rows = meetings_visible_to(reader(request)).select_related("committee", "convened_by")
    found = rows.filter(ref=ref).first()
    if found is None:
        raise Http404(_("There is no meeting %(ref)s that you can see.") % {"ref": ref})
    return found
