"""The latest signed checkpoint as pages show it: seal, fingerprint, size."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from audit.ledger import log
from governance.web.figures import seal_markup


@dataclass(frozen=True, slots=True)
class ShownCheckpoint:
    """``fingerprint`` is what two people compare by eye; ``short`` its first half, for the foot of a page."""

    size: int
    signed_at: datetime | None
    fingerprint: str
    seal: SafeString
    note: str

    @property
    def short(self) -> str:
        """The first four groups."""
        return " ".join(self.fingerprint.split()[:4])


def latest_checkpoint(*, name: str = "foot-seal", size: float = 44) -> ShownCheckpoint | None:
    """Return the newest checkpoint, one query; None while nothing has been signed."""
    found = log.latest_checkpoint()
    return shown(found, name=name, size=size) if found else None


def shown(checkpoint: log.Checkpoint, *, name: str, size: float = 44) -> ShownCheckpoint:
    """Return ``checkpoint`` with its seal drawn ``size`` wide; ``name`` is unique on the page."""
    title = _("Seal of the checkpoint of %(n)s entries") % {"n": checkpoint.size}
    return ShownCheckpoint(
        size=checkpoint.size,
        signed_at=checkpoint.at,
        fingerprint=checkpoint.fingerprint,
        seal=seal_markup(checkpoint.root, title=title, name=name, size=size),
        note=checkpoint.note,
    )
