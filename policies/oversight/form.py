"""The policy document as a form: every field with its kind, and what people type back as plain data.

Form and document agree because both come from the dataclasses of :mod:`policies.oversight.terms`: a field added
there is asked for here. What cannot be read is passed on as typed, so that the document's own check names it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from policies.oversight.terms import PolicyDocument

GIVEN = frozenset({"usecase", "version"})  # the register knows them
MOST = 40  # rules or hops a form shows; longer documents are edited as text


@dataclass(frozen=True, slots=True)
class Entry:
    """One field to ask for. ``name`` is its path (``rules.0.require.reviews``), ``spec`` the path without numbers."""

    name: str
    spec: str
    kind: str
    options: tuple[str, ...]
    required: bool
    value: str
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; ``number`` counts the items of a list from 0."""

    name: str
    spec: str
    entries: tuple[Entry, ...]
    number: int | None = None


def groups(content: Mapping[str, Any], *, blank: int = 0) -> list[Group]:
    """Return the form of ``content`` (plain data, perhaps wrong), each list with ``blank`` empty items at its end."""
    return list(_groups(PolicyDocument, content, "", "", blank))


def content_of(given: Mapping[str, str], lists: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the plain data people typed: ``given`` by name, ``lists`` for fields with several ticks."""
    return _content(PolicyDocument, "", given, lists)


def _groups(cls: type, content: Mapping[str, Any], name: str, spec: str, blank: int) -> Iterator[Group]:
    yield Group(name, spec, tuple(_entries(cls, content, name, spec)))
    for each in fields(cls):
        part = each.metadata.get("part")
        if part is None or _inline(each.metadata, each.name):
            continue
        inner = content.get(each.name)
        here, there = _join(name, each.name), _join(spec, each.name)
        if not each.metadata.get("many"):
            yield from _groups(part, inner if isinstance(inner, Mapping) else {}, here, there, blank)
            continue
        items = [item if isinstance(item, Mapping) else {} for item in inner] if isinstance(inner, list) else []
        for number, item in enumerate([*items, *({} for _ in range(blank))][:MOST]):
            yield Group(f"{here}.{number}", there, tuple(_entries(part, item, f"{here}.{number}", there)), number)


def _inline(metadata: Mapping[str, Any], name: str) -> bool:
    """What a rule requires stands in the rule's own group."""
    return name == "require" and not metadata.get("many")


def _entries(cls: type, content: Mapping[str, Any], name: str, spec: str) -> Iterator[Entry]:
    for each in fields(cls):
        here, there = _join(name, each.name), _join(spec, each.name)
        if there in GIVEN:
            continue
        if "part" in each.metadata:
            if _inline(each.metadata, each.name):
                inner = content.get(each.name)
                yield from _entries(each.metadata["part"], inner if isinstance(inner, Mapping) else {}, here, there)
            continue
        kind, value = each.metadata["kind"], content.get(each.name)
        value = _default(each) if value is None else value
        chosen = tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()
        yield Entry(here, there, kind.name, kind.options, each.default is MISSING, _typed(kind.name, value), chosen)


def _typed(kind: str, value: Any) -> str:
    """Return a value as people type it."""
    if value is None:
        return ""
    if kind == "texts" and isinstance(value, list | tuple):
        return "\n".join(str(each) for each in value)
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={most}" for name, most in value.items())
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


def _content(cls: type, name: str, given: Mapping[str, str], lists: Mapping[str, list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in fields(cls):
        here = _join(name, each.name)
        part = each.metadata.get("part")
        if here in GIVEN:
            continue
        value: Any
        if part is None:
            value = _read(each.metadata["kind"].name, here, given, lists)
            if value in (None, "", []) or value == _default(each):
                continue
        elif each.metadata.get("many"):
            numbers = sorted({int(at) for key in given if (at := _number(key, here)) is not None})
            items = [_content(part, f"{here}.{number}", given, lists) for number in numbers[:MOST]]
            value = [item for item in items if item and item != {"require": {}}]
        else:
            value = _content(part, here, given, lists)
            # An unticked box alone says nothing about a part that was left empty.
            if not _inline(each.metadata, each.name) and all(inner is False for inner in value.values()):
                continue
        if value != []:
            found[each.name] = value
    return found


def _default(spec: "Field[Any]") -> Any:
    """Return what a field holds when it is left out, as plain data."""
    none = spec.default is MISSING or spec.default in (None, ())
    return None if none else spec.metadata["kind"].write(spec.default)


def _number(key: str, prefix: str) -> str | None:
    at = key.removeprefix(f"{prefix}.").partition(".")[0] if key.startswith(f"{prefix}.") else ""
    return at if at.isdigit() and len(at) < 4 else None


def _read(kind: str, name: str, given: Mapping[str, str], lists: Mapping[str, list[str]]) -> Any:
    if kind == "choices":
        return lists.get(name, [])
    text = given.get(name, "").strip()
    if kind == "truth":
        return text == "yes"
    if not text:
        return None
    if kind == "texts":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if kind == "names":
        return [each.strip() for each in text.split(",") if each.strip()]
    if kind == "limits":
        return dict(_pair(each) for each in text.split(",") if each.strip())
    if kind == "whole" and text.lstrip("-").isdigit():
        return int(text)
    return text


def _pair(text: str) -> tuple[str, str]:
    field, _, most = text.partition("=")
    return field.strip(), most.strip()


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
