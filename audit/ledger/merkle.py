"""The Merkle tree of Certificate Transparency (RFC 6962, section 2; proofs checked as in RFC 9162, section 2.1).

Leaves are hashed as ``SHA-256(0x00 || data)``, nodes as ``SHA-256(0x01 || left || right)``. Hashes and proofs are
32-byte ``bytes`` throughout. The ``verify_*`` functions return nothing and raise :class:`ProofInvalid`.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


class ProofInvalid(ValueError):
    """A proof does not connect what it should connect; the message says where it breaks."""

    code = "proof_invalid"


class OutOfTree(ValueError):
    """An index or size lies outside the tree it was asked for."""

    code = "out_of_tree"


def leaf_hash(data: bytes) -> bytes:
    """Return the RFC 6962 leaf hash of ``data``."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the RFC 6962 hash of the node above ``left`` and ``right``."""
    return sha256(b"\x01" + left + right).digest()


def root_hash(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over ``leaf_hashes``; of none it is the hash of the empty string."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        above = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        if len(level) & 1:
            above.append(level[-1])
        level = above
    return level[0]


def split_point(width: int) -> int:
    """Return the largest power of two smaller than ``width`` (>= 2)."""
    return 1 << (width - 1).bit_length() - 1


def inclusion_proof(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of leaf ``index``, from its sibling up (RFC 6962, 2.1.1).

    Raises :class:`OutOfTree` when there is no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise OutOfTree(f"There is no leaf {index} in a tree of {len(leaf_hashes)}.")
    path: list[bytes] = []
    low, high = 0, len(leaf_hashes)
    while high - low > 1:
        middle = low + split_point(high - low)
        if index < middle:
            path.append(root_hash(leaf_hashes[middle:high]))
            high = middle
        else:
            path.append(root_hash(leaf_hashes[low:middle]))
            low = middle
    return path[::-1]


def consistency_proof(size1: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the first ``size1`` leaves are a prefix of ``leaf_hashes`` (RFC 6962, 2.1.2).

    Raises :class:`OutOfTree` unless ``1 <= size1 <= len(leaf_hashes)``: nothing is proved about an empty tree.
    """
    return [root_hash(leaf_hashes[low:high]) for low, high in consistency_ranges(size1, len(leaf_hashes))]


def consistency_ranges(size1: int, size2: int) -> list[tuple[int, int]]:
    """Return the leaf ranges whose hashes make up a consistency proof, in proof order."""
    if not 1 <= size1 <= size2:
        raise OutOfTree(f"A consistency proof needs 1 <= size1 <= size2, got {size1} and {size2}.")
    ranges: list[tuple[int, int]] = []
    low, high, whole = 0, size2, True
    while size1 != high:
        middle = low + split_point(high - low)
        if size1 <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low, whole = middle, False
    if not whole:
        ranges.append((low, high))
    return ranges[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise :class:`ProofInvalid` unless ``proof`` connects the leaf at ``index`` with the ``root`` of ``size``."""
    _check_hashes(leaf_hash, root, *proof)
    if not 0 <= index < size:
        raise ProofInvalid(f"There is no leaf {index} in a tree of {size}.")
    node, last, running = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofInvalid("The proof is longer than the path to the root.")
        if node & 1 or node == last:
            running = node_hash(sibling, running)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            running = node_hash(running, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofInvalid("The proof is shorter than the path to the root.")
    if running != root:
        raise ProofInvalid("The proof leads to another root.")


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Raise :class:`ProofInvalid` unless ``proof`` shows the tree of ``size1`` to be a prefix of that of ``size2``.

    Size 0 is refused: every tree extends the empty one, so there is nothing to prove.
    """
    _check_hashes(*proof)
    if not 1 <= size1 <= size2:
        raise ProofInvalid(f"A consistency proof needs 1 <= size1 <= size2, got {size1} and {size2}.")
    if size1 == size2:
        if proof:
            raise ProofInvalid("Between equal sizes the proof is empty.")
        if root1 != root2:
            raise ProofInvalid("Two trees of one size have different roots.")
        return
    _check_hashes(root1, root2)
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    if not path:
        raise ProofInvalid("The proof is empty.")
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("The proof is longer than the path to the root.")
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofInvalid("The proof is shorter than the path to the root.")
    if first != root1:
        raise ProofInvalid("The proof leads to another root of the older tree.")
    if second != root2:
        raise ProofInvalid("The proof leads to another root of the newer tree.")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise ProofInvalid(f"Every hash is {HASH_SIZE} bytes.")
