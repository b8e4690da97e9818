"""Further fields of a decision as a person reads them."""

from typing import Any


def plain(value: Any) -> str:
    """``{"value": x}`` is x, a list is its parts, an object its named parts."""
    if isinstance(value, dict):
        if set(value) == {"value"}:
            return str(value["value"])
        return ", ".join(f"{name}: {plain(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(plain(each) for each in value)
    return str(value)
