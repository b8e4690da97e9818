"""What can be wrong with an act on a review; doors map ``code`` to a status and a sentence."""

from typing import Final

from governance.access import DomainError, NotAllowed


class Taken(DomainError):
    """Somebody else was first."""

    code = "review_taken"


class NotYours(DomainError):
    """Only who holds the review may do this."""

    code = "review_not_yours"


class Ended(DomainError):
    """The review is over: submitted, out of time or no longer needed; ``data['state']`` says which."""

    code = "review_ended"


class Stale(DomainError):
    """The action was changed since it was shown; nothing was decided."""

    code = "review_stale"


class NotQualified(NotAllowed):
    """The reviewer lacks what the policy asks for; ``data['missing']`` lists it."""

    code = "review_not_qualified"


class Excluded(NotAllowed):
    """The rules of independence keep this person from this review; ``data['why']`` says which."""

    code = "review_excluded"


# How the machines' door answers: the state of the task stands against it, or the person.
CONFLICTS: Final = (Taken, NotYours, Ended, Stale)
