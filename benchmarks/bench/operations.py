"""What is measured, and what it may cost.

Each operation is a method of the contenders. A budget is a ratio to the wide model, for the default
shape on PostgreSQL with ``--synchronous-commit off``; elsewhere it is an orientation only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One row of the report.

    ``needs`` names a method of :class:`bench.arguments.Arguments`, ``times`` is how often the
    operation runs in one round.
    """

    name: str
    title: str
    needs: str
    times: int
    budget: float | None = None
    writes: bool = False


READS = [
    Operation("get", "get", "key", 120, 0.66),
    Operation("get_moved", "get, then read a moved field", "key", 100, 1.40),
    Operation("get_part", "get with one part joined", "key", 100, 1.00),
    Operation("get_all", "get with all parts", "key", 60, 1.80),
    Operation("list_core", "list 1000, core", "span", 6, 0.24),
    Operation("list_moved", "list 1000, read a moved field of each", "span", 3, 0.70),
    Operation("list_part", "list 1000, one part joined", "span", 5, 0.50),
    Operation("list_all", "list 1000, all parts joined", "span", 3, 1.00),
    Operation("related", "list 1000 of another model, select_related(core)", "sales", 5),
    Operation("from_db", "instances from 1000 rows", "fetched", 8, 0.40),
    Operation("filter_core", "filter, order, limit, core", "seller", 50, 0.33),
    Operation("filter_moved", "filter by a moved field", "supplier", 60, 0.56),
    Operation("sum_core", "sum over a core column", "nothing", 4, 0.19),
    Operation("sum_moved", "sum over a moved column", "nothing", 4, 0.35),
    Operation("aget", "aget", "key", 60),
]
WRITES = [
    Operation("save_core", "get, save(), core loaded", "key", 60, 0.60, True),
    Operation("save_core_field", "get, save(update_fields=core field)", "key", 60, 0.70, True),
    Operation("save_loaded", "get all parts, change a core field, save()", "key", 40, 1.10, True),
    Operation("save_moved", "get, assign a moved field, save()", "key", 60, 0.80, True),
    Operation("save_moved_field", "get, save(update_fields=moved field)", "key", 60, 0.80, True),
    Operation("asave", "aget, asave(), core loaded", "key", 40, None, True),
    Operation("bulk_update_core", "bulk_update 100, core", "some_keys", 4, 0.66, True),
    Operation("bulk_update_moved", "bulk_update 100, moved", "some_keys", 4, 0.70, True),
    Operation("update_core", "queryset.update 1000, core", "span", 5, 0.45, True),
    Operation("update_moved", "queryset.update 1000, moved", "span", 5, 0.36, True),
    Operation("create", "create", "values", 40, 1.10, True),
    Operation("acreate", "acreate", "values", 30, None, True),
    Operation("bulk_create", "bulk_create 1000", "batch", 1, 0.85, True),
    Operation("delete", "delete one", "found", 40, 0.95, True),
    Operation("adelete", "adelete one", "found", 30, None, True),
    Operation("delete_many", "queryset.delete 1000", "further_span", 1, 1.30, True),
]
OPERATIONS = {operation.name: operation for operation in [*READS, *WRITES]}
