"""A core and a part of their own for tests of the copy, with tables that are there meanwhile."""

import uuid
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models

from bdmodels.copy_jobs import CopyJob, CopyOptions
from bdmodels.copy_runner import CopyRunner
from bdmodels.copy_state import TABLE
from bdmodels.progress import Progress
from bdmodels.transfers import transfer

KEYS = {
    "number": lambda: models.BigAutoField(primary_key=True),
    "uuid": lambda: models.UUIDField(primary_key=True, default=uuid.uuid4),
    "text": lambda: models.CharField(max_length=20, primary_key=True),
}
PART_KEYS = {
    "number": lambda: models.BigIntegerField(primary_key=True),
    "uuid": lambda: models.UUIDField(primary_key=True),
    "text": lambda: models.CharField(max_length=20, primary_key=True),
}


class Pair:
    """The two models; the columns ``slug`` and ``note`` move, ``title`` stays.

    :param key: the kind of key.
    :param required: whether the part requires a slug.
    :param unique: whether slugs have to be unique in the part.
    :param more: whether the part has a further column, which others fill.
    """

    def __init__(self, key="number", required=True, unique=False, more=False) -> None:
        def make(name: str, **fields: Any) -> Any:
            meta = type("Meta", (), {"apps": Apps(), "app_label": "copies"})
            return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})

        note = lambda: models.TextField(null=True)  # noqa: E731
        self.core = make(
            "Core",
            id=KEYS[key](),
            title=models.CharField(max_length=50),
            slug=models.CharField(max_length=50, null=True),
            note=note(),
        )
        extra = {"extra": models.IntegerField(null=True)} if more else {}
        self.part = make(
            "Part",
            core=PART_KEYS[key](),
            slug=models.CharField(max_length=50, null=not required, unique=unique),
            note=note(),
            **extra,
        )
        self.key = key
        self.transfer = transfer(self.core, self.part)

    def __enter__(self) -> "Pair":
        self.drop()
        with connection.schema_editor() as editor:
            editor.create_model(self.core)
            editor.create_model(self.part)
        return self

    def __exit__(self, *error: Any) -> None:
        self.drop()

    def drop(self) -> None:
        there = connection.introspection.table_names()
        with connection.cursor() as cursor:
            for table in ("copies_part", "copies_core", TABLE):
                if table in there:
                    cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")

    def fill(self, rows: int, gaps: bool = False) -> None:
        keys: dict[str, Any] = {
            "number": lambda n: n * 1000 + n % 7 if gaps else n,
            "uuid": lambda n: uuid.uuid4(),
            "text": lambda n: f"k{n * 7919 % 1_000_003}",
        }
        for start in range(1, rows + 1, 20_000):
            numbers = range(start, min(start + 20_000, rows + 1))
            self.core.objects.bulk_create(
                self.core(
                    pk=keys[self.key](n),
                    title=f"t{n}",
                    slug=f"s{n}",
                    note=f"n{n}" if n % 3 else None,
                )
                for n in numbers
            )

    def runner(self, insert=True, fill=False, only_unset=True, back=False, **options: Any):
        found = self.transfer.reversed() if back else self.transfer
        job = CopyJob(found, insert=insert, fill=fill, only_unset=only_unset)
        return CopyRunner("default", job, CopyOptions(**{"show": Progress, **options}))

    def rows(self, model: Any) -> list[Any]:
        return list(model.objects.order_by("pk").values_list("pk", "slug", "note"))

    def equal(self) -> bool:
        return self.rows(self.core) == self.rows(self.part)
