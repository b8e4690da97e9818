"""On PostgreSQL two indexes of events compare bytes, and a batch is held against what it names in one look.

Names of events are only ever asked for by equality, and comparing them by the rules of a language cost as much as the
rest of the index: the identity and the decision take the operator classes that compare bytes. The trigger of the
references read the batch four times and sorted it twice; now it reads it once. SQLite compares bytes anyway.
"""

from django.db import migrations, models

REFERS = """
CREATE OR REPLACE FUNCTION audit_event_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named record;
BEGIN
  FOR named IN SELECT DISTINCT use_case_id, key_id FROM fresh LOOP
    PERFORM 1 FROM governance_use_case WHERE id = named.use_case_id FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'an event names a use case that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF named.key_id IS NOT NULL THEN
      PERFORM 1 FROM audit_api_key WHERE id = named.key_id FOR KEY SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'an event names an API key that does not exist' USING ERRCODE = 'foreign_key_violation';
      END IF;
    END IF;
  END LOOP;
  RETURN NULL;
END $$
"""
BYTES = "varchar_pattern_ops"


def by_bytes(apps, schema_editor):
    """Make each new index before the old one goes: the identity is unique at every moment."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(f"CREATE UNIQUE INDEX event_identity_bytes ON audit_event (source {BYTES}, event_id {BYTES})")
    schema_editor.execute("ALTER TABLE audit_event DROP CONSTRAINT one_event_per_source_and_id")
    schema_editor.execute("ALTER INDEX event_identity_bytes RENAME TO one_event_per_source_and_id")
    schema_editor.execute(f"CREATE INDEX event_decision_bytes ON audit_event (use_case_id, decision_id {BYTES})")
    schema_editor.execute("DROP INDEX event_by_decision")
    schema_editor.execute("ALTER INDEX event_decision_bytes RENAME TO event_by_decision")
    schema_editor.execute(REFERS)


def by_language(apps, schema_editor):
    """Put the indexes back; the trigger says the same in either form and stays."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE UNIQUE INDEX event_identity ON audit_event (source, event_id)")
    schema_editor.execute("DROP INDEX one_event_per_source_and_id")
    schema_editor.execute(
        "ALTER TABLE audit_event ADD CONSTRAINT one_event_per_source_and_id UNIQUE USING INDEX event_identity"
    )
    schema_editor.execute("DROP INDEX event_by_decision")
    schema_editor.execute("CREATE INDEX event_by_decision ON audit_event (use_case_id, decision_id)")


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_findings_know_their_case")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(by_bytes, by_language)],
            state_operations=[
                migrations.RemoveConstraint("event", "one_event_per_source_and_id"),
                migrations.AddConstraint(
                    "event",
                    models.UniqueConstraint(
                        fields=["source", "event_id"], name="one_event_per_source_and_id", opclasses=[BYTES, BYTES]
                    ),
                ),
                migrations.RemoveIndex("event", "event_by_decision"),
                migrations.AddIndex(
                    "event",
                    models.Index(
                        fields=["use_case", "decision_id"], name="event_by_decision", opclasses=["uuid_ops", BYTES]
                    ),
                ),
            ],
        )
    ]
