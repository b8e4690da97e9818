"""Reading JSON from strangers: no duplicate members, no surprises in types or sizes."""

import json
from dataclasses import dataclass
from itertools import chain
from operator import le, lt
from typing import Any

BUNDLE_FORMAT = "custodes-bundle/2"
MAX_JSON = 64 * 1024 * 1024
Ranges = tuple[tuple[int, int], ...]


class JSONRefused(ValueError):
    """The JSON is not what this format holds."""

    code = "json_refused"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the bundle says it holds; everything in it is checked against the tree."""

    log: str
    low: int
    high: int
    withheld: Ranges
    predecessors: tuple[tuple[str, int], ...] = ()  # names the log had before, each until an index


def strict_json(data: bytes | str, what: str) -> Any:
    """Parse JSON and refuse duplicate members; raises :class:`JSONRefused`."""
    if len(data) > MAX_JSON:
        raise JSONRefused(f"{what} is too large.")
    try:
        text = data if isinstance(data, str) else data.decode()
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise JSONRefused(f"{what} is not JSON without duplicate members.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate member")
    return value


def read_manifest(data: bytes) -> Manifest:
    """Return the manifest; raises :class:`JSONRefused`."""
    value = strict_json(data, "The manifest")
    try:
        if value["format"] != BUNDLE_FORMAT:
            raise JSONRefused(f"The bundle is not of the format {BUNDLE_FORMAT}.")
        low, high = value["entries"]["from"], value["entries"]["to"]
        former = tuple((each["origin"], each["until"]) for each in value.get("predecessors", []))
        manifest = Manifest(value["log"], low, high, ranges(value["payloads"]["withheld"]), former)
    except (KeyError, TypeError, IndexError) as error:
        raise JSONRefused("The manifest lacks what a bundle's manifest holds.") from error
    if not isinstance(manifest.log, str) or not _is_index(low) or not _is_index(high) or low % 256 or low >= high:
        raise JSONRefused("The manifest's range is not a range of entries that begins at a tile.")
    if not all(isinstance(name, str) and _is_index(until) for name, until in former):
        raise JSONRefused("The manifest's predecessors are names, each with an index.")
    return manifest


def ranges(value: Any) -> Ranges:
    """Return ``[[first, end], ...]`` as increasing pairs; raises :class:`JSONRefused`."""
    if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise JSONRefused("A range is a pair of increasing indexes.")
    ends = list(chain.from_iterable(value))
    if set(map(type, ends)) - {int} or not all(map(lt, ends[::2], ends[1::2])):
        raise JSONRefused("A range is a pair of increasing indexes.")
    if not all(map(le, ends[1::2], ends[2::2])) or (ends and not 0 <= ends[0] < ends[-1] < 1 << 62):
        raise JSONRefused("Ranges increase and do not overlap.")
    return tuple(zip(ends[::2], ends[1::2], strict=True))


def _is_index(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62
