"""The oversight design: mode, policy in force, people who oversee, and who signed it."""

import re
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Fact, Facts, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.reports.sections import resolutions
from governance.models import Person, PolicyInForce
from policies.oversight.modes import MEANINGS, Mode


def build(context: Context) -> Section:
    """Return section 5 of the report plan (AI Act Art 14 and 26(2))."""
    use_case, policies = context.use_case, context.policies()
    blocks: list[Block] = []
    if not use_case.mode:
        blocks.append(Statement(kind="gap", text=_("No oversight mode has been chosen for this use case.")))
    if not policies:
        blocks.append(Statement(kind="gap", text=_("No oversight policy was in force at any time within the window.")))
    if use_case.mode:
        meaning = _(MEANINGS[Mode(use_case.mode)])
        lead = _("Declared mode: %(mode)s (%(code)s). %(meaning)s") % {
            "mode": use_case.get_mode_display(), "code": use_case.mode, "meaning": meaning,
        }  # fmt: skip
        blocks.insert(0, Paragraph(text=lead, role="lead"))
        if use_case.mode_reason:
            blocks.append(Statement(kind="person", text=use_case.mode_reason, by=use_case.owner.name))
    if policies:
        blocks += [_versions(policies), _rules(policies[-1])]
        terms = _terms(policies[-1].policy.document)
        if terms:
            blocks.append(Facts(items=terms))
        blocks += _people(context, policies[-1])
        blocks += [block for policy in policies for block in _sign_off(policy)]
    blocks += resolutions.blocks(context)
    return Section(id="design", title=_("Oversight design"), blocks=tuple(blocks))


def _versions(policies: list[PolicyInForce]) -> Table:
    rows = tuple(
        (
            f"{row.policy.ref} v{row.policy.version}",
            display.moment(row.in_force_from),
            display.moment(row.in_force_until) if row.in_force_until else _("in force"),
            row.sign_off.ref,
            row.policy.digest,
        )
        for row in policies
    )
    columns = (
        Column(key="policy", label=_("Policy")),
        Column(key="from", label=_("In force from")),
        Column(key="until", label=_("Until")),
        Column(key="signed", label=_("Sign-off")),
        Column(key="digest", label=_("Digest of the document"), mono=True, weight=2),
    )
    return Table(id="policies", title=_("Policy versions in force within the window"), columns=columns, rows=rows)


def _rules(row: PolicyInForce) -> Table:
    rules = row.policy.document.get("rules") or []
    rows = tuple(
        (str(rule.get("id", "")), str(rule.get("when", "")), _need(rule.get("require") or {})) for rule in rules
    )
    columns = (
        Column(key="id", label=_("Rule")),
        Column(key="when", label=_("Applies when"), mono=True, weight=2),
        Column(key="need", label=_("Asks for"), weight=3),
    )
    title = _("What %(policy)s asks for, decision by decision") % {"policy": f"{row.policy.ref} v{row.policy.version}"}
    return Table(id="rules", title=title, columns=columns, rows=rows, empty=_("The policy has no rules."))


def _need(need: dict[str, Any]) -> str:
    """Say a requirement in words; what this version has no words for is printed as it stands."""
    said = []
    reviews = need.get("reviews")
    if reviews is not None:
        said.append(_("no review") if reviews == 0 else _("%(n)s review(s) before execution") % {"n": reviews})
    words = {
        "level": _("by: %(value)s"),
        "sample": _("sample drawn: %(value)s"),
        "distinct": _("by different people"),
        "exclude": _("not by: %(value)s"),
        "roles": _("roles: %(value)s"),
        "blind_double": _("blind double review: %(value)s"),
        "own_judgement_first": _("own judgement first: %(value)s"),
        "canary": _("canaries: %(value)s"),
    }
    for name, value in need.items():
        if name == "reviews" or value in (None, False, [], ()):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        said.append(words[name] % {"value": shown} if name in words else f"{name}: {shown}")
    return "; ".join(said)


