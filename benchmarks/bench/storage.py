"""The tables of one contender: created, filled from the wide table, and put back as they were."""

from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Model

from .databases import Database
from .shape import Shape, values

CHUNK = 500


class Storage:
    """All rows come from the wide table, by one INSERT ... SELECT per table.

    The table ``bench_row`` has a row for each product that shall be there: its key, and the key of
    the wide row to take the values from. They differ for the further rows, which are made to be
    deleted.
    """

    def __init__(self, contender: Any, database: Database, row: type[Model]) -> None:
        self.contender, self.database, self.row = contender, database, row
        self.shape: Shape = contender.shape

    def create(self) -> None:
        """Create the tables and load them."""
        is_wide = self.contender.name == "wide"
        with connection.schema_editor() as editor:
            for model in [*self.contender.ddl_models(), self.contender.sale]:
                editor.create_model(model)
            if is_wide:
                editor.create_model(self.row)
        if is_wide:
            self.load()
        else:
            self.fill("")
        self.load_sales()
        self.database.leave_alone(self.table_names())
        self.reset_sequences()
        self.settle()

    def load(self) -> None:
        """Make up the rows of the wide table."""
        source = self.shape.source(seed=1)
        keys = self.shape.kind_of_key.loaded(self.shape.rows)
        core = self.contender.core
        products = (core(pk=key, **values(source)) for key in keys)
        with transaction.atomic():
            while chunk := list(islice(products, CHUNK)):
                core.objects.bulk_create(chunk)
            rows = [self.row(key=key, source=key) for key in keys]
            self.row.objects.bulk_create(rows, batch_size=CHUNK)

    def load_sales(self) -> None:
        keys = self.keys()
        sale = self.contender.sale
        # 7919 is a prime: neighbours among the sales are none among the products.
        sales = [
            sale(id=number + 1, product_id=keys[number * 7919 % len(keys)])
            for number in range(len(keys))
        ]
        sale.objects.bulk_create(sales, batch_size=CHUNK)

    def keys(self) -> list[Any]:
        """The keys of all products, in the order of the database."""
        return list(self.row.objects.order_by("key").values_list("key", flat=True))

    def add_further(self, count: int) -> list[Any]:
        """Add copies of some rows.

        :returns: their keys, which are contiguous in the order of the database.
        """
        keys = self.shape.kind_of_key.further(count, self.shape.rows)
        sources = self.shape.kind_of_key.loaded(self.shape.rows)
        with transaction.atomic():
            self.row.objects.bulk_create(
                [
                    self.row(key=key, source=sources[number % len(sources)])
                    for number, key in enumerate(keys)
                ],
                batch_size=CHUNK,
            )
            self.fill(self.sql(" WHERE {r}.{key} <> {r}.{source}"))
        return keys

    def fill(self, condition: str) -> None:
        """Insert the rows that ``bench_row`` asks for into each table."""
        with connection.cursor() as cursor:
            for model in self.contender.tables():
                fields = model._meta.local_concrete_fields
                # Keys, and links to a table with the same key.
                values = [
                    self.sql("{r}.{key}")
                    if field.primary_key or field.is_relation
                    else self.sql("{w}.{column}", column=field.column)
                    for field in fields
                ]
                cursor.execute(
                    self.sql("INSERT INTO {table} (", table=model._meta.db_table)
                    + ", ".join(connection.ops.quote_name(field.column) for field in fields)
                    + f") SELECT {', '.join(values)}"
                    + self.sql(" FROM {r} JOIN {w} ON {w}.{id} = {r}.{source}")
                    + condition
                )

    def clean(self) -> None:
        """Remove all rows but those loaded at the beginning."""
        with connection.cursor() as cursor:
            for model in reversed(self.contender.tables()):
                cursor.execute(
                    self.sql(
                        "DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM {r} WHERE"
                        " {r}.{key} = {table}.{pk} AND {r}.{key} = {r}.{source})",
                        table=model._meta.db_table,
                        pk=model._meta.pk.column,
                    )
                )
        self.row.objects.exclude(key=models.F("source")).delete()
        self.reset_sequences()

    def sql(self, text: str, **names: str) -> str:
        """Fill in quoted names."""
        names |= {"r": "bench_row", "w": "wide_product"}
        names |= {name: name for name in ("id", "key", "source")}
        quoted = {name: connection.ops.quote_name(value) for name, value in names.items()}
        return text.format(**quoted)

    def reset_sequences(self) -> None:
        models = self.contender.ddl_models()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)

    def settle(self) -> None:
        """Let the database see what its tables hold now."""
        self.database.settle(self.table_names())

    def table_names(self) -> list[str]:
        models = [*self.contender.tables(), self.contender.sale]
        return [model._meta.db_table for model in models]
