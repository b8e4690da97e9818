"""The time window of a page of figures: from the URL, else the last twelve months."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

A_YEAR = timedelta(days=365)


class WindowForm(forms.Form):
    """Two days, both included; they live in the URL."""

    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, date | None]:
        """Refuse a window that ends before it begins."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("The window ends before it begins; put the later day here."))
        return given


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open: ``start`` included, ``end`` not; both aware, at midnight UTC."""

    start: datetime
    end: datetime

    @property
    def last_day(self) -> date:
        """The last day that is inside."""
        return (self.end - timedelta(microseconds=1)).date()


def last_twelve_months() -> Window:
    """The window of pages that offer no other: the last 365 days and today, UTC."""
    today = timezone.now().astimezone(UTC).date()
    return Window(_midnight(today - A_YEAR), _midnight(today + timedelta(days=1)))


def window_of(request: HttpRequest) -> tuple[Window, WindowForm]:
    """Return the window a page shows and the form that changes it; wrong input keeps the default window."""
    today = timezone.now().astimezone(UTC).date()
    form = WindowForm(request.GET if {"since", "until"} & set(request.GET) else None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    until = given.get("until") or today
    since = given.get("since") or until - A_YEAR
    if not form.is_bound:
        form = WindowForm(initial={"since": since, "until": until})
    return Window(_midnight(since), _midnight(until + timedelta(days=1))), form


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
