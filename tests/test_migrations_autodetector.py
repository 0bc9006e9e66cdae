"""What the autodetector writes, on bare model states."""

import pytest
from django.core.management.commands import makemigrations, migrate
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState

from bdmodels import migration_hooks
from bdmodels import migration_ops as ops
from bdmodels.autodetector import BreakdownAutodetector, BreakdownAutodetectorMixin, compose
from bdmodels.fields import VirtualParentLink
from bdmodels.models import Breakdown


class Mute(MigrationQuestioner):
    """Any question is a failure; answers can be given by name."""

    def __init__(self, **answers):
        super().__init__()
        self.given = answers

    def ask_initial(self, app_label):
        return True

    def __getattribute__(self, name):
        if name.startswith("ask_") and name != "ask_initial":
            answers = super().__getattribute__("given")
            if name not in answers:
                raise AssertionError(f"asked: {name}")
            return lambda *args: answers[name]
        return super().__getattribute__(name)


def state(*model_states):
    project = ProjectState()
    for model_state in model_states:
        project.add_model(model_state.clone())
    return project


def detect(before, after, **answers):
    detector = BreakdownAutodetector(before, after, Mute(**answers))
    return detector.changes(MigrationGraph())


def written(before, after, **answers):
    """Names of the migrations and the operations in each, for app shop."""
    found = detect(before, after, **answers).get("shop", [])
    return [(m.name[5:], [type(op).__name__ for op in m.operations]) for m in found]


def column(n=10, **kwargs):
    return models.CharField(max_length=n, **kwargs)


def model(name, bases=(models.Model,), options=None, app="shop", **fields):
    return ModelState(app, name, list(fields.items()), options, bases)


def key():
    return models.BigIntegerField(primary_key=True)


def auto():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def core(*parts, key_field=None, bases=None, **fields):
    labels = [f"shop.{part.lower()}" for part in parts]
    links = {f"{part.lower()}_ptr": VirtualParentLink(f"shop.{part}") for part in parts}
    bases = bases or (Breakdown, *labels, models.Model)
    return model("Product", bases, id=key_field or auto(), **fields, **links)


def part(name, **fields):
    return model(name, **{f"{name.lower()}_id": key()}, **fields)


def without_locks(migrations):
    return [[name for name in names if name != "LockTables"] for _, names in migrations]


WIDE = model("Product", id=auto(), a=column(), b=column(null=True), c=column(db_default="x"))
SPLIT = (part("Seo", a=column(), c=column(db_default="x")), core("Seo", b=column(null=True)))


def test_a_split_is_three_migrations():
    assert written(state(WIDE), state(*SPLIT)) == [
        (
            "initial",
            ["LockTables", "CreatePart", "RelaxMovedFields", "InstallSync", "LockTables"],
        ),
        ("product_copy", ["CopyDataToPartial", "AddPartForeignKey"]),
        (
            "product_contract",
            [
                "CheckCopied",
                "LockTables",
                "RemoveSync",
                "RemoveMovedFields",
                "AddVirtualField",
                "SetBases",
                "LockTables",
            ],
        ),
    ]


def test_the_new_state_is_reached():
    after = state(WIDE)
    for migration in detect(state(WIDE), state(*SPLIT))["shop"]:
        after = migration.mutate_state(after)
    assert written(after, state(*SPLIT)) == []
    assert "shop.product" in {m._meta.label_lower for m in after.apps.get_models()}


@pytest.mark.parametrize(
    "same",
    [
        core("Seo", b=column(null=True), key_field=models.BigAutoField(primary_key=True)),
        core("Seo", b=column(null=True), bases=("shop.seo", Breakdown, models.Model)),
        core("Seo", b=column(null=True), bases=("shop.seo", models.Model)),
        core("Seo", b=column(null=True), bases=(models.Model,)),
    ],
)
def test_declarations_that_mean_the_same_are_no_change(same):
    assert written(state(SPLIT[0], same), state(*SPLIT)) == []
    assert written(state(*SPLIT), state(SPLIT[0], same)) == []


def test_order_of_parts_links_and_fields_is_no_change():
    seo, media = part("Seo", a=column()), part("Media", b=column())
    one = core("Seo", "Media", c=column())
    other = core("Media", "Seo", c=column())
    fields = dict(reversed(one.fields.items()))
    assert written(state(seo, media, one), state(media, seo, other)) == []
    assert (
        written(state(seo, media, one), state(seo, media, model("Product", one.bases, **fields)))
        == []
    )


def test_a_fresh_project_has_parts_before_their_core():
    found = detect(state(), state(*reversed(SPLIT)))["shop"]
    assert [op.describe() for op in found[0].operations] == [
        "Create model Seo",
        "Create model Product",
        "Let rows of seo go with those of product",
    ]


def test_moving_between_parts_detaches_the_core_meanwhile():
    before = state(part("Seo", a=column()), part("Media", b=column()), core("Seo", "Media"))
    after = state(part("Seo"), part("Media", b=column(), a=column()), core("Seo", "Media"))
    assert without_locks(written(before, after)) == [
        ["SetBases", "AddMovedFields", "RelaxMovedFields", "InstallSync"],
        ["CopyDataBetweenParts"],
        ["CheckCopied", "RemoveSync", "RemoveMovedFields", "TightenMovedFields", "SetBases"],
    ]


