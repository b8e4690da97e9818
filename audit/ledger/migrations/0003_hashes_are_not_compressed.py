"""PostgreSQL keeps hashes as they are: they are as good as random, and trying to compress them is CPU for nothing."""

from django.db import migrations


def stored(storage):
    def change(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for table, columns in (("ledger_queue", ("entries", "leaf_hashes")), ("ledger_tile", ("hashes",))):
                changes = ", ".join(f"ALTER {column} SET STORAGE {storage}" for column in columns)
                schema_editor.execute(f"ALTER TABLE {table} {changes}")

    return change


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_queue_by_the_act")]

    operations = [migrations.RunPython(stored("EXTERNAL"), stored("EXTENDED"))]
