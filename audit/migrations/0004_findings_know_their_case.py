"""A finding knows when its decision was proposed: a report counts those of a window without their decisions."""

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    """Write it into the findings there are."""
    finding, decision = apps.get_model("audit", "Finding"), apps.get_model("audit", "Decision")
    own = decision.objects.filter(use_case=OuterRef("use_case"), decision_id=OuterRef("decision_id"))
    finding.objects.exclude(decision_id="").update(case_at=Subquery(own.values("proposed_at")[:1]))
    finding.objects.filter(decision_id="").update(case_at=F("opened_at"))


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_events_refer_by_the_batch")]

    operations = [
        migrations.AddField(model_name="finding", name="case_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=[
                    "use_case", "case_at", "drill", "code", "severity", "state", "count", "simulated", "opened_index",
                    "closed_index",
                ],
                name="finding_by_case",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["use_case", "state", "opened_index"], name="finding_by_opening"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]  # fmt: skip
