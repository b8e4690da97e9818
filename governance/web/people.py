"""People and access for the administrator: accounts, roles, one-time links, closing an account with a hand-over."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from governance.access import ROLES, DomainError, roles_of
from governance.access.links import user_of
from governance.handover import close_account, holdings
from governance.models import Change, Person, Unit, User
from governance.register.accounts import (
    change_roles,
    choose_password,
    drop_second_factor,
    invite,
    new_link,
    reopen,
)
from governance.register.provider_accounts import is_linked, unlink
from governance.web.pages import paged, reader, signed_in
from governance.web.register_forms import PersonField
from governance.web.tables import Cell, Column, Row, Table, query_without
from governance.web.words import Word

ACTIVE = {
    "active": Word(gettext_lazy("can sign in"), "pass"),
    "invited": Word(gettext_lazy("invited"), "due", "due"),
    "closed": Word(gettext_lazy("closed"), "cross", "closed"),
}


class RolesForm(forms.Form):
    """Roles of an account."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: sees only what is theirs or granted to them."),
    )
    administrator = forms.BooleanField(
        label=gettext_lazy("Administrator: accounts, keys, operation; no group data"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(role.code, role.label) for role in ROLES.values()]  # type: ignore[attr-defined]


class InviteForm(RolesForm):
    """A new account."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), help_text=gettext_lazy("They sign in with it."))
    function = forms.CharField(label=gettext_lazy("Function"), max_length=200, required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=Unit.objects.order_by("name"), required=False, empty_label="—"
    )
    person = forms.ModelChoiceField(
        label=gettext_lazy("Somebody the register knows already"),
        queryset=Person.objects.filter(user__isnull=True, left_at__isnull=True).order_by("name"),
        to_field_name="ref",
        required=False,
        empty_label=gettext_lazy("no, a new person"),
    )
    field_order = ("name", "email", "function", "unit", "person", "roles", "administrator")


class CloseForm(forms.Form):
    """Who takes over, and why the account is closed."""

    successor = PersonField(label=gettext_lazy("Who takes over"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


class PasswordForm(forms.Form):
    """A password."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text=gettext_lazy("At least 12 characters."),
    )


def administrator(request: HttpRequest) -> User:
    """Return the administrator who asks; for others there is no such page."""
    user = reader(request)
    if not user.is_administrator:
        raise Http404
    return user


@signed_in
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account with its roles."""
    administrator(request)
    rows = User.objects.select_related("person", "person__unit").prefetch_related("groups")
    q = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    if q:
        rows = rows.filter(name__icontains=q) | rows.filter(email__icontains=q)
    page = paged(rows.order_by("-is_active", "name", "pk"), request)
    lines = [
        Row(
            cells=[
                Cell(text=row.name, href=reverse("account", args=[row.pk]), under=row.email),
                Cell(word=ACTIVE[_state(row)]),
                Cell(text=_roles_text(row), under=_("administrator") if row.is_administrator else ""),
                Cell(text=row.person.unit.name if getattr(row, "person", None) and row.person.unit else "—"),
                Cell(text=row.last_login, kind="time") if row.last_login else Cell(text=_("not yet")),
            ]
        )
        for row in page.object_list
    ]
    columns = [Column(label=label) for label in (_("Person"), _("State"), _("Roles"), _("Unit"), _("Last sign-in"))]
    n = page.paginator.count
    count = ngettext("%(n)s account", "%(n)s accounts", n) % {"n": n}
    context = {
        "table": Table(id="accounts", caption=_("Accounts"), columns=columns, rows=lines, stack=True, count=count),
        "page": page,
        "q": q,
        "query": query_without(request, "page"),
    }
    return render(request, "pages/accounts.html", context)


def _state(user: User) -> str:
    if not user.is_active:
        return "closed"
    return "active" if user.has_usable_password() or user.last_login else "invited"


def _roles_text(user: User) -> str:
    held = {group.name.removeprefix("role:") for group in user.groups.all()}
    return ", ".join(str(role.label) for role in ROLES.values() if role.code in held) or "—"


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Invite somebody; the one-time link is shown once."""
    user = administrator(request)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, path = invite(actor=user, at=timezone.now(), **form.cleaned_data)
            return _link_page(request, made, path)
        except DomainError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
    context = {
        "heading": _("Invite somebody"),
        "answer": _("You get a link to hand over. With it the person chooses a password, once, within three days."),
        "form": form,
        "button": _("Make the account"),
        "back": reverse("accounts"),
        "crumbs": [(_("People and access"), reverse("accounts")), (_("Invite"), "")],
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)


