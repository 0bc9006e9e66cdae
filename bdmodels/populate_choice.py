"""The third choice of ``makemigrations`` for a required field: a value for each existing row."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.questioner import InteractiveMigrationQuestioner
from django.db.migrations.serializer import BaseSerializer
from django.db.migrations.utils import resolve_relation
from django.db.migrations.writer import MigrationWriter

from .fields import VirtualRelation
from .operations_populate import AddPopulatedField
from .state_families import family_of
from .transfers import Refused

CHOICE = (
    "Fill each existing row with its own value: a function in the migration, to be written by "
    "you, gives it (bdmodels)"
)


class Chosen(Exception):
    """The third choice was taken."""


@contextmanager
def third_choice(questioner: Any) -> Iterator[None]:
    """Offer one more choice, whatever question comes.

    InteractiveMigrationQuestioner asks by ``_choice_input(question, choices)`` (until 6.1) and
    knows no more choices than its own; a questioner of another kind is left as it is.

    :raises Chosen: when it is taken.
    """
    if not isinstance(questioner, InteractiveMigrationQuestioner):
        yield
        return
    ask = questioner._choice_input  # type: ignore[attr-defined]

    def ask_one_more(question: Any, choices: Any) -> Any:
        answer = ask(question, [*choices, CHOICE])
        if answer > len(choices):
            raise Chosen
        return answer

    questioner._choice_input = ask_one_more  # type: ignore[attr-defined]
    try:
        yield
    finally:
        questioner._choice_input = ask  # type: ignore[attr-defined]


class Stub:
    """Stands for the function that the user is to write; in the file it is its name.

    :param name: of the function.
    :param about: its docstring.
    :param example: lines of a body.
    """

    def __init__(self, name: str, about: str, example: list[str]) -> None:
        self.name, self.about, self.example = name, about, example

    def __call__(self, apps: Any, schema_editor: Any, rows: Any) -> None:
        raise Refused(f"{self.name}() is still to be written.")

    def source(self, migration: Any) -> str:
        """The function as it stands in the migration file. It fails until it is written."""
        where = f"{migration.app_label}.{migration.name}"
        lines = [
            f"def {self.name}(apps, schema_editor, rows):",
            *textwrap.wrap(f'"""{self.about}', 92, initial_indent=" " * 4,
                           subsequent_indent=" " * 4),
            '    """',
            *(f"    # {line}" for line in self.example),
            "    raise bdmodels.migration_ops.Refused(",
            f'        "Write {self.name}() in the migration "',
            f'        "{where} first: it gives each "',
            '        "existing row its value. Nothing was filled."',
            "    )",
        ]  # fmt: skip
        return "\n".join(lines)


class StubSerializer(BaseSerializer):
    """Writes a stub as the name of its function."""

    def serialize(self) -> tuple[str, set[str]]:
        return self.value.name, set()


def install() -> None:
    """Let Django's writer know stubs; a second call changes nothing."""
    MigrationWriter.register_serializer(Stub, StubSerializer)


def with_stubs(text: str, migration: Any) -> str:
    """A migration file with the functions that are to be written."""
    stubs = [
        operation.value.source(migration)
        for operation in migration.operations
        if isinstance(operation, AddPopulatedField) and isinstance(operation.value, Stub)
    ]
    if not stubs:
        return text
    head, start, rest = text.partition("\nclass Migration(")
    return f"{head.rstrip()}\n\n\n" + "\n\n\n".join(stubs) + f"\n\n{start}{rest}"


def stub_for(state: Any, app_label: str, model_name: str, name: str) -> Stub:
    """The stub for a field of a state."""
    model = state.models[app_label, model_name]
    field = model.fields[name]
    row = model_name
    kind = type(field).__name__ + (", unique" if field.unique else "")
    about = (
        f"Give each row of {app_label}.{model.name} its {name} ({kind}). It is called with "
        "batches of rows, which are committed one by one. A row has "
        f"{', '.join(fields_of(state, (app_label, model_name), name))}."
    )
    if field.remote_field:
        target = resolve_relation(field.remote_field.model, app_label, model_name)
        other = state.models[target].name if target in state.models else "Other"
        example = [
            f'{other} = apps.get_model("{target[0]}", "{other}")',
            f"for {row} in rows:",
            "    # What rows.create() makes is removed when the migration is reversed.",
            f"    {row}.{name} = rows.create({other}, ...)",
        ]
    elif field.unique and field.get_internal_type() in ("CharField", "SlugField", "TextField"):
        example = [
            f"texts = [... for {row} in rows]",
            f"for {row}, text in zip(rows, rows.distinct(texts)):",
            f"    {row}.{name} = text",
        ]
    else:
        example = [f"for {row} in rows:", f"    {row}.{name} = ..."]
    return Stub(f"fill_{model_name}_{name}", about, example)


def fields_of(state: Any, key: tuple[str, str], but: str) -> list[str]:
    """The fields of a model that have a column, those of its parts after its own."""
    found = []
    for member in (key, *family_of(state, key).parts):
        for name, field in state.models[member].fields.items():
            known = field.many_to_many or name == but or isinstance(field, VirtualRelation)
            if not known and name not in found and not (member != key and field.primary_key):
                found.append(name)
    return found


def apart(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Put each operation that commits in batches into a migration of its own."""
    for app_label, migrations in changes.items():
        changes[app_label] = [piece for m in migrations for piece in pieces_of(m)]
    return changes


def pieces_of(migration: Any) -> list[Any]:
    groups: list[list[Any]] = []
    for operation in migration.operations:
        alone = isinstance(operation, AddPopulatedField)
        if alone or not groups or isinstance(groups[-1][-1], AddPopulatedField):
            groups.append([])
        groups[-1].append(operation)
    pieces: list[Any] = []
    dependencies = list(migration.dependencies)
    for number, operations in enumerate(groups, 1):
        piece = migration  # Others depend on the last one, which keeps the name.
        if number < len(groups):
            piece = type(migration)(f"{migration.name}_{number}", migration.app_label)
            piece.initial = migration.initial
        piece.operations, piece.dependencies = operations, dependencies
        if isinstance(operations[0], AddPopulatedField):
            piece.atomic = False
        pieces.append(piece)
        dependencies = [(migration.app_label, piece.name)]
    return pieces or [migration]
