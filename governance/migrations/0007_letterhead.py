"""The organisation's letterhead: name and logo, row by row, each from a time on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import audit.ledger.uuid7


class Migration(migrations.Migration):
    dependencies = [("governance", "0006_register_search_index")]

    operations = [
        migrations.CreateModel(
            name="Letterhead",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=audit.ledger.uuid7.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("logo", models.BinaryField(default=b"")),
                ("logo_sha256", models.CharField(blank=True, max_length=64)),
                ("width", models.PositiveIntegerField(default=0)),
                ("height", models.PositiveIntegerField(default=0)),
                ("set_at", models.DateTimeField()),
                ("entry", models.UUIDField()),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "governance_letterhead",
                "indexes": [models.Index(fields=["-set_at"], name="letterhead_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("height", 0), ("logo_sha256", ""), ("width", 0))
                        | models.Q(models.Q(("logo_sha256", ""), _negated=True), ("height__gt", 0), ("width__gt", 0)),
                        name="letterhead_logo_is_whole",
                    )
                ],
            },
        ),
    ]
