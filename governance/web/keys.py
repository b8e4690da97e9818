"""API keys on screen: which exist, for what, until when, last used; issue one, give it a successor, revoke it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from audit.events.keys import SCOPES, issue_key, revoke_key, rotate_key
from audit.models import ApiKey
from governance.access import DomainError, may, use_cases_visible_to
from governance.models import UseCase, User
from governance.web import words
from governance.web.pages import paged, reader, signed_in
from governance.web.register_forms import TODAY
from governance.web.tables import Cell, Column, Row, Table


class KeyForm(forms.Form):
    """A new key: for which use cases, which sources it speaks for, what it may do, until when."""

    label = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=120,
        help_text=gettext_lazy("For example “Benefit system, production”."),
    )
    use_cases = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Use cases"), queryset=UseCase.objects.none(), to_field_name="ref",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"),
        choices=[(scope, scope) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        initial=["events:write"],
    )
    sources = forms.CharField(
        label=gettext_lazy("Sources it speaks for"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        help_text=gettext_lazy("One a line, as its events name them, for example /benefits/classifier."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Until"), widget=TODAY, required=False, help_text=gettext_lazy("Empty: no end.")
    )

    def __init__(self, *args: Any, cases: QuerySet[UseCase], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["use_cases"]
        field.queryset = cases.order_by("ref")
        field.label_from_instance = lambda case: f"{case.ref} {case.name}"


def _keeper(request: HttpRequest) -> User:
    """Return the administrator or integrator who asks; for others there is no such page."""
    user = reader(request)
    if not user.is_administrator and not may(user, "keys"):
        raise Http404
    return user


def _cases(user: User) -> QuerySet[UseCase]:
    """Use cases ``user`` may make keys for: an administrator all, an integrator those they see."""
    return UseCase.objects.all() if user.is_administrator else use_cases_visible_to(user)


def _keys(user: User) -> QuerySet[ApiKey]:
    """Keys ``user`` may see and end: an administrator all, an integrator those for their use cases only."""
    rows = ApiKey.objects.prefetch_related("use_cases")
    if user.is_administrator:
        return rows
    mine = use_cases_visible_to(user).values("pk")
    foreign = ApiKey.objects.filter(use_cases__in=UseCase.objects.exclude(pk__in=mine))
    return rows.filter(use_cases__in=mine).exclude(pk__in=foreign.values("pk")).distinct()


@signed_in
def keys(request: HttpRequest) -> HttpResponse:
    """The list of API keys."""
    user = _keeper(request)
    page = paged(_keys(user).order_by("-created_at", "pk"), request)
    now = timezone.now()
    columns = [
        Column(label=_("Key")),
        Column(label=_("State")),
        Column(label=_("Use cases")),
        Column(label=_("May speak for")),
        Column(label=_("Rights")),
        Column(label=_("Expires")),
        Column(label=_("Last used")),
    ]
    rows = [
        Row(
            cells=[
                Cell(text=key.prefix, kind="code", href=reverse("key", args=[key.pk]), under=key.label),
                Cell(word=words.word_of(_state(key, now), words.STATES)),
                Cell(text=", ".join(case.ref for case in key.use_cases.all())),
                Cell(text=", ".join(key.sources)),
                Cell(text=", ".join(key.scopes), kind="code"),
                Cell(text=key.expires_at, kind="day") if key.expires_at else Cell(text=_("never")),
                Cell(text=key.last_used_at, kind="time") if key.last_used_at else Cell(text=_("not yet")),
            ]
        )
        for key in page.object_list
    ]
    n = page.paginator.count
    table = Table(
        id="keys", caption=_("API keys"), columns=columns, rows=rows, stack=True,
        count=ngettext("%(n)s key", "%(n)s keys", n) % {"n": n},
    )  # fmt: skip
    return render(request, "pages/keys.html", {"table": table, "page": page, "query": ""})


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Issue a key; its secret is shown once."""
    user = _keeper(request)
    form = KeyForm(request.POST or None, cases=_cases(user))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        end = given["expires_on"]
        expires = timezone.make_aware(datetime.combine(end, datetime.max.time())) if end else None
        try:
            made, secret = issue_key(
                use_cases=list(given["use_cases"]),
                sources=[line.strip() for line in given["sources"].splitlines() if line.strip()],
                scopes=given["scopes"],
                label=given["label"],
                actor=user,
                at=timezone.now(),
                expires_at=expires,
            )
            return _secret_page(request, made, secret)
        except DomainError as error:
            field = str(error.data.get("field", "")).replace("expires_at", "expires_on")
            form.add_error(field if field in form.fields else None, error.message)
    context = {
        "heading": _("Issue an API key"),
        "answer": _("The secret is shown once, only its hash is stored. It speaks for the sources you name only."),
        "form": form,
        "button": _("Issue it"),
        "back": reverse("keys"),
        "crumbs": [(_("API keys"), reverse("keys")), (_("New"), "")],
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


def _secret_page(request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
    answer = render(request, "pages/key_secret.html", {"key": key, "secret": secret})
    answer["Cache-Control"] = "no-store"
    return answer


def _found(request: HttpRequest, key: UUID) -> ApiKey:
    found = _keys(_keeper(request)).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@signed_in
def page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One key with what may be done to it."""
    found = _found(request, key)
    state = _state(found, timezone.now())
    context = {
        "key": found,
        "word": words.word_of(state, words.STATES),
        "live": found.revoked_at is None,
        "cases": list(found.use_cases.order_by("ref")),
        "crumbs": [(_("API keys"), reverse("keys")), (found.prefix, "")],
    }
    return render(request, "pages/key.html", context)


@signed_in
@require_POST
def act(request: HttpRequest, key: UUID, what: str) -> HttpResponse:
    """Revoke a key, or make its successor."""
    found, user = _found(request, key), reader(request)
    if what == "revoke":
        revoke_key(key=found, actor=user, at=timezone.now())
        return redirect("key", key=found.pk)
    if what != "rotate":
        raise Http404
    if found.revoked_at is not None:
        raise PermissionDenied
    made, secret = rotate_key(key=found, actor=user, at=timezone.now())
    return _secret_page(request, made, secret)


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"
