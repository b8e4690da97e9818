"""Fixtures everybody uses: the cast, and one use case in force. Pure tests load none of it."""

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.flush import django_db_setup  # noqa: F401
from tests.grouping import pytest_xdist_make_scheduler  # noqa: F401
from tests.scale import TIER
from tests.template import django_db_modify_db_settings  # noqa: F401

if TYPE_CHECKING:
    from governance.models import UseCase
    from tests.cast import Cast


# The same examples on every machine, however slow; `make prove` looks for new ones.
settings.register_profile("same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("search" if TIER == "prove" else "same")

DATABASE_FIXTURES = {"db", "transactional_db", "cast", "live_use_case"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL run only what touches a database: the rest ran on SQLite and would say the same."""
    if not os.environ.get("CUSTODES_TEST_DATABASE_URL"):
        return
    kept, left = [], []
    for item in items:
        named = set(getattr(item, "fixturenames", ()))
        touches = (
            item.get_closest_marker("django_db") or item.get_closest_marker("postgres") or named & DATABASE_FIXTURES
        )
        (kept if touches else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture
def cast(db: None) -> "Cast":
    """The named cast of :mod:`tests.cast`."""
    from tests.cast import assemble

    return assemble()


@pytest.fixture
def live_use_case(cast: "Cast") -> "UseCase":
    """Olga's use case, live under a signed policy."""
    from tests.cast import a_live_use_case

    return a_live_use_case(cast)
