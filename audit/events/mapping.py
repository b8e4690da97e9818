"""Rows of a log somebody already keeps, turned into events by a mapping file.

A mapping names event templates; ``{column}`` or ``{path.0.in.it}`` in a text is replaced, and a text that is one
placeholder keeps the value's type. ``{path|table}`` translates through the mapping's ``tables``, ``{same:a,b}`` says
``same`` or ``different``. ``when`` leaves a template out where a path is empty or has another value; ``each`` makes one
event of each item of a list. Without a mapping each row must be a CloudEvent already, or its columns be those of
:data:`PLAIN`. The mappings that come with the product are data, in ``mappings/``.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

_PLACE = re.compile(r"\{([^{}]+)\}")
_MISSING: Final = object()
_FOLDER: Final = Path(__file__).with_name("mappings")


class MappingInvalid(ValueError):
    """A mapping file cannot be used; the message says what would be right."""

    code = "mapping_invalid"


# Columns understood without a mapping file: one row a decision, with what happened to it.
PLAIN: Final[list[dict[str, Any]]] = [
    {
        "type": "decision",
        "time": "{proposed_at}",
        "data": {
            "decision_id": "{decision_id}",
            "phase": "proposed",
            "decision_class": "{decision_class}",
            "proposal": {"value": "{proposal}"},
            "confidence": "{confidence}",
            "model": {"name": "{model}", "version": "{model_version}"},
            "subject_ref": "{subject_ref}",
        },
    },
    {
        "type": "review",
        "when": "review_outcome",
        "time": "{reviewed_at}",
        "data": {
            "decision_id": "{decision_id}",
            "review_id": "{review_id}",
            "phase": "submitted",
            "actor": "{reviewer}",
            "outcome": "{review_outcome}",
            "final": {"value": "{final}"},
            "reason_code": "{reason_code}",
        },
    },
    {
        "type": "decision",
        "when": "executed_at",
        "time": "{executed_at}",
        "data": {"decision_id": "{decision_id}", "phase": "executed", "executed_value": "{executed}"},
    },
    {
        "type": "outcome",
        "when": "outcome",
        "time": "{observed_at}",
        "data": {"decision_id": "{decision_id}", "phase": "observed", "truth": "{outcome}", "truth_source": "real"},
    },
]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Event templates, and tables that translate the words of one system into ours."""

    templates: Sequence[dict[str, Any]]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)


DEFAULT: Final = Mapping(PLAIN)


def built_in() -> list[str]:
    """Return the names of the mappings that come with the product."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def find(name: str) -> Mapping:
    """Return the built-in mapping ``name``, or that of the file ``name``; raises OSError, :class:`MappingInvalid`."""
    known = name in built_in()
    return load((_FOLDER / f"{name}.yaml" if known else Path(name)).read_text(encoding="utf-8"))


def load(text: str) -> Mapping:
    """Return a mapping file's content (YAML: ``events``, and perhaps ``tables``); raises :class:`MappingInvalid`."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise MappingInvalid(f"The mapping must be YAML: {error}") from None
    templates = content.get("events") if isinstance(content, dict) else None
    if not isinstance(templates, list) or not templates:
        raise MappingInvalid("A mapping has a list 'events' of templates with 'type' and 'data'")
    tables = content.get("tables") or {}
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise MappingInvalid("'tables' holds objects: words of the file to words of the vocabulary")
    for position, template in enumerate(templates):
        _check(template, position, tables)
    return Mapping(templates, {name: {str(word): to for word, to in each.items()} for name, each in tables.items()})


def _check(template: Any, position: int, tables: dict[str, Any]) -> None:
    if not isinstance(template, dict):
        raise MappingInvalid(f"Template {position} must be an object with 'type' and 'data'")
    unknown = set(template) - {"type", "id", "time", "when", "each", "data", "simulated", "drill"}
    if unknown or not isinstance(template.get("data"), dict) or not isinstance(template.get("type"), str):
        why = f"; unknown: {', '.join(sorted(map(str, unknown)))}" if unknown else ""
        raise MappingInvalid(f"Template {position} needs 'type' (text) and 'data' (object){why}")
    if not isinstance(template.get("when", ""), str | dict) or not isinstance(template.get("each", ""), str):
        raise MappingInvalid(f"Template {position}: 'when' is a path or {{path: value}}, 'each' is a path")
    for name in re.findall(r"\|([^{}|]+)\}", json.dumps(template, ensure_ascii=False, default=str)):
        if name not in tables:
            raise MappingInvalid(f"Template {position} translates by the table {name!r}, which 'tables' does not hold")


