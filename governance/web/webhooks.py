"""Webhooks for the administrator: who is told what, whether it arrives, and the log of deliveries."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from governance.access import DomainError
from governance.models import UseCase, User, WebhookDelivery, WebhookEndpoint
from governance.notices.endpoints import KINDS, add_endpoint, change_secret, disable, enable
from governance.web import words
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import Word

STATES = {
    "active": Word(gettext_lazy("active"), "pass"),
    "failing": Word(gettext_lazy("failing"), "attention", "attention"),
    "disabled": Word(gettext_lazy("disabled"), "cross", "breach"),
    "delivered": Word(gettext_lazy("delivered"), "closed", "done"),
    "waiting": Word(gettext_lazy("waiting"), "due", "closed"),
    "failed": Word(gettext_lazy("given up"), "cross", "failed"),
}


class EndpointForm(forms.Form):
    """A new webhook. The verb checks the address."""

    label = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("https, and a public address; networks inside are named by the operator."),
    )
    use_cases = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Use cases"), queryset=UseCase.objects.order_by("ref"), to_field_name="ref"
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=[(kind, kind) for kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What each says is described in the help on webhooks."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["use_cases"]
        field.label_from_instance = lambda case: f"{case.ref} {case.name}"


def _administrator(request: HttpRequest) -> User:
    user = reader(request)
    if not user.is_administrator:
        raise Http404
    return user


@signed_in
def webhooks(request: HttpRequest) -> HttpResponse:
    """The webhooks, a form for a new one, and the latest deliveries."""
    user = _administrator(request)
    form = EndpointForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            _made, secret = add_endpoint(
                label=given["label"], url=given["url"], use_cases=list(given["use_cases"]), kinds=given["kinds"],
                actor=user, at=timezone.now(),
            )  # fmt: skip
            form = EndpointForm()
        except DomainError as error:
            field = error.data.get("field")
            form.add_error(field if field in form.fields else None, error.message)
    return _page(request, form, secret)


@require_POST
@signed_in
def act(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    """Disable, enable, or change the secret of a webhook."""
    user, now = _administrator(request), timezone.now()
    found = WebhookEndpoint.objects.filter(pk=endpoint).first()
    if found is None:
        raise Http404
    wanted = request.POST.get("act", "")
    if wanted == "secret":
        return _page(request, EndpointForm(), change_secret(endpoint=found, actor=user, at=now))
    try:
        if wanted == "disable":
            disable(endpoint=found, actor=user, at=now)
        elif wanted == "enable":
            enable(endpoint=found, actor=user, at=now)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("webhooks")


def _page(request: HttpRequest, form: EndpointForm, secret: str) -> HttpResponse:
    endpoints = list(WebhookEndpoint.objects.prefetch_related("use_cases").order_by("label", "pk"))
    page = paged(WebhookDelivery.objects.select_related("endpoint").order_by("-created_at", "-pk"), request)
    context = {
        "endpoints": [
            {
                "row": each,
                "state": STATES["disabled" if each.disabled_at else "failing" if each.failing_since else "active"],
                "use_cases": ", ".join(case.ref for case in each.use_cases.all()),
                "kinds": ", ".join(each.kinds),
            }
            for each in endpoints
        ],
        "form": form,
        "secret": secret,
        "table": _deliveries(page),
        "page": page,
        "query": "",
    }
    answer = render(request, "pages/webhooks.html", context, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"  # a secret is shown once
    return answer


def _deliveries(page: Any) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=each.kind, kind="code", under=each.endpoint.label),
                Cell(text=each.created_at, kind="time"),
                Cell(word=words.word_of(each.state, STATES), under=each.error),
                Cell(text=each.attempts, kind="number"),
                Cell(text=each.next_at, kind="time") if each.next_at else Cell(text="–"),
            ]
        )
        for each in page.object_list
    ]
    n = page.paginator.count
    return Table(
        id="deliveries", caption=_("Deliveries"), rows=rows, stack=True,
        columns=[
            Column(label=_("Event")), Column(label=_("Written")), Column(label=_("State")),
            Column(label=_("Attempts"), number=True), Column(label=_("Next attempt")),
        ],
        count=ngettext("%(n)s message", "%(n)s messages", n) % {"n": n},
    )  # fmt: skip
