"""The policy form as a page shows it: entries with labels, what was typed, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from django.http import HttpRequest, QueryDict

from governance.web.policy_labels import FIELDS, OPTIONS, SECTIONS, Text
from policies.oversight import document as policy
from policies.oversight.form import Entry, Group, content_of, groups
from policies.oversight.structure import Problem

AREAS: Final = frozenset({"texts"})
LONG: Final = frozenset({"rules.when", "justification", "mandate.objective"})
OPEN: Final = ("", "rules", "review")


@dataclass(frozen=True, slots=True)
class Asked:
    """One field as the page shows it."""

    name: str
    label: Text
    help: Text
    kind: str
    value: str
    options: Sequence[tuple[str, Text, bool]]
    required: bool
    wide: bool
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields; ``open`` when it is usual, filled in or wrong."""

    id: str
    title: Text
    help: Text
    number: int | None
    fields: Sequence[Asked]
    open: bool


def sections(content: Mapping[str, Any], problems: Sequence[Problem], *, blank: Mapping[str, int]) -> list[Section]:
    """Return the form of ``content``; ``blank`` is how many empty rules and steps to show at the end."""
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(_name(problem.path), []).append(problem.message)
    shown = groups(content, blank=max(blank.values(), default=0))
    kept = [group for group in shown if _kept(group, content, blank)]
    order = sorted(kept, key=lambda group: list(SECTIONS).index(group.spec))
    return [_section(group, errors) for group in order]


def unplaced(problems: Sequence[Problem], shown: Sequence[Section]) -> list[str]:
    """Return the problems that belong to no field on the page."""
    names = {field.name for section in shown for field in section.fields}
    return [str(problem) for problem in problems if _name(problem.path) not in names]


def typed(request: HttpRequest) -> dict[str, Any]:
    """Return the content of a sent form; raises :class:`policies.oversight.document.PolicyInvalid` for bad YAML."""
    if "document" in request.POST:
        try:
            found = yaml.safe_load(request.POST["document"])
        except yaml.YAMLError as error:
            raise policy.PolicyInvalid([Problem("document", f"must be YAML or JSON: {error}")]) from None
        if not isinstance(found, dict):
            raise policy.PolicyInvalid([Problem("document", "must be a table of fields")])
        return {name: value for name, value in found.items() if name not in ("usecase", "version")}
    post: QueryDict = request.POST
    return content_of({name: str(post[name]) for name in post}, {name: post.getlist(name) for name in post})


def _name(path: str) -> str:
    """``rules[2].require.sample`` as the form names it: ``rules.2.require.sample``."""
    return re.sub(r"\[(\d+)\]", r".\1", path)


def _kept(group: Group, content: Mapping[str, Any], blank: Mapping[str, int]) -> bool:
    if group.number is None:
        return bool(group.entries)
    found: Any = content
    for name in group.spec.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return group.number < (len(found) if isinstance(found, list) else 0) + blank.get(group.spec, 0)


def _section(group: Group, errors: Mapping[str, list[str]]) -> Section:
    title, text = SECTIONS[group.spec]
    asked = [_asked(entry, errors.get(entry.name, [])) for entry in group.entries]
    filled = any(field.errors for field in asked) or any(
        (entry.value and entry.required) or entry.chosen for entry in group.entries
    )
    usual = group.spec in OPEN
    return Section(group.name or "mode", title, text, group.number, asked, usual or filled)


def _asked(entry: Entry, errors: Sequence[str]) -> Asked:
    label, text = FIELDS[entry.spec]
    picked = set(entry.chosen) if entry.kind == "choices" else {entry.value}
    options = [(each, OPTIONS[each], each in picked) for each in entry.options]
    wide = entry.spec in LONG or entry.kind in AREAS
    return Asked(entry.name, label, text, entry.kind, entry.value, options, entry.required, wide, errors)
