"""django-mptt: a tree whose payload is in a part."""

import pytest
from django.db import models
from mptt.exceptions import InvalidMove
from mptt.models import MPTTModel
from mptt.utils import get_cached_trees

from bdmodels.models import BreakdownModel, PartModel

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.ecosystem.urls_tracking"),
    # mptt's admin has the signature of get_actions() that Django 6.1 deprecates.
    pytest.mark.filterwarnings("ignore:Overriding get_actions\\(\\) without the"),
    pytest.mark.compatibility(
        "django-mptt",
        package="django-mptt",
        holds="A split `MPTTModel`: inserting in order, moving, rebuilding, ancestors, "
        "descendants, cumulative counts, deletion and the draggable admin.",
        needs="A metaclass of both, `class FolderBase(BreakdownBase, MPTTModelBase): ...`, and "
        "`class Folder(BreakdownModel, MPTTModel, FolderDetails, metaclass=FolderBase)`; Python "
        "refuses a class without it. Keep `parent` and the fields of the tree on the core.",
    ),
]


@pytest.fixture
def tree(app):
    """a(b(d), c), f(g)"""
    nodes = {}
    for name, parent in [("f", None), ("a", None), ("c", "a"), ("b", "a"), ("d", "b"), ("g", "f")]:
        nodes[name] = app.Folder.objects.create(
            name=name, parent=nodes.get(parent), note=f"note {name}", size=ord(name)
        )
    return app.Folder.objects


def shape(tree):
    return [
        (n.name, n.level, n.lft, n.rght, n.parent_id, n.note)
        for n in tree.order_by("tree_id", "lft")
    ]


def names(nodes):
    return "".join(n.name for n in nodes)


def test_nodes_are_inserted_in_order(tree):
    assert [(n, level) for n, level, *_ in shape(tree)] == [
        ("a", 0), ("b", 1), ("d", 2), ("c", 1), ("f", 0), ("g", 1),
    ]  # fmt: skip


def test_relatives_of_a_node(tree):
    a, d = tree.get(name="a"), tree.get(name="d")
    assert names(a.get_descendants()) == "bdc"
    assert names(d.get_ancestors(include_self=True)) == "abd"
    assert names(a.get_children()) == "bc"
    assert names(a.get_leafnodes()) == "dc"
    assert d.get_root() == a
    assert d.is_descendant_of(a)
    assert names(tree.get(name="b").get_siblings()) == "c"
    assert a.get_descendant_count() == 3


def test_relatives_are_filtered_by_moved_fields(tree):
    a = tree.get(name="a")
    assert names(a.get_descendants().filter(size__gt=ord("b"))) == "dc"
    found = tree.get_queryset_descendants(tree.filter(note="note b"), include_self=True)
    assert names(found) == "bd"


def test_nodes_are_moved(app, tree):
    tree.get(name="b").move_to(tree.get(name="f"), "first-child")
    assert names(tree.get(name="f").get_descendants()) == "bdg"
    node = tree.get(name="g")
    node.parent, node.note = tree.get(name="a"), "moved"
    node.save()
    assert names(tree.get(name="a").get_descendants()) == "cg"
    assert tree.get(name="g").note == "moved"
    with pytest.raises(InvalidMove):
        tree.get(name="b").move_to(tree.get(name="d"))


def test_saving_a_moved_field_leaves_the_tree_alone(tree):
    before = shape(tree)
    node = tree.get(name="d")
    node.note = "note d"
    node.size += 1
    node.save()
    assert shape(tree) == before
    assert tree.get(name="d").size == ord("d") + 1


def test_the_tree_is_rebuilt(tree):
    before = shape(tree)
    tree.update(lft=0, rght=0, level=9)
    tree.rebuild()
    assert shape(tree) == before


def test_updates_are_delayed(app, tree):
    with app.Folder.objects.delay_mptt_updates():
        app.Folder.objects.create(name="e", parent=tree.get(name="f"), note="n", size=1)
    assert names(tree.get(name="f").get_descendants()) == "eg"
    assert tree.get(name="e").note == "n"


def test_a_tree_is_read_at_once(tree):
    roots = get_cached_trees(tree.all())
    assert names(roots) == "af"
    assert [child.note for child in roots[0].get_children()] == ["note b", "note c"]


# MariaDB refuses mptt's subquery for the wide model, too.
@pytest.mark.only_on("sqlite", "postgresql")
def test_related_objects_are_counted_over_the_tree(app, tree):
    counted = tree.add_related_count(tree.all(), app.Folder, "parent", "n", cumulative=True)
    assert {n.name: n.n for n in counted} == {"a": 3, "b": 1, "c": 0, "d": 0, "f": 1, "g": 0}


def test_a_node_goes_with_its_descendants(app, tree):
    tree.get(name="a").delete()
    assert names(tree.all()) == "fg"
    if hasattr(app, "FolderDetails"):
        assert app.FolderDetails.objects.count() == 2


def test_the_admin_lists_and_moves(app, tree, admin_client):
    url = f"/admin/{app.Folder._meta.app_label}/folder/"
    page = admin_client.get(url).content.decode()
    assert page.count("tree-node") >= 6
    b, f = tree.get(name="b"), tree.get(name="f")
    data = {
        "cmd": "move_node", "position": "last-child",
        "cut_item": b.pk, "pasted_on": f.pk,
    }  # fmt: skip
    response = admin_client.post(url, data, headers={"x-requested-with": "XMLHttpRequest"})
    assert response.content == b"OK, moved."
    assert "d" in names(tree.get(name="f").get_descendants())


def test_the_fields_are_those_of_the_wide_model(apps):
    wide, split = [{f.name: type(f) for f in app.Folder._meta.fields} for app in apps]
    assert wide == split


def test_without_a_common_metaclass_python_refuses_the_class():
    body = {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "split"})}
    part = type(PartModel)("LoosePart", (PartModel,), {**body, "x": models.IntegerField()})
    with pytest.raises(TypeError, match="metaclass conflict"):
        type("Loose", (BreakdownModel, MPTTModel, part), dict(body))
