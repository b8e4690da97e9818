"""The words and shapes of the review queue: states, ends, outcomes."""

from typing import Any

from django.utils.translation import gettext_lazy

from governance.web.words import Word

STATES: dict[str, Word] = {
    "open": Word(gettext_lazy("waits for somebody"), "open", "attention"),
    "claimed": Word(gettext_lazy("taken"), "due", "due"),
    "mine": Word(gettext_lazy("you hold it"), "due", "due"),
    "overdue": Word(gettext_lazy("overdue"), "breach", "breach"),
    "submitted": Word(gettext_lazy("decided"), "closed", "done"),
    "expired": Word(gettext_lazy("nobody decided in time"), "cross", "breach"),
    "closed": Word(gettext_lazy("no longer needed"), "closed", "closed"),
}
ENDED: dict[str, Any] = {
    "executed": gettext_lazy("The decision was executed before anybody decided here."),
    "withdrawn": gettext_lazy("The system withdrew its proposal."),
    "rejected": gettext_lazy("Somebody else rejected it."),
    "overridden": gettext_lazy("Somebody else decided otherwise."),
    "elsewhere": gettext_lazy("It was reviewed in another system; that review is asserted by it, not made here."),
    "superseded": gettext_lazy("What is proposed was changed; the new proposal has a review of its own."),
    "removed": gettext_lazy("What it was about was removed; the ledger says when and why."),
    "not_needed": gettext_lazy("Nothing asks for this review any more."),
    "out_of_time": gettext_lazy("Nobody decided in time, and the declared safe default holds."),
}

OUTCOMES: dict[str, Word] = {
    "approve": Word(gettext_lazy("approved"), "closed", "done"),
    "modify": Word(gettext_lazy("modified"), "attention"),
    "override": Word(gettext_lazy("decided otherwise"), "attention"),
    "reject": Word(gettext_lazy("rejected"), "cross", "attention"),
    "abstain": Word(gettext_lazy("abstained"), "dash"),
    "refer": Word(gettext_lazy("referred"), "question"),
}
