"""What the tables take on disk, and how each database gives freed space back."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Table:
    name: str
    columns: int
    rows: int
    bytes: int | None  # with indexes; None where the database does not tell


class Storage:
    """One subclass per database."""

    rewrite: str  # what gives the space of dropped columns back

    def size(self, cursor, table: str) -> int | None:
        raise NotImplementedError

    def reclaim(self, cursor, tables: list[str]) -> None:
        raise NotImplementedError

    def analyze(self, cursor, tables: list[str]) -> None:
        raise NotImplementedError


class SQLite(Storage):
    rewrite = "VACUUM"

    def size(self, cursor, table):
        # The virtual table dbstat is a compile-time option.
        cursor.execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'")
        if not cursor.fetchone():
            return None
        cursor.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE"
            " AND name IN (SELECT name FROM sqlite_master WHERE tbl_name = %s)",
            [table],
        )
        return cursor.fetchone()[0]

    def reclaim(self, cursor, tables):
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.analyze(cursor, tables)

    def analyze(self, cursor, tables):
        cursor.execute("ANALYZE")


class PostgreSQL(Storage):
    rewrite = "VACUUM FULL"

    def size(self, cursor, table):
        cursor.execute("SELECT pg_total_relation_size(to_regclass(%s))", [table])
        return cursor.fetchone()[0]

    def reclaim(self, cursor, tables):
        for table in tables:
            cursor.execute(f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(table)}")

    def analyze(self, cursor, tables):
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(table)}")


class MySQL(Storage):
    rewrite = "OPTIMIZE TABLE"

    def size(self, cursor, table):
        self.analyze(cursor, [table])
        cursor.execute(
            "SELECT data_length + index_length FROM information_schema.tables"
            " WHERE table_schema = database() AND table_name = %s",
            [table],
        )
        return int(cursor.fetchone()[0])

    def reclaim(self, cursor, tables):
        for table in tables:
            cursor.execute(f"OPTIMIZE TABLE {connection.ops.quote_name(table)}")
            cursor.fetchall()

    def analyze(self, cursor, tables):
        for table in tables:
            cursor.execute(f"ANALYZE TABLE {connection.ops.quote_name(table)}")
            cursor.fetchall()


STORAGES = {"sqlite": SQLite, "postgresql": PostgreSQL, "mysql": MySQL}


def storage() -> Storage:
    return STORAGES[connection.vendor]()


def flight_tables(cursor) -> list[str]:
    """The tables that hold flights: the wide one, or the core's and the parts'."""
    names = connection.introspection.table_names(cursor)
    return sorted(name for name in names if name.startswith("flights_flight"))


def measured_tables(cursor) -> list[Table]:
    tables = []
    for name in flight_tables(cursor):
        columns = connection.introspection.get_table_description(cursor, name)
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
        rows = cursor.fetchone()[0]
        tables.append(Table(name, len(columns), rows, storage().size(cursor, name)))
    return tables


def schema(cursor) -> dict[str, list[str]]:
    """Columns, indexes and constraints of the tables of flights, as comparable lines."""
    introspection = connection.introspection
    found = {}
    for table in flight_tables(cursor):
        columns = introspection.get_table_description(cursor, table)
        lines = [f"column {c.name} {c.type_code} null={c.null_ok} {c.default}" for c in columns]
        for name, constraint in introspection.get_constraints(cursor, table).items():
            facts = {key: value for key, value in constraint.items() if value}
            lines.append(f"constraint {name} {facts}")
        found[table] = sorted(lines)
    return found
