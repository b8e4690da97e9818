"""On PostgreSQL a batch of events is held against use cases and keys once, not row by row.

A foreign key looks up its target for every row, which cost an eighth of a batch; the triggers here look up each use
case and key that a statement names once, lock them as the foreign key did, and refuse with the same error. From the
other side nothing may leave that an event names. SQLite keeps the foreign keys: there they cost next to nothing.
"""

from django.db import migrations

PARENTS = {"use_case_id": "governance_use_case", "key_id": "audit_api_key"}

REFERS = """
CREATE FUNCTION audit_event_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE known bigint;
BEGIN
  PERFORM 1 FROM governance_use_case WHERE id IN (SELECT DISTINCT use_case_id FROM fresh) FOR KEY SHARE;
  GET DIAGNOSTICS known = ROW_COUNT;
  IF known <> (SELECT count(DISTINCT use_case_id) FROM fresh) THEN
    RAISE EXCEPTION 'an event names a use case that does not exist' USING ERRCODE = 'foreign_key_violation';
  END IF;
  PERFORM 1 FROM audit_api_key WHERE id IN (SELECT DISTINCT key_id FROM fresh) FOR KEY SHARE;
  GET DIAGNOSTICS known = ROW_COUNT;
  IF known <> (SELECT count(DISTINCT key_id) FROM fresh) THEN
    RAISE EXCEPTION 'an event names an API key that does not exist' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$
"""
STAYS = """
CREATE FUNCTION {parent}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM audit_event WHERE {column} = OLD.id) THEN
    RAISE EXCEPTION 'events name this row of {parent}' USING ERRCODE = 'foreign_key_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$
"""


def by_the_batch(apps, schema_editor):
    """Take the two foreign keys off and put the triggers on."""
    if schema_editor.connection.vendor != "postgresql":
        return
    event = apps.get_model("audit", "Event")
    for name in _foreign_keys(schema_editor, event):
        schema_editor.execute(f"ALTER TABLE audit_event DROP CONSTRAINT {schema_editor.quote_name(name)}")
    schema_editor.execute(REFERS)
    for act in ("INSERT", "UPDATE"):
        schema_editor.execute(
            f"CREATE TRIGGER audit_event_refers_{act.lower()} AFTER {act} ON audit_event "
            "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refers()"
        )
    for column, parent in PARENTS.items():
        schema_editor.execute(STAYS.format(parent=parent, column=column))
        schema_editor.execute(
            f"CREATE TRIGGER {parent}_stays BEFORE DELETE ON {parent} "
            f"FOR EACH ROW EXECUTE FUNCTION {parent}_stays()"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {parent}_keeps_id BEFORE UPDATE OF id ON {parent} FOR EACH ROW "
            f"WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION {parent}_stays()"
        )


def by_the_row(apps, schema_editor):
    """Take the triggers off and put the foreign keys back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for act in ("insert", "update"):
        schema_editor.execute(f"DROP TRIGGER audit_event_refers_{act} ON audit_event")
    schema_editor.execute("DROP FUNCTION audit_event_refers()")
    for column, parent in PARENTS.items():
        schema_editor.execute(f"DROP TRIGGER {parent}_stays ON {parent}")
        schema_editor.execute(f"DROP TRIGGER {parent}_keeps_id ON {parent}")
        schema_editor.execute(f"DROP FUNCTION {parent}_stays()")
        schema_editor.execute(
            f"ALTER TABLE audit_event ADD CONSTRAINT audit_event_{column}_fk FOREIGN KEY ({column}) "
            f"REFERENCES {parent} (id) DEFERRABLE INITIALLY DEFERRED"
        )


def _foreign_keys(schema_editor, model):
    columns = [[column] for column in PARENTS]
    names = [schema_editor._constraint_names(model, column, foreign_key=True) for column in columns]
    return [name for found in names for name in found]


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_event_blocks"), ("governance", "0001_initial")]

    operations = [migrations.RunPython(by_the_batch, by_the_row)]