def test_merging_the_only_part_leaves_a_plain_model():
    assert without_locks(written(state(*SPLIT), state(WIDE))) == [
        ["SetBases", "AddMovedFields", "InstallSync"],
        ["CopyDataFromPartial"],
        [
            "CheckCopied",
            "RemoveSync",
            "TightenMovedFields",
            "RemoveVirtualField",
            "SetBases",
            "DeleteModel",
        ],
    ]


def test_an_index_goes_with_its_columns():
    index = models.Index(fields=["a"], name="by_a")
    wide = model("Product", options={"indexes": [index]}, id=auto(), a=column(), b=column())
    seo = model("Seo", options={"indexes": [index]}, seo_id=key(), a=column())
    names = written(state(wide), state(seo, core("Seo", b=column())))[2][1]
    assert names.index("RemoveMovedIndex") < names.index("RemoveMovedFields")
    assert names.index("RemoveMovedFields") < names.index("AddMovedIndex")


def test_a_renamed_field_is_asked_for():
    before = state(model("Product", id=auto(), a=column(), b=column(7)))
    after = state(part("Seo", z=column()), core("Seo", b=column(7)))
    copy = detect(before, after, ask_rename=True)["shop"][1].operations[0]
    assert copy.field_names == {"z": "a"}


def test_ordinary_models_are_left_to_django():
    before = state(model("Other", id=auto(), a=column()))
    after = state(model("Other", id=auto(), a=column(5), b=column(null=True)))
    assert written(before, after) == [("initial", ["AddField", "AlterField"])]


def test_a_foreign_key_of_another_app_depends_on_the_last_migration_of_the_split():
    other = model(
        "Order", app="orders", id=auto(), seo=models.ForeignKey("shop.Seo", models.CASCADE)
    )
    found = detect(state(WIDE), state(*SPLIT, other))
    names = {m.name for m in found["shop"]}
    assert {name for app, name in found["orders"][0].dependencies if app == "shop"} <= names


def test_parts_in_another_app():
    seo = model("Seo", app="texts", seo_id=key(), a=column())
    product = model(
        "Product",
        (Breakdown, "texts.seo", models.Model),
        id=auto(),
        b=column(null=True),
        c=column(db_default="x"),
        seo_ptr=VirtualParentLink("texts.Seo"),
    )
    found = detect(state(WIDE), state(seo, product))
    assert [m.name for m in found["texts"]] == ["0001_initial"]
    copy = found["shop"][1]
    assert copy.operations[0].part_model_name == "texts.seo"
    assert ("texts", "0001_initial") in copy.dependencies


@pytest.mark.parametrize("module", [makemigrations, migrate])
def test_a_command_that_brings_its_own_autodetector_knows_families(monkeypatch, module):
    class Own(MigrationAutodetector):
        pass

    class Command(module.Command):
        def handle(self, *args, **options):
            self.autodetector = Own
            return super().handle(*args, **options)

    found = []
    plain = "plain_make" if module is makemigrations else "plain_migrate"
    record = lambda command, *args, **options: found.append(command.autodetector)  # noqa: E731
    monkeypatch.setattr(migration_hooks, plain, record)
    Command().handle()
    assert issubclass(found[0], BreakdownAutodetectorMixin)
    assert issubclass(found[0], Own)


def test_the_autodetector_is_made_of_what_is_there():
    class Other(BreakdownAutodetector.__bases__[1]):
        pass

    made = compose(Other)
    assert issubclass(made, Other)
    assert issubclass(made, BreakdownAutodetectorMixin)
    assert compose(made) is made


@pytest.mark.parametrize("name", ops.__all__)
def test_operations_are_written_with_their_public_path(name):
    assert getattr(ops, name).__module__ == "bdmodels.migration_ops"


def test_operations_can_be_made_again_and_describe_themselves():
    for before, after in [(state(WIDE), state(*SPLIT)), (state(*SPLIT), state(WIDE))]:
        for migration in detect(before, after)["shop"]:
            for operation in migration.operations:
                name, args, kwargs = operation.deconstruct()
                again = getattr(ops, name, getattr(models, name, type(operation)))(*args, **kwargs)
                assert again.deconstruct()[2].keys() == kwargs.keys()
                assert "Raw Python" not in operation.describe()
                assert operation.migration_name_fragment


@pytest.mark.parametrize("way", ["split", "merged"])
def test_a_migration_is_run_either_before_the_deployment_or_after_it(way):
    states = [state(WIDE), state(*SPLIT)]
    migrations = detect(*(states if way == "split" else states[::-1]))["shop"]
    # Where django-syzygy is installed they are its own.
    stages = [
        {getattr(o.stage, "name", o.stage).lower() for o in m.operations if hasattr(o, "stage")}
        for m in migrations
    ]
    assert stages == [{"pre_deploy"}, {"pre_deploy"}, {"post_deploy"}]
