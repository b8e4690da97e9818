"""The same records in another database, for tests of what does not depend on which."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.apps import apps
from django.db import connections, transaction
from django.db.utils import load_backend

from audit.ledger.sequencing import memory_file


@contextmanager
def copied_to(url: str) -> Iterator[None]:
    """Copy every row to the empty database at ``url`` and answer everything from there."""
    # A benchmark declares a model of its own, which has no table here.
    known = set(connections["default"].introspection.table_names())
    models = [each for each in apps.get_models(include_auto_created=True) if each._meta.db_table in known]
    rows = [(model, list(model._base_manager.all())) for model in models]
    given = {**connections.databases["default"], **environ.Env.db_url_config(url)}
    other = load_backend(given["ENGINE"]).DatabaseWrapper(given, alias="default")
    here = connections["default"]
    connections["default"] = other
    try:
        with other.schema_editor() as editor:
            for model in models:
                if not model._meta.auto_created:
                    editor.create_model(model)
        with transaction.atomic():  # references are looked at when all rows are there
            for model, listed in rows:
                model._base_manager.bulk_create(listed, batch_size=500)
        yield
    finally:
        other.close()
        connections["default"] = here
        memory_file().unlink(missing_ok=True)  # what was committed there was never signed here
