"""Proofs that leave the house as text: c2sp.org/tlog-proof@v1, and consistency proofs."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from audit.ledger import merkle
from audit.ledger.note import Head, NoteMalformed, VerifierKey, open_checkpoint, strict_base64

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That one leaf stands at ``index`` of the tree of a signed checkpoint."""

    index: int
    size: int
    leaf_hash: bytes
    hashes: tuple[bytes, ...]
    note: str

    def to_text(self) -> str:
        """Return the ``.tlog-proof`` file: index, audit path, checkpoint."""
        path = "".join(b64encode(value).decode() + "\n" for value in self.hashes)
        return f"{HEADER}\nindex {self.index}\n{path}\n{self.note}"


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the tree of ``size1`` is a prefix of the tree of ``size2``."""

    size1: int
    size2: int
    hashes: tuple[bytes, ...]

    def to_text(self) -> str:
        """Return the hashes in base64, one a line, as a witness takes them."""
        return "".join(b64encode(value).decode() + "\n" for value in self.hashes)


def check_proof(text: str, envelope: bytes, log_keys: Sequence[str | VerifierKey]) -> tuple[int, Head]:
    """Check a ``.tlog-proof`` for ``envelope`` and return the entry's index and what the checkpoint says.

    Raises :class:`NoteMalformed`, :class:`~audit.ledger.note.SignatureInvalid` or
    :class:`~audit.ledger.merkle.ProofInvalid`.
    """
    top, _, note = text.partition("\n\n")
    lines = top.split("\n")
    if lines[0] != HEADER or not note:
        raise NoteMalformed(f"A proof begins with {HEADER} and ends with a checkpoint.")
    lines = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
    word, _, number = lines[0].partition(" ") if lines else ("", "", "")
    if word != "index" or not (number.isascii() and number.isdigit()) or str(int(number)) != number:
        raise NoteMalformed("A proof names the index of its entry.")
    if len(lines) > 64:
        raise NoteMalformed("A proof holds at most 63 hashes.")
    head, _ = open_checkpoint(note, log_keys)
    index = int(number)
    merkle.verify_inclusion(
        merkle.leaf_hash(envelope), index, head.size, [strict_base64(line) for line in lines[1:]], head.root
    )
    return index, head
