"""What the reader was told, and how they want to be told."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from governance.access import DomainError
from governance.models import NoticePreference
from governance.notices import inbox_of, mark_read, set_preference, unread
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import Word

NEW = Word(gettext_lazy("new"), "open", "attention")
READ = Word(gettext_lazy("read"), "closed", "closed")


class WishForm(forms.Form):
    """Mail at once, once a day or not at all, and the hours nobody is mailed in."""

    mail = forms.ChoiceField(label=gettext_lazy("Mail"), choices=NoticePreference.Mail.choices)
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Between these hours only escalations, stops and incidents are mailed."),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    """The list, latest first."""
    user = reader(request)
    page = paged(inbox_of(user), request)
    fresh = unread(user)
    rows = [
        Row(
            cells=[
                Cell(text=notice.subject, href=notice.url),
                Cell(text=notice.at, kind="time"),
                Cell(word=READ if notice.read_at else NEW),
            ]
        )
        for notice in page.object_list
    ]
    n = page.paginator.count
    table = Table(
        id="notices", caption=_("Notices"), rows=rows, stack=True,
        columns=[Column(label=_("What")), Column(label=_("When")), Column(label=_("State"))],
        count=ngettext("%(n)s notice", "%(n)s notices", n) % {"n": n},
    )  # fmt: skip
    answer = (
        ngettext("%(n)s notice is new.", "%(n)s notices are new.", fresh) % {"n": fresh}
        if fresh
        else _("You have read everything you were told.")
    )
    return render(
        request, "pages/notices.html", {"table": table, "page": page, "query": "", "answer": answer, "fresh": fresh}
    )


@require_POST
@signed_in
def read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    user = reader(request)
    mark_read(notices=inbox_of(user).order_by(), actor=user, at=timezone.now())
    return redirect("notices")


@signed_in
def wishes(request: HttpRequest) -> HttpResponse:
    """How the reader wants to be told."""
    user = reader(request)
    known = NoticePreference.objects.filter(person__user=user).first()
    initial: dict[str, Any] = (
        {"mail": known.mail, "quiet_from": known.quiet_from, "quiet_until": known.quiet_until} if known else {}
    )
    form = WishForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_preference(actor=user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            field = error.data.get("field")
            form.add_error(field if field in form.fields else None, error.message)
        else:
            messages.success(request, _("Your wishes are kept."))
            return redirect("notice-settings")
    context = {"form": form, "crumbs": [(_("Notices"), reverse("notices")), (_("How you are told"), "")]}
    return render(request, "pages/notice_settings.html", context, status=422 if form.errors else 200)
