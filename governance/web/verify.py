"""Drop a PDF and learn what it is: one of ours or not, unaltered or not, current or superseded. Open to anybody."""

import hashlib
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import IssuedReport
from audit.reports.identify import MAX_FILE, Identified, identify
from audit.reports.read import HEAVY, is_current
from governance.committees.minutes import by_digest

MEGABYTE = 1_000_000
DIGITS = 16  # of the data digest stand in a QR code


class CopyForm(forms.Form):
    """The copy somebody holds."""

    file = forms.FileField(
        label=gettext_lazy("The PDF you hold"),
        help_text=gettext_lazy("It is read once to compare its digest and is not kept."),
        error_messages={
            "required": gettext_lazy("Choose the PDF file of a report."),
            "empty": gettext_lazy("The file is empty; choose the PDF of a report."),
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE:
            raise forms.ValidationError(_("A report is smaller than %(n)d MB.") % {"n": MAX_FILE // MEGABYTE})
        return file


def verify(request: HttpRequest) -> HttpResponse:
    """Say what the file is. Nothing about the organisation is shown that the file does not already show."""
    form = CopyForm(request.POST, request.FILES) if request.method == "POST" else CopyForm()
    context: dict[str, Any] = {"form": form, **_scanned(request)}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"].read()
        minutes = by_digest(hashlib.sha256(file).hexdigest())
        if minutes is not None:
            said = _("These are the minutes %(ref)s as they were issued, byte for byte.") % {"ref": minutes.ref}
            context |= {"minutes": minutes, "answer": said}
            return render(request, "pages/verify.html", context)
        found = identify(file)
        context |= {"found": found, "answer": answer(found), "sound": found.verdict in ("unaltered", "signed_copy")}
    return render(request, "pages/verify.html", context)


def _scanned(request: HttpRequest) -> dict[str, Any]:
    """Tell what the QR code of a paper copy names; only to who holds the beginning of its digest too."""
    ref, data = request.GET.get("ref", ""), request.GET.get("data", "")
    if not ref or len(data) != DIGITS:
        return {}
    found = IssuedReport.objects.filter(ref=ref, data_sha256__startswith=data.lower()).defer(*HEAVY).first()
    if found is None:
        return {"scanned_nothing": True}
    return {"scanned": found, "scanned_current": is_current(found)}


def answer(found: Identified) -> str:
    """The verdict as one sentence."""
    sentences = {
        "unaltered": _("This is report %(ref)s as it was issued, byte for byte."),
        "signed_copy": _("This is the signed copy of report %(ref)s; the pages and data are those that were issued."),
        "extended": _(
            "This begins with report %(ref)s as issued; something was appended afterwards, such as a signature."
        ),
        "altered": _("This names report %(ref)s and is not that report: it was altered after it was issued."),
        "unknown": _("This is not a report issued here, or it cannot be read."),
    }
    return sentences[found.verdict] % {"ref": found.report.ref if found.report else ""}
