"""The ledger's front door: everything others need is imported from here.

Write with :func:`append` inside the transaction of the change; read with :func:`entries`; prove with
:func:`inclusion` and :func:`consistency`.
"""

from audit.ledger.clock import TOLERANCE, is_replaying, replaying_clock
from audit.ledger.envelope import EnvelopeInvalid
from audit.ledger.errors import (
    BackDated,
    LedgerError,
    NotFound,
    NotSequenced,
    PayloadGone,
    RolledBack,
    TransactionRequired,
    TreeBroken,
)
from audit.ledger.keys import origin, vkey
from audit.ledger.reading import (
    LedgerEntry,
    checkpoint_at,
    checkpoint_covering,
    consistency,
    entries,
    entry,
    inclusion,
    index_of,
    latest_checkpoint,
    outside_size,
    payload,
    queue_age,
    same_content,
    wait_for_checkpoint,
    waiting,
)
from audit.ledger.sequencing import Checkpoint, integrate, run_sequencer
from audit.ledger.writing import Draft, Recorded, append

__all__ = [
    "TOLERANCE",
    "BackDated",
    "Checkpoint",
    "Draft",
    "EnvelopeInvalid",
    "LedgerEntry",
    "LedgerError",
    "NotFound",
    "NotSequenced",
    "PayloadGone",
    "Recorded",
    "RolledBack",
    "TransactionRequired",
    "TreeBroken",
    "append",
    "checkpoint_at",
    "checkpoint_covering",
    "consistency",
    "entries",
    "entry",
    "inclusion",
    "index_of",
    "integrate",
    "is_replaying",
    "latest_checkpoint",
    "origin",
    "outside_size",
    "payload",
    "queue_age",
    "replaying_clock",
    "run_sequencer",
    "same_content",
    "vkey",
    "wait_for_checkpoint",
    "waiting",
]
