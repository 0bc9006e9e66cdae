"""Runs one script inside a throw-away project; the functions below are what it can use."""

import io
import json
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

APPS = os.environ["BDMODELS_PROJECT_APPS"].split(",")


def make(*labels, answers="", **options):
    """makemigrations; a question that has no line in `answers` fails, as without a terminal."""
    sys.stdin = io.StringIO(answers)
    out = io.StringIO()
    try:
        call_command("makemigrations", *labels, stdout=out, **{"interactive": True, **options})
    except BaseException:
        print(out.getvalue())
        raise
    return out.getvalue()


def check():
    """makemigrations --check: fails when anything is left to do."""
    out = io.StringIO()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=3, stdout=out)
    except SystemExit:
        raise AssertionError(f"Not clean:\n{out.getvalue()}") from None


def migrate(*names, **options):
    """migrate; only the apps of the project matter."""
    call_command("migrate", *(names or ()), verbosity=0, interactive=False, **options)


def sql(app, name, backwards=False):
    out = io.StringIO()
    call_command("sqlmigrate", app, name, backwards=backwards, stdout=out)
    return out.getvalue()


def execute(statement, params=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def execute_all(statements):
    for statement in statements.split("; "):
        execute(statement)


def behind(statement):
    """Execute a statement that no trigger sees."""
    off, on = {
        "postgresql": ("SET session_replication_role = replica", "RESET session_replication_role"),
        "mysql": ("SET @bdmodels_sync = 1, foreign_key_checks = 0", "SET @bdmodels_sync = NULL"),
    }.get(connection.vendor, ("SELECT 1", "SELECT 1"))
    execute(off)
    execute(statement)
    execute(on)


def schema(*tables):
    """What the database says about tables, so that two moments can be compared."""
    return {table: describe(table) for table in tables}


def describe(table):
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, table)
        constraints = connection.introspection.get_constraints(cursor, table)
        described = {}
        for c in columns:
            described[c.name] = [
                str(c.type_code),
                c.internal_size, c.precision, c.scale, bool(c.null_ok), c.default, c.collation,
                getattr(c, "comment", None),
            ]  # fmt: skip
        facts = {
            name: {key: value for key, value in c.items() if key not in ("definition",)}
            for name, c in constraints.items()
        }
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s", [table])
            # Names of automatic indexes count the columns; what they are is in the SQL.
            facts = {k: v for k, v in facts.items() if not k.startswith("__")}
            sqls = [row[0] for row in cursor.fetchall() if row[0]]
            body = sqls[0].split("(", 1)[1]
            described["sql"] = sorted(split_columns(body))
        elif connection.vendor == "mysql":
            cursor.execute(f"SHOW CREATE TABLE {table}")
            lines = cursor.fetchone()[1].splitlines()
            options = lines[-1].split("AUTO_INCREMENT")[0]
            described["sql"] = [*sorted(line.strip().rstrip(",") for line in lines[:-1]), options]
        else:
            cursor.execute(
                "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attgenerated::text,"
                " pg_get_expr(adbin, adrelid), attidentity::text FROM pg_attribute LEFT JOIN"
                " pg_attrdef ON adrelid = attrelid AND adnum = attnum"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                [table],
            )
            described["sql"] = sorted(list(row) for row in cursor.fetchall())
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype <> 'n'", [table]
            )  # fmt: skip
            described["constraints"] = sorted(list(row) for row in cursor.fetchall())
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
            described["indexes"] = sorted(row[0] for row in cursor.fetchall())
        return {"columns": described, "constraints": sorted(map(str, facts.items()))}


def split_columns(body):
    """The items of a CREATE TABLE, split at the commas outside parentheses."""
    depth, item = 0, ""
    for letter in body:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            yield item.strip()
            item = ""
        else:
            item += letter
    yield item.strip().removesuffix(")").strip()


def tables():
    """All tables but those of the package, which stay."""
    own = {"bdmodels_copy", "bdmodels_created"}
    return sorted(set(connection.introspection.table_names()) - own)


def rows(table, order="id"):
    """All rows of a table as texts by column, whatever the order of the columns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {connection.ops.quote_name(order)}")
        names = [column[0] for column in cursor.description]
        return [
            dict(sorted(zip(names, map(as_text, row), strict=True))) for row in cursor.fetchall()
        ]


def as_text(value):
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else repr(value)


def answer(value):
    Path("answer.json").write_text(json.dumps(value, default=str))


def main(script):
    settings.configure(
        SECRET_KEY="project",
        DATABASES={"default": json.loads(Path("database.json").read_text())},
        INSTALLED_APPS=[*os.environ["BDMODELS_PROJECT_INSTALLED"].split(","), *APPS],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        **json.loads(os.environ.get("BDMODELS_PROJECT_SETTINGS", "{}")),
    )
    django.setup()
    names = {**globals(), "models": __import__(f"{APPS[0]}.models").models}
    exec(compile(script, "<step>", "exec"), names)
