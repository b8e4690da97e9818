"""Which entries stand in sealed figures and are not folded again."""

from collections.abc import Sequence

from audit.ledger import log
from audit.models import Seal


def unsealed(entries: Sequence[log.LedgerEntry]) -> list[log.LedgerEntry]:
    """Leave out the entries that stand in sealed figures: during a rebuild, for a follower there are none."""
    if not entries:
        return []
    seals = Seal.objects.filter(index__gt=entries[0].index).values_list("skipped", flat=True)
    spans = [span for skipped in seals for span in skipped]
    if not spans:
        return list(entries)
    return [entry for entry in entries if not any(low <= entry.index < high for low, high in spans)]
