"""Batches of rows that a callable gives values to, and what is known of rows it created."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.apps.registry import Apps
from django.db import connections, models

__all__ = ["Rows"]

TABLE = "bdmodels_created"
SEARCHED = 6
"""The number behind a text from which on the table is searched for the greatest one in use."""


class Rows(list[Any]):
    """A batch of rows without a value, in the order of their keys; a list with some help.

    Everything a callable writes is committed together with the values of its batch.

    :param rows: objects of the historical model.
    :param population: the run that the batch belongs to.
    """

    def __init__(self, rows: Iterable[Any], population: Any) -> None:
        super().__init__(rows)
        self.population = population
        self.created: list[Any] = []

    def create(self, model: Any, **values: Any) -> Any:
        """Create a row of another model; it is removed when the migration is reversed.

        :param model: a historical model, of ``apps.get_model()``.
        :param values: of its fields.
        """
        row = model._base_manager.using(self.population.alias).create(**values)
        self.remember(row)
        return row

    def remember(self, *objects: Any) -> None:
        """Let objects be removed, too, that were created in another way (``bulk_create()``)."""
        self.created.extend(objects)

    def distinct(
        self, texts: Iterable[str], model: Any = None, field: str = "", separator: str = "-"
    ) -> list[str]:
        """The texts, with a number behind those that another row has or that are repeated.

        Texts that some collation takes for equal (case, accents) are repeated, too.

        :param texts: in the order of the rows.
        :param model: a historical model whose rows must not have them; the one that gets the
            field, by default.
        :param field: the name of the field they are for; the one that is filled, by default.
        :param separator: stands before the number.
        :returns: as many texts, cut to the field's ``max_length`` where it has one.
        """
        model = model or self.population.model
        name = field or self.population.field.name
        most = model._meta.get_field(name).max_length
        numbers = self.population.numbers.setdefault((model._meta.label_lower, name), {})
        stored = model._base_manager.using(self.population.alias)

        def numbered(text: str, number: int) -> str:
            ending = f"{separator}{number}" if number > 1 else ""
            return (text[: most - len(ending)] if most else text) + ending

        def first_free(text: str) -> int:
            """One more than the greatest number that is in use behind a text."""
            room = text[: most - 12] if most and most > 12 else text
            found = stored.filter(**{f"{name}__startswith": room}).values_list(name, flat=True)
            greatest = 1
            for value in found.iterator():
                start, _, number = value.rpartition(separator)
                if len(start) >= len(room) and number.isdecimal() and len(number) < 10:
                    greatest = max(greatest, int(number))
            return greatest + 1

        plain = [numbered(text, 1) for text in texts]
        result, given = list(plain), set[str]()
        open_ones = list(range(len(plain)))
        while open_ones:
            asked = [result[n] for n in open_ones]
            taken = {
                folded(value)
                for start in range(0, len(asked), 500)
                for value in stored.filter(
                    **{f"{name}__in": asked[start : start + 500]}
                ).values_list(name, flat=True)
            }
            again = []
            for n in open_ones:
                if folded(result[n]) not in taken | given:
                    given.add(folded(result[n]))
                    continue
                base = folded(plain[n])
                number = numbers.get(base, 2)
                if number == SEARCHED:
                    # Many rows have it, perhaps from a run before: no trying one by one.
                    number = max(number, first_free(plain[n]))
                result[n] = numbered(plain[n], number)
                numbers[base] = number + 1
                again.append(n)
            open_ones = again
        return result


def folded(text: str) -> str:
    """The same for texts that a collation of a database may take for equal."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).rstrip()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class CreatedRow(models.Model):
    """A row that a migration has created, to be removed on the way back.

    As the table of ``MigrationRecorder``, it belongs to no app and is not migrated.
    """

    field = models.CharField(max_length=255, db_index=True)
    model = models.CharField(max_length=255)
    key = models.TextField()

    class Meta:
        apps = Apps()
        app_label = "bdmodels"
        db_table = TABLE

    def __str__(self) -> str:
        return f"{self.model} {self.key}, for {self.field}"


class Created:
    """The rows that were created to fill one field.

    :param alias: the database.
    :param field: label of the field, such as ``shop.organization.admin``.
    """

    def __init__(self, alias: str, field: str) -> None:
        self.alias, self.field = alias, field

    def exists(self) -> bool:
        connection = connections[self.alias]
        with connection.cursor() as cursor:
            return TABLE in connection.introspection.table_names(cursor)

    def make_table(self, editor: Any) -> None:
        if not self.exists():
            editor.create_model(CreatedRow)

    def all(self) -> Any:
        return CreatedRow._base_manager.using(self.alias).filter(field=self.field)

    def add(self, objects: Iterable[Any]) -> None:
        CreatedRow._base_manager.using(self.alias).bulk_create(
            CreatedRow(field=self.field, model=row._meta.label, key=text_of(row)) for row in objects
        )

    def batch(self, most: int) -> list[CreatedRow]:
        """Some of the records, all of one model, the newest first."""
        newest = self.all().order_by("-pk").first()
        if newest is None:
            return []
        return list(self.all().filter(model=newest.model).order_by("-pk")[:most])

    def objects(self, records: list[CreatedRow], apps: Any) -> list[Any]:
        """The rows themselves, as far as they are still there."""
        model = apps.get_model(records[0].model)
        keys = [model._meta.pk.to_python(record.key) for record in records]
        return list(model._base_manager.using(self.alias).filter(pk__in=keys))

    def forget(self, records: list[CreatedRow]) -> None:
        self.all().filter(pk__in=[record.pk for record in records]).delete()


def text_of(row: Any) -> str:
    key: Any = row._meta.pk
    # The key of a child or part is a relation, whose value is that of another key.
    return str(key.value_to_string(row))


def key_text(row: Any) -> str:
    """The key of a row, for messages."""
    return str(row.pk)