def _link_page(request: HttpRequest, user: User, path: str) -> HttpResponse:
    answer = render(request, "pages/account_link.html", {"account": user, "link": request.build_absolute_uri(path)})
    answer["Cache-Control"] = "no-store"
    return answer


@signed_in
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, user: UUID) -> HttpResponse:
    """One account: roles, what the person holds, closing it with a hand-over."""
    actor = administrator(request)
    found = User.objects.select_related("person").filter(pk=user).first()
    if found is None:
        raise Http404
    return _account_page(request, actor, found)


def _account_page(
    request: HttpRequest, actor: User, found: User, *, sent: dict[str, forms.Form] | None = None
) -> HttpResponse:
    given = sent or {}
    person = getattr(found, "person", None)
    initial = {"roles": sorted(roles_of(found)), "administrator": found.is_administrator}
    context = {
        "account": found,
        "person": person,
        "word": ACTIVE[_state(found)],
        "linked": is_linked(found),
        "held": holdings(person) if person and found.is_active else None,
        "roles_form": given.get("roles") or RolesForm(initial=initial) if found.is_active else None,
        "close_form": given.get("close") or CloseForm() if found.is_active and found.pk != actor.pk else None,
        "changes": list(Change.objects.filter(object_type="user", object_id=found.pk).order_by("-at", "-pk")[:20]),
        "crumbs": [(_("People and access"), reverse("accounts")), (found.name, "")],
    }
    return render(request, "pages/account.html", context, status=422 if sent else 200)


@signed_in
@require_POST
def act(request: HttpRequest, user: UUID, what: str) -> HttpResponse:
    """Roles, a new link, dropping the second factor, closing, opening again."""
    actor, at = administrator(request), timezone.now()
    found = User.objects.filter(pk=user).first()
    if found is None or what not in {"roles", "link", "factor", "unlink", "close", "reopen"}:
        raise Http404
    form: forms.Form | None = None
    if what in {"roles", "close"}:
        form = RolesForm(request.POST) if what == "roles" else CloseForm(request.POST)
        if not form.is_valid():
            return _account_page(request, actor, found, sent={what: form})
    try:
        match what:
            case "roles":
                change_roles(actor=actor, at=at, user=found, **(form.cleaned_data if form else {}))
            case "close":
                close_account(actor=actor, at=at, user=found, **(form.cleaned_data if form else {}))
            case "link":
                return _link_page(request, found, new_link(actor=actor, at=at, user=found))
            case "reopen":
                return _link_page(request, found, reopen(actor=actor, at=at, user=found))
            case "unlink":
                unlink(actor=actor, at=at, user=found)
                messages.success(request, _("The link to the provider was taken off."))
            case _:
                n = drop_second_factor(actor=actor, at=at, user=found)
                messages.success(request, _("%(n)s second factors were taken off.") % {"n": n})
    except DomainError as error:
        if form is None:
            messages.error(request, error.message)
            return redirect("account", user=found.pk)
        field = str(error.data.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return _account_page(request, actor, User.objects.get(pk=user), sent={what: form})
    return redirect("account", user=found.pk)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """The page behind a one-time link: choose a password, then sign in with it."""
    user = user_of(uid, token)
    if user is None:
        return render(request, "pages/welcome_gone.html", status=404)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            choose_password(at=timezone.now(), uid=uid, token=token, password=form.cleaned_data["password"])
            messages.success(request, _("Your password is set. Sign in with it."))
            return redirect("account_login")
        except DomainError as error:
            form.add_error("password", error.message)
    context = {
        "heading": _("Choose your password"),
        "answer": _("For %(email)s. The link works once.") % {"email": user.email},
        "form": form,
        "button": _("Keep this password"),
    }
    return render(request, "pages/plain_form.html", context, status=422 if form.errors else 200)
