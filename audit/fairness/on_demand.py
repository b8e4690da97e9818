"""A module that is loaded when it is first used.

pandas takes seconds to load and is needed only where a DataFrame comes in: a web process never sees one.
"""

import importlib.util
import sys
from types import ModuleType


def on_demand(name: str) -> ModuleType:
    """Return the module ``name``; its code runs at the first access of an attribute."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
