"""Codes that a person without an account holds: enough to read their own answer, and nothing else."""

import hashlib
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no sign that looks like another
GROUPS, SIGNS = 4, 4


def new_code() -> str:
    """Return a new code such as ``K7QF-2M9X-TR4B-9WHC`` (78 bits); only its hash is kept."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(SIGNS)) for _ in range(GROUPS))


def code_hash(code: str) -> str:
    """Return the SHA-256 of a code as people type it: case, spaces and hyphens do not matter."""
    kept = "".join(sign for sign in code.upper() if sign in ALPHABET)
    return hashlib.sha256(kept.encode()).hexdigest()
