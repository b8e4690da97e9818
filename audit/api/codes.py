"""Every code a problem answer may carry, with its status and what to do: the list of the OpenAPI document and the help.

A test holds it against the code: an error a door can meet and that is missing here is a failed test.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Answer(NamedTuple):
    """The status a code comes with and a sentence on what to do."""

    status: int
    text: str


# What is wrong with the request itself.
REQUEST: Final[Mapping[str, Answer]] = {
    "unparsable": Answer(400, "Send JSON; nothing of the request was stored."),
    "not_authenticated": Answer(401, "Send a live key."),
    "wrong_scope": Answer(403, "Use a key with the scope the detail names."),
    "wrong_source": Answer(403, "Use a key that speaks for this source."),
    "wrong_use_case": Answer(403, "Use a key that speaks for this use case."),
    "not_allowed": Answer(403, "The account's roles and grants, or the key, do not allow this."),
    "not_found": Answer(404, "There is nothing here that you may see."),
    "incomplete": Answer(408, "The body did not arrive in full; send the same again."),
    "content_conflict": Answer(409, "The same source and id came with other content; a correction has a new id."),
    "erased": Answer(410, "The content was erased; it stays so."),
    "changed": Answer(412, "Read it again and repeat the edit."),
    "too_large": Answer(413, "Send smaller batches."),
    "too_many_events": Answer(413, "Send smaller batches."),
    "unsupported_media_type": Answer(415, "Use a content type from the table of doors."),
    "unsupported_encoding": Answer(415, "Send it plain or with gzip."),
    "invalid": Answer(422, "The pointer names the field; the detail says what would be right."),
    "invalid_event": Answer(422, "The pointer names the field of the event."),
    "personal_data": Answer(422, "Take what looks like personal data out of the field the pointer names."),
    "not_stored": Answer(422, "Another event of this atomic request was refused."),
    "precondition_required": Answer(428, "Send the ETag you read as If-Match."),
    "rate_limited": Answer(429, "Wait Retry-After seconds."),
    "internal": Answer(500, "A defect on our side; tell us."),
    "unavailable": Answer(503, "Send the same again after Retry-After seconds."),
    "overloaded": Answer(503, "Send the same again after Retry-After seconds."),
    "contended": Answer(503, "Send the same again after Retry-After seconds."),
    "not_sequenced": Answer(503, "Ask again after Retry-After seconds: the entry is not under a checkpoint yet."),
}

# What stands against the act: the state of the thing, the rules, or the person.
REFUSED: Final[Mapping[str, Answer]] = {
    "domain_error": Answer(409, "It cannot be done as things stand; the detail says why."),
    "back_dating": Answer(422, "Name a moment that is not before the decision."),
    # the review queue
    "review_taken": Answer(409, "Somebody else holds this review; take the next one."),
    "review_not_yours": Answer(409, "Take the review first."),
    "review_ended": Answer(409, "The review is over, or this step was taken; the detail says which."),
    "review_stale": Answer(409, "The action was changed since it was shown; look at it again."),
    "review_not_qualified": Answer(403, "The reviewer lacks a qualification the policy asks for."),
    "review_excluded": Answer(403, "The rules of independence keep this person from this review."),
    # the gate
    "gate_closed": Answer(409, "Ask the gate again and execute only what it answers for."),
    "token_used": Answer(409, "An action is executed once; its token was handed in."),
    "token_expired": Answer(409, "Fetch a new token."),
    # stop control and drills
    "no_authority": Answer(403, "Intervening, or lifting this stop, needs an authority the account does not hold."),
    "already_lifted": Answer(409, "The intervention was lifted before."),
    "drill_over": Answer(409, "The drill was fired or called off before."),
    # findings
    "finding_state": Answer(409, "The finding's state does not allow this act."),
    "fix_missing": Answer(409, "Link what the playbook asks for, or judge the finding a false positive."),
    "findings_moved": Answer(409, "Other findings match by now; look at the list again."),
    # events of Custodes itself, removals
    "already_recorded": Answer(409, "The act was recorded before; it happens once."),
    "same_person": Answer(409, "Whoever asked cannot also agree; a second person does."),
    "already_answered": Answer(409, "An answer was given before; it stays."),
    # the register
    "edit_conflict": Answer(409, "Somebody changed the entry meanwhile; read it again."),
    "system_frozen": Answer(422, "The system stays as it is while an incident is investigated."),
    "step_not_possible": Answer(409, "The step does not start from where it stands."),
    "policy_missing": Answer(409, "Have an oversight policy signed off first."),
    "pilot_gate_closed": Answer(409, "Evaluate the pilot's exit criteria first."),
    "already_decided": Answer(409, "It was decided before."),
    "own_request": Answer(409, "Somebody else decides what one asked for."),
    "already_signed": Answer(409, "A signed version stays as it is; begin the next one."),
    "import_not_clean": Answer(409, "Put the rows named right; nothing was written."),
    # committees
    "no_quorum": Answer(409, "Too few members take part, or a function is missing."),
    "vote_voided": Answer(409, "The matter was changed after the vote; vote again."),
    "meeting_state": Answer(409, "The meeting or the point is not in the state this needs."),
    "already_voted": Answer(409, "The seat or the person has voted; two sessions of one person count once."),
    "vote_late": Answer(409, "The vote was closed, or its deadline has passed."),
    "vote_excluded": Answer(409, "An interest in the matter keeps this person from voting on it."),
    "not_present": Answer(409, "Only who is in the meeting votes in it."),
    "prompts_unanswered": Answer(409, "Answer the reflection questions first."),
    "checkpoints_open": Answer(409, "Discuss the mandatory points and close the votes first."),
    "evidence_missing": Answer(409, "Evidence the charter asks for is missing or out of date; the detail names it."),
    # incidents, reports, rights of people
    "incident_closed": Answer(409, "The incident is closed; what is new is a new incident."),
    "incident_not_finished": Answer(409, "Something must come first; the detail names it."),
    "report_not_approved": Answer(409, "Somebody besides its issuer looks at the report first."),
    "report_already_released": Answer(409, "The report was released before; a release is never repeated."),
    "not_independent": Answer(409, "Give it to somebody with no part in the decision who does not own the use case."),
    # accounts
    "setup_link_not_valid": Answer(409, "The link is forged, too old, or was used; print a new one at the server."),
    "provider_refused": Answer(409, "No account here belongs to this sign-in; ask an administrator for an invitation."),
}

# Why figures are not given.
FIGURES: Final[Mapping[str, Answer]] = {
    "groups_forbidden": Answer(403, "Have somebody who may read group data of this use case make the key."),
    "not_declared": Answer(422, "Declare in the register what is favourable and which groups are compared."),
    "invalid_check": Answer(422, "The declaration contradicts itself; the detail says where."),
    "unknown_value": Answer(422, "A declared value never occurs in the decisions; the detail names those that do."),
    "different_schema": Answer(422, "The declaration was changed; figures of before and after are not added."),
    "impossible_counts": Answer(422, "Counts do not add up: have the projections made again with custodes rebuild."),
    "as_of_not_published": Answer(422, "Ask as of a month's last checkpoint or an issued report's."),
    "not_whole_months": Answer(422, "With a filter, ask for whole calendar months (UTC)."),
}

ALL: Final[Mapping[str, Answer]] = {**REQUEST, **REFUSED, **FIGURES}


def as_text() -> str:
    """Return the list as the OpenAPI document's introduction gives it."""
    lines = [f"- `{code}` ({answer.status}): {answer.text}" for code, answer in ALL.items()]
    return "## Codes of problem answers\n\nCodes are stable; new ones may be added.\n\n" + "\n".join(lines)
