"""Acts offered on a page: a form behind a button; a refusal comes back on the page, with its status."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from governance.access import DomainError, Invalid, NotAllowed


@dataclass(frozen=True, slots=True)
class Offer:
    """One act a reader may do here; ``open`` shows its form at once, as after a refusal."""

    label: str
    button: str
    action: str
    form: forms.Form
    open: bool


def offers(
    words: dict[str, tuple[str, str]],
    forms_of: Callable[[str], forms.Form | None],
    action: Callable[[str], str],
    refused: Collection[str] = (),
) -> list[Offer]:
    """Return the acts of ``words`` (label, button) that have a form, in their order."""
    made = ((act, label, button, forms_of(act)) for act, (label, button) in words.items())
    return [Offer(label, button, action(act), form, act in refused) for act, label, button, form in made if form]


def status_of(error: DomainError) -> int:
    """422 for input, 403 for rights, 409 for everything the moment does not allow."""
    if isinstance(error, Invalid):
        return 422
    return 403 if isinstance(error, NotAllowed) else 409


def attempt(request: HttpRequest, form: forms.Form | None, do: Callable[[], Any], done: str = "") -> int:
    """Validate, act, and return 0, or the status of the refusal, which stands in ``form`` or among the messages."""
    if form is not None and not form.is_valid():
        return 422
    try:
        do()
    except DomainError as error:
        field = str(error.data.get("field", "")).partition(".")[0]
        if form is not None:
            form.add_error(field if field in form.fields else None, error.message)
        else:
            messages.error(request, error.message)
        return status_of(error)
    if done:
        messages.success(request, done)
    return 0


def end_of(day: date) -> datetime:
    """The last moment of a day on the clock on the wall, so that it is shown as that day."""
    return timezone.make_aware(datetime.combine(day, time.max))
