"""What every benchmark gives back."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _collector_given_back() -> Iterator[None]:
    """A benchmark may calm the garbage collector as the web process does; the tests after it have it as it was."""
    kept = gc.get_threshold()
    yield
    gc.set_threshold(*kept)
    gc.unfreeze()
