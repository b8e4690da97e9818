"""RFC 8785 (JCS) form of a JSON value, and the digest of a proposed action made from it."""

import hashlib
import json
from decimal import Decimal
from typing import Any


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a decoded JSON value; numbers are taken as IEEE 754 doubles.

    Raises ValueError for numbers that are not finite.
    """
    return _text(value).encode()


def proposal_digest(proposal: Any) -> str:
    """Return ``sha256:`` and the hex SHA-256 of the RFC 8785 form of ``proposal`` without its digest."""
    if isinstance(proposal, dict):
        proposal = {name: value for name, value in proposal.items() if name != "digest"}
    else:
        proposal = {"value": proposal}
    return f"sha256:{hashlib.sha256(canonical(proposal)).hexdigest()}"


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float | Decimal):
        return _number(float(value))
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{_text(value[name])}" for name in names) + "}"


def _number(value: float) -> str:
    """ECMAScript Number::toString (ECMA-262, 6.1.6.1.20): the shortest digits, exponent outside 1e-7..1e21."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("JCS knows finite numbers only")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    _sign, digit_tuple, exponent = Decimal(repr(abs(value))).as_tuple()
    digits = "".join(map(str, digit_tuple)).lstrip("0")
    exponent = int(exponent) + len(digits) - len(digits.rstrip("0"))
    digits = digits.rstrip("0")
    point = len(digits) + exponent
    if 0 < point <= 21:
        shown = digits + "0" * (point - len(digits)) if exponent >= 0 else f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        shown = "0." + "0" * -point + digits
    else:
        power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
        shown = (digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}") + power
    return sign + shown