def _terms(document: dict[str, Any]) -> tuple[Fact, ...]:
    """Return the policy's terms outside its rules, as written."""
    review, reviewer, stop = (document.get(name) or {} for name in ("review", "reviewer", "stop"))
    named = [
        (_("Least active time"), _("%(n)s s") % {"n": review["min_active_s"]} if review.get("min_active_s") else ""),
        (_("Longest turnaround"), _span(review.get("max_turnaround"))),
        (_("Reasons needed for"), ", ".join(review.get("reasons") or [])),
        (_("Evidence to open"), ", ".join(review.get("evidence") or [])),
        (_("Approval holds"), _span(review.get("approval_valid"))),
        (_("Training"), reviewer.get("training")),
        (_("Who may stop"), ", ".join(stop.get("authority") or [])),
        (_("On timeout"), document.get("timeout_default")),
    ]
    return tuple(Fact(label=label, text=str(text)) for label, text in named if text)


def _span(text: str | None) -> str:
    """Return an ISO 8601 duration of whole days and hours in words; any other as it is written."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text or "")
    if not found or not any(found.groups()):
        return text or ""
    names = (_("%(n)s days"), _("%(n)s h"), _("%(n)s min"), _("%(n)s s"))
    return " ".join(name % {"n": part} for name, part in zip(names, found.groups(), strict=True) if part)


def reviewers_under(context: Context, row: PolicyInForce) -> list[Person]:
    """Return the people who held a qualification that the policy asks for at some time within the window."""
    wanted = _codes_of(row.policy.document)
    people = context.once("qualified people", lambda: _qualified(context))
    return [person for person in people if not wanted or wanted.intersection(_held(context, person))]


def _qualified(context: Context) -> list[Person]:
    people = (
        Person.objects.filter(pseudonym__isnull=False)
        .filter(
            Q(qualifications__valid_until__isnull=True) | Q(qualifications__valid_until__gt=context.window.start),
            qualifications__valid_from__lt=context.window.end,
        )
        .distinct()
        .prefetch_related("qualifications")
    )
    return sorted(people, key=lambda person: person.pseudonym or "")  # a database sorts by its own collation


def _held(context: Context, person: Person) -> list[str]:
    return sorted(q.code for q in person.qualifications.all() if q.valid_from < context.window.end)


def _people(context: Context, row: PolicyInForce) -> list[Block]:
    """List who may review, by pseudonym: figures on reviewers are figures on workers."""
    rows = []
    for person in reviewers_under(context, row):
        until = [q.valid_until for q in person.qualifications.all() if q.valid_until]
        held = ", ".join(_held(context, person))
        rows.append((person.pseudonym or "", held, display.day(min(until)) if until else _("no end")))
    columns = (
        Column(key="person", label=_("Reviewer")),
        Column(key="held", label=_("Qualifications held"), weight=2),
        Column(key="until", label=_("First to lapse"), align="right"),
    )
    if not rows:
        return [Statement(kind="gap", text=_("Nobody holds a qualification that this policy asks for."))]
    title = _("People who may review under this policy")
    note = _("Reviewers are named by pseudonym.")
    return [Table(id="people", title=title, columns=columns, rows=tuple(rows), note=note)]


def _codes_of(document: dict[str, Any]) -> set[str]:
    codes = {(rule.get("require") or {}).get("level") for rule in document.get("rules") or []}
    codes.add((document.get("reviewer") or {}).get("training"))
    return {code for code in codes if code}


def _sign_off(row: PolicyInForce) -> list[Block]:
    signed = row.sign_off
    votes = list(signed.votes.select_related("membership__person").order_by("choice", "pk"))
    against_first = sorted(votes, key=lambda vote: ("no", "abstain", "recuse", "yes").index(vote.choice))
    columns = (
        Column(key="member", label=_("Member")),
        Column(key="function", label=_("Speaks for")),
        Column(key="vote", label=_("Vote")),
        Column(key="reason", label=_("Reason given"), weight=3),
    )
    rows = tuple(
        (v.membership.person.name, v.membership.function, v.get_choice_display(), v.reason) for v in against_first
    )
    title = _("Votes on %(ref)s, %(committee)s, %(when)s") % {
        "ref": signed.ref, "committee": signed.committee.name, "when": display.moment(signed.signed_at),
    }  # fmt: skip
    said = Statement(
        kind="person", text=signed.resolution, by=signed.committee.name, at=signed.signed_at, reference=signed.ref
    )
    return [said, Table(id=f"votes-{signed.ref}", title=title, columns=columns, rows=rows)]
