"""The ledger for people: the latest checkpoint, recent entries, one entry with its proof."""

import json
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.ledger import log
from audit.models import Event, Finding, FindingAct
from audit.retention import may_remove
from governance.access import changes_visible_to, reads_all, use_cases_visible_to
from governance.web.checkpoints import latest_checkpoint, shown
from governance.web.pages import reader, signed_in, uuid_or_404
from governance.web.tables import Cell, Column, Row, Table

RECENT = 25


@signed_in
def ledger(request: HttpRequest) -> HttpResponse:
    """What the ledger is, where it stands, and the entries one may see."""
    checkpoint = latest_checkpoint(name="page-seal", size=112)
    changes = changes_visible_to(reader(request)).order_by("-at", "-pk")[:RECENT]
    context: dict[str, Any] = {
        "checkpoint": checkpoint,
        "origin": log.origin(),
        "vkey": str(log.vkey()),
        "changes": changes,
        "keeps": may_remove(reader(request)) or reads_all(reader(request)),
        "crumbs": [],
    }
    return render(request, "pages/ledger.html", context)


@signed_in
def entry(request: HttpRequest, entry: str) -> HttpResponse:
    """One entry: its envelope, its place in the tree and the proof of it."""
    key = uuid_or_404(entry)
    if not _may_see(request, key):
        raise Http404(_("There is no entry that you can see under this address."))
    try:
        found = log.entry(key)
    except log.NotFound:
        raise Http404(_("There is no entry that you can see under this address.")) from None
    except log.NotSequenced:
        return render(request, "pages/ledger_waiting.html", {"entry": key})
    context: dict[str, Any] = {
        "entry": found,
        "proof": None,
        "checkpoint": None,
        "envelope": _envelope_table(found.parsed),
    }
    try:
        proof = log.inclusion(found.index)
    except log.NotSequenced:  # a place in the tree, but no checkpoint over it yet
        proof = None
    if proof is not None:
        context["proof"] = proof
        context["proof_text"] = proof.to_text()
        context["checkpoint"] = shown(log.checkpoint_at(proof.size), name="entry-seal", size=64)
    context["crumbs"] = [(_("Ledger"), reverse("ledger")), (_("Entry %(n)s") % {"n": found.index}, "")]
    return render(request, "pages/ledger_entry.html", context)


def _may_see(request: HttpRequest, key: Any) -> bool:
    """An entry is as visible as what it is about; without a use case only who reads all may see it."""
    user = reader(request)
    if reads_all(user):
        return True
    visible = use_cases_visible_to(user)
    return (
        Event.objects.filter(Q(pk=key) | Q(conflict__entry=key), use_case__in=visible).exists()
        or changes_visible_to(user).filter(entry=key).exists()
        or FindingAct.objects.filter(
            entry=key, finding__in=Finding.objects.filter(use_case__in=visible).values("pk")
        ).exists()
    )


def _envelope_table(parsed: dict[str, Any]) -> Table:
    rows = []
    for name, value in parsed.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        rows.append(Row(cells=[Cell(text=name, kind="code"), Cell(text=text, kind="code")]))
    columns = [Column(label=_("Member")), Column(label=_("Value"))]
    return Table(id="envelope", caption=_("The envelope: what was hashed"), columns=columns, rows=rows, fit=True)
