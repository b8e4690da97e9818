"""Competence: which trainings there are, who holds what until when, and who knows about bias."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from governance import competence as verbs
from governance.access import may, reads_all
from governance.competence.read import Awareness, bias_awareness
from governance.models import Qualification, TrainingModule, User
from governance.web.acts import Offer, attempt, offers
from governance.web.committee_forms import CompletionForm, OfferForm, WithdrawForm
from governance.web.pages import paged, reader, signed_in
from governance.web.tables import Cell, Column, Row, Table
from governance.web.words import STATES, Word

SOON = timedelta(days=60)
_VALID = Word(gettext_lazy("valid"), "closed", "done")
_MISSING = Word(gettext_lazy("none that is valid"), "attention", "attention")
_ENDS = Word(gettext_lazy("ends soon"), "due", "due")
_AHEAD = Word(gettext_lazy("to come"), "open")
FORMS: dict[str, type[forms.Form]] = {"offer": OfferForm, "complete": CompletionForm, "withdraw": WithdrawForm}


@signed_in
def competence(request: HttpRequest) -> HttpResponse:
    """Trainings, who holds them, and who may be asked about bias; one's own where one may not read others'."""
    return _page(request)


@signed_in
@require_POST
def act(request: HttpRequest, act: str) -> HttpResponse:
    """Offer a training, record one that was completed, withdraw a qualification; a registrar does this."""
    user = reader(request)
    if act not in FORMS:
        raise Http404
    if not may(user, "register"):
        raise PermissionDenied
    form = _form(act, request.POST)
    status = attempt(request, form, lambda: _do(act, user, form.cleaned_data), _("It is on record."))
    return _page(request, {act: form}, status) if status else redirect("competence")


def _do(act: str, user: User, given: dict[str, Any]) -> None:
    now = timezone.now()
    todo: dict[str, Callable[[], object]] = {
        "offer": lambda: verbs.offer(actor=user, at=now, **given),
        "complete": lambda: verbs.complete(
            actor=user,
            at=now,
            person=given["person"],
            module=given["module"],
            completed_at=_noon(given["completed_on"], now),
            evidence=given["evidence"],
        ),
        "withdraw": lambda: verbs.withdraw_qualification(actor=user, at=now, **given),
    }
    todo[act]()


def _noon(day: date, now: datetime) -> datetime:
    """A day that is over counts from its noon; today from this moment."""
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    return now if day == timezone.localdate(now) else noon


def _form(act: str, post: Any = None) -> forms.Form:
    if act == "withdraw":
        now = timezone.now()
        held = Qualification.objects.filter(_in_force(now)).select_related("person").order_by("person__name", "code")
        return WithdrawForm(post, prefix=act, held=held)
    return FORMS[act](post, prefix=act)


def _page(request: HttpRequest, tried: dict[str, forms.Form] | None = None, status: int = 200) -> HttpResponse:
    user, now, given = reader(request), timezone.now(), tried or {}
    everybody = reads_all(user) or may(user, "reviewers")
    rows = Qualification.objects.select_related("person").order_by("person__name", "code", "-valid_from", "pk")
    if not everybody:
        rows = rows.filter(person__user=user)
    page = paged(rows, request)
    aware = bias_awareness(at=now) if everybody else []
    modules = list(TrainingModule.objects.order_by("topic", "name"))
    context = {
        "answer": _answer(aware, everybody, modules),
        "everybody": everybody,
        "aware": _aware_table(aware) if everybody else None,
        "modules": _modules_table(modules),
        "page": page,
        "query": "",
        "held": _held_table(list(page.object_list), now, {each.code: each.name for each in modules}),
        "acts": _acts(given) if may(user, "register") else [],
        "crumbs": [(_("Committee"), reverse("committee")), (_("Competence"), "")],
    }
    return render(request, "pages/competence.html", context, status=status)


def _acts(tried: dict[str, forms.Form]) -> list[Offer]:
    words = {
        "complete": (_("Record a training somebody completed"), _("Record it")),
        "offer": (_("Offer a training"), _("Offer it")),
        "withdraw": (_("Withdraw a qualification"), _("Withdraw it")),
    }
    return offers(
        words, lambda act: tried.get(act) or _form(act), lambda act: reverse("competence-act", args=[act]), tried
    )


def _answer(aware: list[Awareness], everybody: bool, modules: list[TrainingModule]) -> str:
    if not everybody:
        return _("What you hold, and until when. A registrar records what you completed.")
    if not any(module.topic == "bias" for module in modules):
        return _("No training on bias is on offer; nobody who decides can be shown to know about it.")
    knowing = sum(each.held for each in aware)
    text = ngettext(
        "%(knowing)s of %(n)s person who decides or reviews holds a training on bias that is valid now.",
        "%(knowing)s of %(n)s people who decide or review hold a training on bias that is valid now.",
        len(aware),
    )
    return text % {"knowing": knowing, "n": len(aware)}


def _aware_table(aware: list[Awareness]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=each.person.name, under=each.person.function),
                Cell(text=_here_because(each)),
                Cell(word=_VALID if each.held else _MISSING),
                Cell(text=each.until, kind="day") if each.until else Cell(text=_("no end") if each.held else "–"),
            ]
        )
        for each in aware
    ]
    columns = [
        Column(label=_("Person")),
        Column(label=_("Here because they")),
        Column(label=_("Training on bias")),
        Column(label=_("Until")),
    ]
    return Table(id="aware", caption=_("Who decides and reviews"), columns=columns, rows=rows, stack=True)


def _here_because(each: Awareness) -> str:
    if each.decides and each.reviews:
        return _("decides, reviews")
    return _("decides") if each.decides else _("reviews")


def _modules_table(modules: list[TrainingModule]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=module.name),
                Cell(text=module.code, kind="code"),
                Cell(text=module.get_topic_display()),
                Cell(text=_("%(n)s days") % {"n": module.valid_days} if module.valid_days else _("no end")),
                Cell(text=module.offered_from, kind="day"),
            ]
        )
        for module in modules
    ]
    columns = [
        Column(label=_("Training")),
        Column(label=_("Code")),
        Column(label=_("Topic")),
        Column(label=_("Valid for")),
        Column(label=_("Offered from")),
    ]
    return Table(id="modules", caption=_("On offer"), columns=columns, rows=rows, stack=True)


def _held_table(held: list[Qualification], now: datetime, names: dict[str, str]) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=row.person.name, under=row.person.function),
                Cell(text=names.get(row.code, row.code), under=row.code if row.code in names else ""),
                Cell(text=row.valid_from, kind="day"),
                Cell(text=row.valid_until, kind="day") if row.valid_until else Cell(text=_("open")),
                Cell(word=_state(row, now)),
                Cell(text=row.evidence or "–"),
            ]
        )
        for row in held
    ]
    columns = [
        Column(label=_("Person")),
        Column(label=_("Qualification or training")),
        Column(label=_("From")),
        Column(label=_("Until")),
        Column(label=_("State")),
        Column(label=_("Evidence")),
    ]
    return Table(id="held", caption=_("Who holds what"), columns=columns, rows=rows, stack=True)


def _state(row: Qualification, now: datetime) -> Word:
    if row.valid_from > now:
        return _AHEAD
    if row.valid_until is None:
        return _VALID
    if row.valid_until <= now:
        return STATES["expired"]
    return _ENDS if row.valid_until <= now + SOON else _VALID


def _in_force(now: datetime) -> Q:
    return Q(valid_from__lte=now) & (Q(valid_until=None) | Q(valid_until__gt=now))