def events_of(row: dict[str, Any], mapping: Mapping, *, source: str, usecase: str) -> Iterator[dict[str, Any]]:
    """Yield the events of one row. A row that has ``specversion`` is an event already.

    Without a template ``id`` the id is a digest of what the event says, so that running a file twice, or resuming
    it, gives duplicates, not doubles.
    """
    if "specversion" in row:
        yield {"source": source, "usecase": usecase, **row}
        return
    for template in mapping.templates:
        for scope in _scopes(template, row):
            if _wanted(template, scope):
                yield _event(template, scope, mapping.tables, source, usecase)


def _scopes(template: dict[str, Any], row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The row itself, or one for each item of the list that ``each`` names, with the item under ``item``."""
    if "each" not in template:
        yield row
        return
    items = _look_up(row, template["each"])
    for item in items if isinstance(items, list) else ():
        yield {**row, "item": item}


def _wanted(template: dict[str, Any], scope: dict[str, Any]) -> bool:
    when = template.get("when")
    if when is None:
        return True
    if isinstance(when, str):
        return _look_up(scope, when) not in (None, "")
    return all(
        _look_up(scope, path) in (wanted if isinstance(wanted, list) else [wanted]) for path, wanted in when.items()
    )


def _event(
    template: dict[str, Any], scope: dict[str, Any], tables: dict[str, dict[str, Any]], source: str, usecase: str
) -> dict[str, Any]:
    data = _fill(template["data"], scope, tables)
    kind = template["type"]
    event = {
        "specversion": "1.0",
        "source": source,
        "usecase": usecase,
        "type": kind if "." in kind else f"ai.oversight.{kind}.v1",
        "time": _fill(template.get("time", ""), scope, tables),
        "data": data if data is not _MISSING else {},
    }
    event |= {name: template[name] for name in ("simulated", "drill") if name in template}
    event = {name: value for name, value in event.items() if value not in (_MISSING, "")}
    given = _fill(template.get("id", ""), scope, tables)
    event["id"] = str(given) if given not in (_MISSING, "") else _digest(event)
    return event


def _digest(event: dict[str, Any]) -> str:
    said = json.dumps(event, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _fill(template: Any, scope: dict[str, Any], tables: dict[str, dict[str, Any]]) -> Any:
    """Fill one template; what would be made of nothing but missing columns is left out."""
    if isinstance(template, dict):
        filled = {name: _fill(value, scope, tables) for name, value in template.items()}
        kept = {name: value for name, value in filled.items() if value is not _MISSING}
        return kept or _MISSING
    if isinstance(template, list):
        return [
            value for value in (_fill(each, scope, tables) for each in template) if value is not _MISSING
        ] or _MISSING
    if not isinstance(template, str):
        return template
    whole = _PLACE.fullmatch(template)
    if whole:
        return _placed(whole[1], scope, tables)
    parts = {name: _placed(name, scope, tables) for name in _PLACE.findall(template)}
    if any(value is _MISSING for value in parts.values()):
        return _MISSING
    return _PLACE.sub(lambda place: str(parts[place[1]]), template)


def _placed(name: str, scope: dict[str, Any], tables: dict[str, dict[str, Any]]) -> Any:
    """What one placeholder stands for: a path, perhaps translated; ``same:a,b`` compares two paths."""
    path, _, table = name.partition("|")
    if path.startswith("same:"):
        one, _, other = path.removeprefix("same:").partition(",")
        left, right = _look_up(scope, one.strip()), _look_up(scope, other.strip())
        value: Any = None if left is None or right is None else "same" if left == right else "different"
    else:
        value = _look_up(scope, path)
    if table and value is not None:
        value = tables[table].get(str(value).lower() if isinstance(value, bool) else str(value), value)
    return _MISSING if value is None or value == "" else value


def _look_up(scope: Any, path: str) -> Any:
    """A column by its whole name, else a way through objects and lists: ``annotations.0.completed_by``."""
    if isinstance(scope, dict) and path in scope:
        return scope[path]
    for part in path.split("."):
        if isinstance(scope, dict):
            scope = scope.get(part)
        elif isinstance(scope, list) and part.isdigit() and int(part) < len(scope):
            scope = scope[int(part)]
        else:
            return None
    return scope
