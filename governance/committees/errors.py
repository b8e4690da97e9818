"""What a committee refuses, each with a stable code; doors answer 409 for them."""

from governance.access import DomainError


class NoQuorum(DomainError):
    """Fewer members take part than the charter asks for, or a function is missing; the recused do not count."""

    code = "no_quorum"


class Voided(DomainError):
    """What was voted on is not what is to be decided now."""

    code = "vote_voided"


class WrongState(DomainError):
    """The meeting or the item is not in the state this needs."""

    code = "meeting_state"


class AlreadyVoted(DomainError):
    """This seat, or this person, has a vote already; two sessions of one person count once."""

    code = "already_voted"


class TooLate(DomainError):
    """The vote was closed, or its deadline has passed."""

    code = "vote_late"


class AlreadyDecided(DomainError):
    """The item has its resolution."""

    code = "already_decided"


class Excluded(DomainError):
    """An interest in the matter keeps this person from voting on it."""

    code = "vote_excluded"


class NotPresent(DomainError):
    """Only who is in the meeting votes in it."""

    code = "not_present"


class PromptsOpen(DomainError):
    """The reflection questions are answered before voting."""

    code = "prompts_unanswered"


class CheckpointsOpen(DomainError):
    """A meeting closes once its mandatory points were discussed and its votes are closed."""

    code = "checkpoints_open"


class EvidenceMissing(DomainError):
    """What the charter wants to see before an approval is missing or out of date; ``data['missing']`` says which."""

    code = "evidence_missing"
