"""People are found by handle and name, whatever the accents: on PostgreSQL by an index, on SQLite by reading all."""

from django.db import migrations

from config.lib.folding import CREATE_FUNCTION

INDEX = (
    "CREATE INDEX accounts_user_words ON accounts_user "
    "USING gin (to_tsvector('simple'::regconfig, causerie_fold(handle || ' ' || display_name)))"
)


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE_FUNCTION, params=None)
        schema_editor.execute(INDEX, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX accounts_user_words", params=None)
        schema_editor.execute("DROP FUNCTION causerie_fold(text)", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0009_listening_shown"),
    ]

    operations = [
        migrations.RunPython(make, drop),
    ]
