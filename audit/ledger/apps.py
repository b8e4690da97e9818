from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import connections
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "audit.ledger"
    label = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        """Put the guards on after every migration, and have them looked for at start-up."""
        from audit.ledger import checks

        post_migrate.connect(_install_guards, sender=self, dispatch_uid="ledger_guards")
        register(checks.database_guards, Tags.database)


def _install_guards(*, using: str, **_: Any) -> None:
    """SQLite drops a table's triggers when a migration rebuilds it, so they are put back each time."""
    from audit.ledger import guards

    connection = connections[using]
    if set(guards.GUARDED) <= set(connection.introspection.table_names()):
        guards.install(connection)
