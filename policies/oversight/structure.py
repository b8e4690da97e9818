"""Reading plain data into frozen dataclasses and writing it back, field by field, collecting every problem.

A field's metadata holds its ``kind`` (:class:`policies.oversight.values.Kind`) or the dataclass it is a ``part`` of.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from policies.oversight.values import Kind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: ``path`` (``rules[2].require.sample``) and what would be right."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class PolicyInvalid(ValueError):
    """A document that may not be saved; ``problems`` names every field that is wrong."""

    code = "policy_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def of(kind: Kind, default: Any = None) -> Any:
    """Declare a field that may be left out."""
    return field(default=default, metadata={"kind": kind})


def must(kind: Kind) -> Any:
    """Declare a field that must be there."""
    return field(metadata={"kind": kind})


def part(cls: type, *, required: bool = False) -> Any:
    """Declare a field holding one ``cls``, or none."""
    return field(metadata={"part": cls}) if required else field(default=None, metadata={"part": cls})


def parts(cls: type) -> Any:
    """Declare a field holding a tuple of ``cls``."""
    return field(default=(), metadata={"part": cls, "many": True})


def read(cls: type[T], content: Any, path: str, problems: list[Problem]) -> T | None:
    """Return ``content`` as ``cls``; ``None`` when a problem was added for it."""
    if not isinstance(content, Mapping):
        problems.append(Problem(path, f"must be a table of fields, found {content!r}"))
        return None
    known = {each.name: each for each in fields(cls)}  # type: ignore[arg-type]
    before = len(problems)
    for name in content:
        if name not in known:
            problems.append(Problem(_join(path, str(name)), _unread(str(name), list(known))))
    values: dict[str, Any] = {}
    for name, spec in known.items():
        here = _join(path, name)
        if content.get(name) is not None:
            values[name] = _value(spec.metadata, content[name], here, problems)
        elif spec.default is MISSING:
            problems.append(Problem(here, "must be given"))
    return cls(**values) if len(problems) == before else None


def _value(metadata: Mapping[str, Any], content: Any, path: str, problems: list[Problem]) -> Any:
    if "part" not in metadata:
        try:
            return metadata["kind"].read(content)
        except ValueError as error:
            problems.append(Problem(path, str(error)))
            return None
    if not metadata.get("many"):
        return read(metadata["part"], content, path, problems)
    if not isinstance(content, list | tuple):
        problems.append(Problem(path, f"must be a list, found {content!r}"))
        return ()
    return tuple(read(metadata["part"], each, f"{path}[{i}]", problems) for i, each in enumerate(content))


def write(value: Any) -> dict[str, Any]:
    """Return a dataclass as plain data, without what was left out."""
    result: dict[str, Any] = {}
    for spec in fields(value):
        found = getattr(value, spec.name)
        if found is None or found == ():
            continue
        if "part" not in spec.metadata:
            result[spec.name] = spec.metadata["kind"].write(found)
        elif spec.metadata.get("many"):
            result[spec.name] = [write(each) for each in found]
        else:
            result[spec.name] = write(found)
    return result


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unread(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the fields here are {', '.join(known)}"
    return f"nothing reads this field; {hint}"
