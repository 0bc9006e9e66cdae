"""django-tree-queries: a tree whose payload is in a part."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.ecosystem.urls_tracking"),
    pytest.mark.compatibility(
        "django-tree-queries",
        package="django-tree-queries",
        holds="`TreeNode` as a base of a core: `with_tree_fields()`, `ancestors()`, "
        "`descendants()`, sibling order, `tree_filter()` and `with_parts()` in the same query, "
        "the admin.",
        limits="`parent`, a number that siblings are sorted by (`Meta.ordering`, "
        "`order_siblings_by()`) and the fields in `tree_fields()` stay on the core: that recursive "
        'query reads one table. With two fields, `order_siblings_by("weight", "pk")`, a '
        "moved one can be the first.",
    ),
]


@pytest.fixture
def tree(app):
    """a(b(d), c), f(g)"""
    nodes = {}
    rows = [("a", None), ("f", None), ("b", "a"), ("c", "a"), ("d", "b"), ("g", "f")]
    for position, (name, parent) in enumerate(rows):
        nodes[name] = app.Topic.objects.create(
            name=name, parent=nodes.get(parent), position=position,
            summary=f"about {name}", weight=ord(name),
        )  # fmt: skip
    return app.Topic.objects


def names(nodes):
    return "".join(n.name for n in nodes)


def test_tree_fields(tree):
    nodes = list(tree.with_tree_fields())
    assert [(n.name, n.tree_depth) for n in nodes] == [
        ("a", 0), ("b", 1), ("d", 2), ("c", 1), ("f", 0), ("g", 1),
    ]  # fmt: skip
    a, b, d = nodes[:3]
    assert list(d.tree_path) == [a.pk, b.pk, d.pk]
    assert [n.summary for n in nodes[:2]] == ["about a", "about b"]


def test_relatives_of_a_node(tree):
    d = tree.with_tree_fields().get(name="d")
    assert names(d.ancestors(include_self=True)) == "abd"
    assert names(tree.descendants(tree.get(name="a"))) == "bdc"
    assert names(tree.get(name="d").ancestors()) == "ab"
    assert names(tree.get(name="a").children.all()) == "bc"


def test_moved_fields_filter_and_order(tree):
    tree_of = tree.with_tree_fields()
    assert names(tree_of.filter(weight__gt=ord("c"))) == "dfg"
    assert names(tree_of.order_by("-weight")) == "gfdcba"
    assert names(tree_of.tree_filter(name__in="abd")) == "abd"
    assert tree_of.filter(summary="about d").count() == 1
    assert tree_of.filter(summary="about d").exists()
    assert list(tree_of.values_list("summary", flat=True))[:2] == ["about a", "about b"]


def test_fields_of_the_tree_are_collected(tree):
    nodes = list(tree.tree_fields(trail="name"))
    assert [n.trail for n in nodes if n.name == "d"] == [["a", "b", "d"]]


def test_siblings_in_another_order(tree):
    assert names(tree.with_tree_fields().order_siblings_by("-position")) == "fgacbd"


def test_siblings_are_ordered_by_a_moved_field_and_another(tree):
    tree.filter(name="b").update(weight=ord("z"))
    assert names(tree.with_tree_fields().order_siblings_by("weight", "pk")) == "acbdfg"
    assert names(tree.with_tree_fields().order_siblings_by("summary")) == "abdcfg"


def test_the_shorter_recursion_reads_the_cores_table_only(apps):
    wide, split = [app.Topic.objects.with_tree_fields().order_siblings_by("weight") for app in apps]
    assert list(wide) == []
    with pytest.raises(DatabaseError, match="weight"), transaction.atomic():
        list(split)
    wide, split = [app.Topic.objects.tree_fields(w="weight") for app in apps]
    assert list(wide) == []
    with pytest.raises(DatabaseError, match="weight"), transaction.atomic():
        list(split)


def test_parts_come_in_the_same_query(app, tree, django_assert_num_queries):
    nodes = tree.with_tree_fields()
    if hasattr(nodes, "with_parts"):
        nodes = nodes.with_parts()
    with django_assert_num_queries(1):
        assert [(n.summary, n.tree_depth) for n in nodes][2] == ("about d", 2)


def test_nodes_are_written(tree):
    node = tree.with_tree_fields().get(name="d")
    node.parent, node.summary = tree.get(name="f"), "moved"
    node.save()
    assert names(tree.descendants(tree.get(name="f"))) == "dg"
    assert tree.get(name="d").summary == "moved"
    assert tree.with_tree_fields().filter(name="d").update(summary="x", position=9) == 1
    assert tree.get(name="d").summary == "x"
    tree.get(name="f").delete()
    assert names(tree.with_tree_fields()) == "abc"


def test_a_loop_is_refused(tree):
    node = tree.get(name="a")
    node.parent = tree.get(name="d")
    with pytest.raises(ValidationError, match="descendant of itself"):
        node.full_clean()


def test_the_admin_lists_the_tree(app, tree, admin_client):
    url = f"/admin/{app.Topic._meta.app_label}/topic/"
    page = admin_client.get(url)
    assert names(page.context["cl"].result_list) == "abdcfg"
    change = admin_client.get(f"{url}{tree.get(name='d').pk}/change/")
    assert "about d" in change.content.decode()
