"""The page for people concerned: what the system does, who oversees it, how often people looked and changed it."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.control.public import K, public_figures, publish_notice, withdraw_notice
from audit.models import PublicNotice
from governance.access import DomainError, may_on
from governance.rights.read import current_disclosures, readable_in
from governance.web.pages import reader, signed_in, visible_use_case


class NoticeForm(forms.Form):
    """What people concerned read, and whom they can ask."""

    statement = forms.CharField(
        label=gettext_lazy("What the system does, and what people decide"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("In plain words: somebody reads it who has just had a letter."),
    )
    contact = forms.CharField(
        label=gettext_lazy("Whom people can ask"),
        max_length=300,
        help_text=gettext_lazy("An office, an address, a telephone number. No private person."),
    )


def published(request: HttpRequest) -> HttpResponse:
    """Every published page; for anybody, without an account."""
    rows = PublicNotice.objects.filter(published_at__isnull=False).select_related("use_case").order_by("use_case__name")
    return render(request, "pages/public_list.html", {"notices": rows[:500]})


def notice(request: HttpRequest, key: str) -> HttpResponse:
    """One published page; for anybody, without an account."""
    rows = PublicNotice.objects.filter(published_at__isnull=False, use_case__key=key)
    row = rows.select_related("use_case").first()
    if row is None:
        raise Http404
    figures = public_figures(row.use_case, at=timezone.now())
    context = {
        "notice": row,
        "case": row.use_case,
        "figures": figures,
        "k": K,
        "disclosures": readable_in((get_language() or "en")[:2], current_disclosures(row.use_case)),
        "crumbs": [(_("AI in use here"), reverse("public")), (row.use_case.name, "")],
    }
    return render(request, "pages/public_notice.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Write, publish or take down the page of a use case."""
    case = visible_use_case(request, ref)
    user, now = reader(request), timezone.now()
    if not may_on(user, "rights", case):
        raise PermissionDenied
    row = PublicNotice.objects.filter(use_case=case).first()
    form = NoticeForm(request.POST or None, initial=_initial(row, case.purpose))
    if request.method == "POST" and request.POST.get("act") == "withdraw":
        reason = request.POST.get("reason", "").strip()
        if reason:
            withdraw_notice(use_case=case, reason=reason, actor=user, at=now)
            return redirect("public-edit", ref)
        form = NoticeForm(initial=_initial(row, case.purpose))
    elif request.method == "POST" and form.is_valid():
        try:
            publish_notice(use_case=case, actor=user, at=now, **form.cleaned_data)
            return redirect("public-edit", ref)
        except DomainError as error:
            form.add_error(error.data.get("field"), error.message)
    context = {
        "case": case,
        "notice": row if row and row.published_at else None,
        "form": form,
        "crumbs": [(_("Register"), reverse("register")), (case.ref, reverse("use-case", args=[ref]))],
    }
    return render(request, "pages/public_edit.html", context, status=422 if form.errors else 200)


def _initial(row: PublicNotice | None, purpose: str) -> dict[str, Any]:
    return {"statement": row.statement, "contact": row.contact} if row else {"statement": purpose}
