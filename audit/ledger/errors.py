"""Errors of the ledger's verbs and reads."""

from typing import Any


class LedgerError(RuntimeError):
    """Base of the ledger's own errors; the message says what would be right, ``data`` holds the figures."""

    code = "ledger_error"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.data = data


class TransactionRequired(LedgerError):
    """An entry is written in the transaction of the change it records, never on its own."""

    code = "transaction_required"


class BackDated(LedgerError):
    """The given time is not the wall clock's."""

    code = "back_dated"


class NotFound(LedgerError):
    """There is no such entry, index or checkpoint."""

    code = "ledger_not_found"


class NotSequenced(LedgerError):
    """The entry is committed and waits for its place in the tree."""

    code = "not_sequenced"


class PayloadGone(LedgerError):
    """The payload was erased or pruned; the entry and its proof remain."""

    code = "erased"


class TreeBroken(LedgerError):
    """Stored tiles and the last signed checkpoint disagree: nothing more is signed until that is understood."""

    code = "tree_broken"


class RolledBack(LedgerError):
    """This key has already signed a longer history than the database holds, as after restoring an old backup."""

    code = "rolled_back"


class StrangeKey(LedgerError):
    """The key that lies here is not the one that signed this log, and no entry introduces it."""

    code = "strange_key"
