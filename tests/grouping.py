"""Which tests share one process, because what they stand on takes minutes to make: a demo, a platform, a broker.

xdist knows groups by a mark, but reads it from an attribute that newer versions of pytest no longer have; so the
groups are named here, by file, and for the brokers by parameter.
"""

import re
from typing import Any

import pytest

GROUPS = (
    (re.compile(r"tests/journeys/test_demo(_killed)?\.py"), "demo"),
    (re.compile(r"tests/journeys/test_up\.py"), "up"),
    (re.compile(r"tests/governance/jobs/test_brokers\.py::.*\[(\w+)"), "broker"),
)


def group_of(nodeid: str) -> str:
    """Return the group of a test by its id, or the id itself where it stands alone."""
    for pattern, name in GROUPS:
        if found := pattern.match(nodeid):
            return "-".join([name, *(part for part in found.groups() if name == "broker")])
    return nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute tests one by one, groups whole and the longest first."""
    from xdist.scheduler import LoadScopeScheduling

    class InGroups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return InGroups(config, log)
