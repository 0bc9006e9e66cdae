"""What the sync costs, and how fast the copy is, with nobody else at work."""

import time
from typing import Any

from .course import Course

UPDATES = {
    "moved columns": (
        "UPDATE shop_product SET seo_rank = seo_rank + 1, image = %s, rating = %s WHERE id = %s"
    ),
    "one moved column": "UPDATE shop_product SET seo_rank = %s + %s WHERE id = %s",
    "core columns": "UPDATE shop_product SET title = %s, stock = %s WHERE id = %s",
}
#: A copy of one part as a single statement, into a table like it.
ONE_STATEMENT = (
    "INSERT INTO copied SELECT id, sku, seo_title, seo_rank, data FROM shop_product",
    "INSERT INTO copied_media SELECT id, image, width, price, published, brand_id"
    " FROM shop_product",
    "INSERT INTO copied_use SELECT id, views, rating FROM shop_product",
    "INSERT INTO copied_note SELECT id, note, weight FROM shop_product"
    " WHERE note IS NOT NULL OR weight IS NOT NULL",
)


def measure(course: Course, updates: int = 2000) -> dict[str, Any]:
    """Split the table alone; measure the copy, and updates with and without triggers."""
    found: dict[str, Any] = {}
    course.prepare()
    course.tell("costs")
    course.migrate("expand")
    parts = ("productseo", "productmedia", "productuse", "productnote")
    with course.connection() as connection, connection.cursor() as cursor:
        for part, insert in zip(parts, ONE_STATEMENT, strict=True):
            table = insert.split()[2]
            cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM shop_{part} WHERE 1 = 0")
            cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({part}_id)")
        start = time.monotonic()
        for insert in ONE_STATEMENT:
            cursor.execute(insert)
        plain = time.monotonic() - start
    rows = course.options.rows * len(parts)
    course.migrate("expand")  # Nothing to do: what a process and its checks take.
    idle = course.steps[-1].migration_seconds
    course.migrate("copy")
    copied = max(course.steps[-1].migration_seconds - idle, 0.001)
    found["copy, rows of parts per second"] = round(rows / copied)
    found["INSERT ... SELECT, rows of parts per second"] = round(rows / plain)
    found["copy with keys, indexes and checks, times INSERT ... SELECT"] = round(copied / plain, 2)
    with course.connection() as connection:
        with_sync = {kind: timed(connection, kind, updates) for kind in UPDATES}
        drop_triggers(connection)
        without = {kind: timed(connection, kind, updates) for kind in UPDATES}
    for kind in UPDATES:
        found[f"update of {kind}, ms with sync"] = round(with_sync[kind], 3)
        found[f"update of {kind}, ms without"] = round(without[kind], 3)
        found[f"update of {kind}, ratio"] = round(with_sync[kind] / without[kind], 2)
    return found


def timed(connection: Any, kind: str, updates: int) -> float:
    """The median of single-row updates, each committed, in milliseconds."""
    times = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM shop_product ORDER BY id")
        keys = [key for (key,) in cursor.fetchall()]
        for n in range(updates):
            values = [n, n] if "one" in kind else [str(n), n]
            start = time.perf_counter()
            cursor.execute(UPDATES[kind], [*values, keys[n * 7919 % len(keys)]])
            times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1000


def triggers(connection: Any) -> list[tuple[str, str]]:
    """Names and tables of the triggers of this database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
            )
        else:
            cursor.execute(
                "SELECT trigger_name, event_object_table FROM information_schema.triggers"
                " WHERE trigger_schema = database()"
            )
        return list(cursor.fetchall())


def drop_triggers(connection: Any) -> int:
    """Remove all of them, as somebody may by mistake; returns how many there were."""
    found = triggers(connection)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name, table in found:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {quote(name)}{on}")
    return len(found)
