"""An index for searching the register inside words; with the rows, by the database itself.

SQLite: FTS5 over every three letters, kept by triggers. Django makes a table anew to alter it and drops its triggers:
a later migration that alters the use case's table must run ``triggers`` again (a test asks).
PostgreSQL: GIN over every two and three letters, with what it has built in; no extension.
"""

# ruff: noqa: S608 - fixed text

import sqlite3
from typing import Any

from django.db import migrations

FTS5_WITH_TRIGRAMS = (3, 34, 0)
TEXT = "{row}.search_text || char(10)"  # so that the last two letters begin a group of three too
REMOVE = (
    "INSERT INTO governance_register_grams(governance_register_grams, rowid, text) VALUES ('delete', "
    "(SELECT id FROM governance_register_rows WHERE use_case_id = old.id), " + TEXT.format(row="old") + ");"
)
ADD = (
    "INSERT INTO governance_register_grams(rowid, text) VALUES ("
    "(SELECT id FROM governance_register_rows WHERE use_case_id = new.id), " + TEXT.format(row="new") + ");"
)
TRIGGERS = {
    "governance_register_added": f"""AFTER INSERT ON governance_use_case BEGIN
        INSERT INTO governance_register_rows(use_case_id) VALUES (new.id); {ADD} END""",
    "governance_register_changed": f"""AFTER UPDATE OF name, ref, key, purpose ON governance_use_case BEGIN
        {REMOVE} {ADD} END""",
    "governance_register_removed": f"""AFTER DELETE ON governance_use_case BEGIN
        {REMOVE} DELETE FROM governance_register_rows WHERE use_case_id = old.id; END""",
}
POSTGRES = (
    """CREATE FUNCTION register_grams(whole text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    COST 10000 AS $$
    SELECT coalesce(array_agg(gram), '{}') FROM (
        SELECT unnest(ARRAY[sign || next, sign || next || after]) AS gram FROM (
            SELECT sign, lead(sign) OVER (ORDER BY place) AS next, lead(sign, 2) OVER (ORDER BY place) AS after
            FROM unnest(string_to_array(whole, NULL)) WITH ORDINALITY AS signs(sign, place)
        ) AS followed
    ) AS grams WHERE gram IS NOT NULL $$""",
    "CREATE INDEX use_case_by_grams ON governance_use_case USING gin (register_grams(search_text))"
    " WITH (fastupdate = off)",
)


def _can(connection: Any) -> bool:
    """Whether this SQLite has what the index needs; the search reads the rows where it has not."""
    if sqlite3.sqlite_version_info < FTS5_WITH_TRIGRAMS:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pragma_compile_options WHERE compile_options = 'ENABLE_FTS5'")
        return cursor.fetchone() is not None


def triggers(schema_editor: Any) -> None:
    """Make SQLite's triggers where they are missing."""
    for name, body in TRIGGERS.items():
        schema_editor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")


def make(apps: Any, schema_editor: Any) -> None:
    """Make the index and fill it with the rows there are."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRES:
            schema_editor.execute(statement)
        return
    if not _can(schema_editor.connection):
        return
    for statement in (
        "CREATE TABLE governance_register_rows (id integer PRIMARY KEY, use_case_id char(32) NOT NULL UNIQUE)",
        "CREATE VIRTUAL TABLE governance_register_grams"
        " USING fts5(text, content='', tokenize='trigram case_sensitive 1')",
        "CREATE VIRTUAL TABLE governance_register_terms USING fts5vocab('governance_register_grams', 'row')",
        "INSERT INTO governance_register_rows(use_case_id) SELECT id FROM governance_use_case",
        "INSERT INTO governance_register_grams(rowid, text) SELECT filed.id, " + TEXT.format(row="used") + " FROM"
        " governance_register_rows AS filed JOIN governance_use_case AS used ON used.id = filed.use_case_id",
    ):
        schema_editor.execute(statement)
    triggers(schema_editor)


def drop(apps: Any, schema_editor: Any) -> None:
    """Take the index away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX use_case_by_grams")
        schema_editor.execute("DROP FUNCTION register_grams(text)")
        return
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
    for name in ("governance_register_terms", "governance_register_grams", "governance_register_rows"):
        schema_editor.execute(f"DROP TABLE IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_register_search_folded")]
    operations = [migrations.RunPython(make, drop)]
