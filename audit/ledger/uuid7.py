"""UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""

import os
import time
from datetime import datetime
from uuid import UUID


def uuid7(at_ms: int | None = None) -> UUID:
    """Return a UUIDv7 for ``at_ms`` (Unix milliseconds; default: now)."""
    moment = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    value = (moment & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def uuid7_numbers(count: int, at_ms: int) -> list[int]:
    """Return ``count`` UUIDv7 for one millisecond as rising integers: an index takes what rises at its end."""
    noise = os.urandom(10 * count)
    stamp = (at_ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | 0x2 << 62
    keep = (1 << 80) - 1 & ~(0xF << 76) & ~(0x3 << 62)
    return sorted(stamp | int.from_bytes(noise[i : i + 10], "big") & keep for i in range(0, 10 * count, 10))


def first_at(at: datetime) -> UUID:
    """Return the smallest value an id of the moment ``at`` can have, to choose rows by time."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
