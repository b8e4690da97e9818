"""What one account can see and do, and what each role may."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from governance.access import ROLES, reads_all, roles_of
from governance.models import UseCase, User
from governance.register.reach import Held, Reached, explain, held_by, reached_by
from governance.web.access_parts import PERMISSIONS, acts_text, held_table, row_or_404, withdraw_page
from governance.web.pages import paged, reader, signed_in
from governance.web.people import administrator
from governance.web.tables import Cell, Column, Row, Table, query_without


@signed_in
def reach(request: HttpRequest, user: UUID) -> HttpResponse:
    """What one account can see and do: for an administrator, for whoever reads everything, and for itself."""
    asking = reader(request)
    found = User.objects.select_related("person").filter(pk=user).first()
    if found is None or not (asking.is_administrator or reads_all(asking) or asking.pk == found.pk):
        raise Http404
    page = paged(reached_by(found), request)
    rows = [
        Row(cells=_reach_cells(each, links=reads_all(asking) or asking.pk == found.pk))
        for each in explain(found, list(page.object_list))
    ]
    columns = [Column(label=label) for label in (_("Use case"), _("Sees it by"), _("Permissions"))]
    n = page.paginator.count
    count = ngettext("%(n)s use case", "%(n)s use cases", n) % {"n": n}
    context = {
        "account": found,
        "answer": _reach_answer(found),
        "acts": [(ROLES[code].label, acts_text(ROLES[code].acts)) for code in sorted(roles_of(found)) if code in ROLES],
        "table": Table(id="reach", caption=_("Use cases"), columns=columns, rows=rows, stack=True, count=count),
        "held": _held_table(asking, found),
        "page": page,
        "query": query_without(request, "page"),
        "crumbs": _reach_crumbs(asking, found),
    }
    return render(request, "pages/account_reach.html", context)


def _reach_crumbs(asking: User, found: User) -> list[tuple[str, str]]:
    if not asking.is_administrator:
        return [(_("What this account reaches"), "")]
    return [
        (_("People and access"), reverse("accounts")),
        (found.name, reverse("account", args=[found.pk])),
        (_("What this account reaches"), ""),
    ]


def _reach_answer(found: User) -> str:
    if not found.is_active:
        return _("The account is closed: it reaches nothing.")
    if reads_all(found):
        total = UseCase.objects.count()
        seen = ngettext("By a role it sees every use case: %(n)s.", "By a role it sees every use case: %(n)s.", total)
        return seen % {"n": total} + " " + _("Below stands what is its own besides.")
    return _("It sees what it owns and what was given to it, and nothing else.")


def _reach_cells(reached: Reached, *, links: bool) -> list[Cell]:
    case = reached.use_case
    ways = [_("ownership")] if reached.owner else []
    ways += [_("role")] if reached.by_role else []
    ways += [_("permission")] if reached.held else []
    said = "; ".join(dict.fromkeys(str(PERMISSIONS.get(each.code, each.code)) for each in reached.held))
    href = reverse("use-case", args=[case.ref]) if links else ""
    return [Cell(text=case.name, under=case.ref, href=href), Cell(text=", ".join(ways)), Cell(text=said or "—")]


def _held_table(asking: User, found: User) -> Table:
    lines = [
        (Cell(text=each.name), each, _take_href(found, each) if asking.is_administrator else "")
        for each in held_by(found, at=timezone.now())
    ]
    return held_table("held", _("Given to this account"), _("Where"), lines)


def _take_href(found: User, held: Held) -> str:
    grant = held.grant
    if grant is None or grant.only_by_duty:
        return ""
    return reverse("account-reach-end", args=[found.pk, held.scope.replace("_", "-"), grant.pk])


@signed_in
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, user: UUID, scope: str, grant: int) -> HttpResponse:
    """Withdraw a permission from the account's page, as an administrator."""
    administrator(request)
    row = row_or_404(scope, grant, user_id=user)
    back = reverse("account-reach", args=[user])
    return withdraw_page(request, row, back, [(row.user.name, reverse("account", args=[user])), (_("Withdraw"), "")])


@signed_in
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do, and how many hold it."""
    administrator(request)
    holders: dict[str, int] = {}
    for name in User.objects.filter(is_active=True).values_list("groups__name", flat=True):
        if name:
            holders[name.removeprefix("role:")] = holders.get(name.removeprefix("role:"), 0) + 1
    rows = [
        Row(
            cells=[
                Cell(text=role.label),
                Cell(text=_("every use case") if role.reads_all else _("what is theirs or granted")),
                Cell(text=acts_text(role.acts)),
                Cell(text=holders.get(role.code, 0), kind="number"),
            ]
        )
        for role in ROLES.values()
    ]
    columns = [
        Column(label=_("Role")),
        Column(label=_("Sees")),
        Column(label=_("May")),
        Column(label=_("Accounts"), number=True),
    ]
    table = Table(id="roles", caption=_("Roles"), columns=columns, rows=rows, stack=True)
    context = {"table": table, "crumbs": [(_("People and access"), reverse("accounts")), (_("Roles"), "")]}
    return render(request, "pages/roles.html", context)
