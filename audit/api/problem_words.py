"""Title and detail of a problem in the reader's language; codes stay. One place for every door.

What the rules of a room say is in the reader's language already. What the doors and the intake say themselves is
English, and is found here by its form: ``DETAILS`` holds each with its gaps, and a test compares them with the source.
What is said of a single field of an event names JSON's own words and stays English.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_noop as _
from django.utils.translation.trans_real import parse_accept_lang_header

from audit.events.problems import Problem

TITLES: Final[Mapping[str, str]] = {
    "unparsable": _("The body is not what its content type says"),
    "not_authenticated": _("Not signed in with a live key"),
    "wrong_scope": _("The key does not allow this"),
    "wrong_source": _("The key may not speak for this source"),
    "wrong_use_case": _("The key may not speak for this use case"),
    "not_allowed": _("Not allowed"),
    "not_found": _("Not found"),
    "incomplete": _("The body did not arrive in full"),
    "content_conflict": _("The same source and id came with other content"),
    "erased": _("The content of this event was erased"),
    "changed": _("Somebody changed it meanwhile"),
    "too_large": _("The request is too large"),
    "too_many_events": _("Too many events in one request"),
    "unsupported_media_type": _("The content type is not known"),
    "unsupported_encoding": _("The content encoding is not known"),
    "invalid": _("A value is not valid"),
    "invalid_event": _("The event cannot be taken as it is"),
    "personal_data": _("A field looks like personal data"),
    "not_stored": _("Not stored"),
    "precondition_required": _("The version to change must be named"),
    "rate_limited": _("Too many events from this key"),
    "internal": _("A defect on our side"),
    "unavailable": _("Not available for the moment"),
    "overloaded": _("Too busy for the moment"),
    "contended": _("Others write at the same moment"),
    "not_sequenced": _("Not under a checkpoint yet"),
    "domain_error": _("Not possible as things stand"),
    "back_dating": _("The moment lies before the decision"),
    "review_taken": _("Somebody else holds this review"),
    "review_not_yours": _("This review is not yours"),
    "review_ended": _("The review is over"),
    "review_stale": _("The action was changed since it was shown"),
    "review_not_qualified": _("A qualification for this review is missing"),
    "review_excluded": _("Excluded from this review"),
    "gate_closed": _("The gate is closed"),
    "token_used": _("The token was used"),
    "token_expired": _("The token has expired"),
    "no_authority": _("The authority for this is missing"),
    "already_lifted": _("Lifted before"),
    "drill_over": _("The drill is over"),
    "finding_state": _("The finding's state does not allow this"),
    "fix_missing": _("What the playbook asks for is missing"),
    "findings_moved": _("The list of findings has changed"),
    "already_recorded": _("Recorded before"),
    "same_person": _("A second person must agree"),
    "already_answered": _("Answered before"),
    "edit_conflict": _("Somebody changed the entry meanwhile"),
    "system_frozen": _("The system is held for an investigation"),
    "step_not_possible": _("The step does not start from here"),
    "policy_missing": _("An oversight policy is missing"),
    "pilot_gate_closed": _("The pilot's exit criteria are open"),
    "already_decided": _("Decided before"),
    "own_request": _("One's own request"),
    "already_signed": _("Signed before"),
    "import_not_clean": _("Rows of the file are wrong"),
    "no_quorum": _("No quorum"),
    "vote_voided": _("The matter was changed after the vote"),
    "meeting_state": _("The meeting's state does not allow this"),
    "already_voted": _("Voted before"),
    "vote_late": _("Too late to vote"),
    "vote_excluded": _("Excluded from this vote"),
    "not_present": _("Not in the meeting"),
    "prompts_unanswered": _("Reflection questions are unanswered"),
    "checkpoints_open": _("Mandatory points are open"),
    "evidence_missing": _("Evidence is missing"),
    "incident_closed": _("The incident is closed"),
    "incident_not_finished": _("Something must come first"),
    "report_not_approved": _("The report was not approved"),
    "report_already_released": _("The report was released before"),
    "not_independent": _("Not independent of the decision"),
    "setup_link_not_valid": _("The link is not valid"),
    "provider_refused": _("No account belongs to this sign-in"),
    "groups_forbidden": _("Group data may not be read"),
    "not_declared": _("Nothing is declared to compare"),
    "invalid_check": _("The declaration contradicts itself"),
    "unknown_value": _("A declared value never occurs"),
    "different_schema": _("The declaration was changed"),
    "impossible_counts": _("Counts do not add up"),
    "as_of_not_published": _("No published state of the record"),
    "not_whole_months": _("Not whole calendar months"),
}

DETAILS: Final = (
    _("Send a live API key as Authorization: Bearer cst_<id>_<secret>"),
    _("The database cannot commit now; nothing was stored. Send it again later"),
    _("There is nothing here that you may see"),
    _("This is not allowed with these credentials"),
    _("Send the ETag of the version you change as If-Match"),
    _("Somebody changed it meanwhile; read it again"),
    _("The body did not arrive in full; send the same request again"),
    _("The body did not arrive within %(number)s seconds; send the same request again"),
    _("This key may send %(number)s events a minute"),
    _("This key lacks the scope %(scope)s"),
    _("This key lacks the scope %(scope)s or %(other)s"),
    _("A request may have %(number)s bytes"),
    _("A request may have %(number)s bytes%(when)s"),
    _("A request may have %(number)s log records"),
    _("A request may have %(number)s events, this one has %(sent)s"),
    _("Not stored"),
    _("Not stored, because another event of this atomic request was refused"),
    _("Nothing was stored: the request is atomic and not every event was good"),
    _("A defect on our side; nothing of this request was stored"),
    _("Content-Encoding %(name)s is not known; use gzip"),
    _("Content-Type %(name)s is not known; use %(known)s, %(other)s, %(third)s or ce- headers"),
    _("Use %(name)s or %(other)s"),
    _("Protobuf needs the extra 'otel'; send JSON"),
    _("The body is not the gzip its Content-Encoding says"),
    _("The gzip body ends too early"),
    _("The body is not JSON: %(where)s"),
    _("The body is not an ExportLogsServiceRequest in %(form)s"),
    _("The log record has no event name, so it is no event"),
    _("This key may not send events of source %(name)s"),
    _("This key may not send events of use case %(name)s"),
    _("usecase is required: this key speaks for %(names)s"),
    _("The database cannot hold a value of this event"),
    _("The database cannot hold a value of one of these events"),
    _("The content under this source and id was erased"),
    _("This source and id were recorded with other content; a correction is a new event with 'corrects'"),
    _("use_case is missing: give its reference, such as UC-0001"),
    _("from must not lie after to"),
    _("from must lie before to"),
    _("%(name)s must be a day such as 2026-11-21"),
    _("%(name)s must lie between 1900 and 9000"),
    _("as_of must be the size of a signed checkpoint"),
    _("one filter at a time: %(names)s"),
    _("%(name)s is no value of a decision"),
    _("The entry is stored and waits for its checkpoint"),
    _("0 < from <= to <= %(size)s is needed"),
    _("%(name)s must be a number of entries"),
    _("silence_after must be a number of seconds"),
    _("%(name)s contains the character U+0000"),
    _("Who made this key may not read group data of it"),
    _("This key may not see finding %(name)s"),
    _("This key may not see use case %(name)s"),
    _("This key may not see %(name)s"),
    _("state is one of %(names)s"),
    _("A key speaks for use cases; no key may report on all of them"),
    _("The report's own entry waits for its checkpoint; ask again"),
    _("Nobody answers for this key any more"),
)
_GAP = re.compile(r"%\((\w+)\)s")


def said(problem: Problem, language: str | None) -> dict[str, Any]:
    """Return the members of a problem answer with title and detail in ``language``; English where it is None."""
    body = {**problem.as_json(), "title": TITLES.get(problem.code, problem.code.replace("_", " ").capitalize())}
    if language is None or language.split("-")[0] == "en":
        return body
    with translation.override(language):
        return {**body, "title": translation.gettext(body["title"]), "detail": _in_words(problem.detail)}


@lru_cache(maxsize=256)
def language_of(accepted: str) -> str:
    """Return which of our languages an ``Accept-Language`` header wants most; English where it wants none of them."""
    for wanted, _quality in parse_accept_lang_header(accepted.lower()):
        try:
            return translation.get_supported_language_variant(wanted)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


def _in_words(detail: str) -> str:
    for form in DETAILS:
        if found := _pattern(form).fullmatch(detail):
            return translation.gettext(form) % found.groupdict()
    return detail


@lru_cache(maxsize=len(DETAILS))
def _pattern(form: str) -> re.Pattern[str]:
    parts = _GAP.split(form)
    written = [f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(written), re.DOTALL)
