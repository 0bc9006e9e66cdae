"""What the sync costs, and how fast the copy is, with nobody else at work."""

import time
from typing import Any

from .course import Course

UPDATES = {
    "moved columns of three parts": (
        "UPDATE {} SET seo_rank = seo_rank + 1, image = %s, rating = %s WHERE id = %s"
    ),
    "moved columns of one part": "UPDATE {} SET seo_title = %s, seo_rank = %s WHERE id = %s",
    "core columns": "UPDATE {} SET title = %s, stock = %s WHERE id = %s",
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


def measure(course: Course, updates: int = 600) -> dict[str, Any]:
    """Split the table alone; measure the copy, and what updates cost with the sync."""
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
    course.migrate("copy")
    with course.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT SUM(seconds) FROM bdmodels_copy")
        copied = float(cursor.fetchone()[0])
        like = "(LIKE shop_product INCLUDING ALL)"
        if connection.vendor == "mysql":
            like = "LIKE shop_product"
        cursor.execute(f"CREATE TABLE plain {like}")
        cursor.execute("INSERT INTO plain SELECT * FROM shop_product")
        times = {kind: compare(cursor, kind, updates) for kind in UPDATES}
    found["copy in batches, rows of parts per second"] = round(rows / copied)
    found["INSERT ... SELECT, rows of parts per second"] = round(rows / plain)
    found["copy in batches, times INSERT ... SELECT"] = round(copied / plain, 2)
    for kind, (with_sync, without) in times.items():
        found[f"update of {kind}, ms with sync"] = round(with_sync, 3)
        found[f"update of {kind}, ms without"] = round(without, 3)
        found[f"update of {kind}, ratio"] = round(with_sync / without, 2)
    return found


def compare(cursor: Any, kind: str, updates: int) -> tuple[float, float]:
    """Medians of single-row updates, each committed, in milliseconds: of the table and of one
    like it without triggers, in turn."""
    cursor.execute("SELECT id FROM shop_product ORDER BY id")
    keys = [key for (key,) in cursor.fetchall()]
    times: dict[str, list[float]] = {"shop_product": [], "plain": []}
    for n in range(updates):
        for table, taken in times.items():
            start = time.perf_counter()
            cursor.execute(UPDATES[kind].format(table), [f"{n}", n, keys[n * 7919 % len(keys)]])
            taken.append(time.perf_counter() - start)
    with_sync, without = (sorted(taken)[updates // 2] * 1000 for taken in times.values())
    return with_sync, without


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
