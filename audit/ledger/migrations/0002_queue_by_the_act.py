"""The queue keeps one row for each act of appending, not one for each entry: a batch is queued and taken at once."""

from django.db import migrations, models


def join(apps, schema_editor):
    """What waits in the old form becomes acts of one entry each, in the same order."""
    queued = apps.get_model("ledger", "Queued")
    for row in queued.objects.order_by("id"):
        row.entries, row.leaf_hashes, row.size = row.entry_id.bytes, bytes(row.leaf_hash), 1
        row.save()


def split(apps, schema_editor):
    """Refuse to go back over waiting acts: their entries would lose their order."""
    if apps.get_model("ledger", "Queued").objects.exists():
        raise RuntimeError("The queue is not empty: let the sequencer finish first.")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.AddField("queued", "entries", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("queued", "leaf_hashes", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("queued", "size", models.IntegerField(default=1), preserve_default=False),
        migrations.AlterField("queued", "entry_id", models.UUIDField(null=True)),
        migrations.AlterField("queued", "leaf_hash", models.BinaryField(null=True)),
        migrations.RunPython(join, split),
        migrations.RemoveField("queued", "entry_id"),
        migrations.RemoveField("queued", "leaf_hash"),
    ]
