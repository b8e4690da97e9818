"""Reading YAML as plain text values: no booleans, no dates, no duplicate keys (Norway stays a word)."""

from pathlib import Path
from typing import Any

import yaml

_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class BadData(ValueError):
    """A data file that cannot be used; names the file and what is wrong."""

    code = "bad_data"

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}")


class _Loader(_Base):
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise BadData(f"line {node.start_mark.line + 1}", f"key given twice: {', '.join(twice)}")
        return dict(super().construct_mapping(node, deep=deep))


def parse_yaml(text: str | bytes, *, where: str) -> Any:
    """Plain data of a YAML (or JSON) text; every scalar is a string. Raises BadData."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a BaseLoader builds nothing but text, lists and mappings
    except yaml.YAMLError as error:
        raise BadData(where, f"not valid YAML: {error}") from error
    except BadData as error:
        raise BadData(f"{where}, {error.where}", error.why) from error


def read_yaml(path: Path) -> Any:
    """Plain data of a YAML file. Raises BadData, OSError."""
    return parse_yaml(path.read_bytes(), where=path.name)
