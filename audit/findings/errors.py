"""What can go wrong with an act on a finding."""

from governance.access import DomainError


class NotPossible(DomainError):
    """The finding's state does not allow this act; ``data['state']`` is where it stands."""

    code = "finding_state"


class FixMissing(DomainError):
    """The playbook asks for more before this finding can close; ``data['missing']`` names it."""

    code = "fix_missing"


class Moved(DomainError):
    """Other findings match than when the person looked; ``data['now']`` is how many do now."""

    code = "findings_moved"
