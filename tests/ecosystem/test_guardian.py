"""django-guardian: permissions for single objects of a split model."""

import pytest
from django.contrib.auth.models import Group, User
from guardian.models import UserObjectPermission
from guardian.shortcuts import (
    assign_perm,
    get_objects_for_group,
    get_objects_for_user,
    get_perms,
    get_users_with_perms,
    remove_perm,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.ecosystem.urls_tracking"),
    pytest.mark.compatibility(
        "django-guardian",
        package="django-guardian",
        holds="Object permissions of a core by generic and by direct foreign keys, for users and "
        "groups; `get_objects_for_user()` gives objects that filter by moved fields; "
        "`GuardedModelAdmin` works.",
    ),
]


@pytest.fixture
def user():
    return User.objects.create_user("me")


def perm(model, action="change"):
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


@pytest.fixture(params=["Product", "Article"], ids=["generic", "direct"])
def model(request, app):
    """Permissions of products are generic; those of articles have a foreign key."""
    return getattr(app, request.param)


@pytest.fixture
def objects(model):
    names = ("a", "b", "c")
    if model.__name__ == "Product":
        made = [model(title=n, slug=n, seo_title=f"seo {n}") for n in names]
    else:
        made = [model(title=n, slug=n, body=f"body {n}") for n in names]
    model.objects.bulk_create(made)
    return list(model.objects.order_by("pk"))


def test_a_permission_is_given_asked_for_and_taken(user, model, objects):
    one, two, _ = objects
    assign_perm(perm(model), user, one)
    assert user.has_perm(perm(model), one)
    assert not user.has_perm(perm(model), two)
    assert get_perms(user, one) == [f"change_{model._meta.model_name}"]
    assert list(get_users_with_perms(one)) == [user]
    remove_perm(perm(model), user, one)
    assert not User.objects.get(pk=user.pk).has_perm(perm(model), one)


def test_objects_for_a_user_are_found_and_filtered(user, model, objects):
    one, two, _ = objects
    group = Group.objects.create(name="all")
    user.groups.add(group)
    assign_perm(perm(model), user, one)
    assign_perm(perm(model), group, two)
    found = get_objects_for_user(user, perm(model))
    assert sorted(o.pk for o in found) == [one.pk, two.pk]
    assert list(get_objects_for_group(group, perm(model))) == [two]
    moved = "seo_title" if model.__name__ == "Product" else "body"
    assert list(found.filter(**{f"{moved}__endswith": "b"})) == [two]
    assert [getattr(o, moved)[-1] for o in found.order_by("-pk")] == ["b", "a"]


def test_a_queryset_gets_permissions_in_bulk(user, model, objects):
    assign_perm(perm(model), user, model.objects.exclude(title="c"))
    assert get_objects_for_user(user, perm(model)).count() == 2


def test_permissions_go_with_the_object_where_they_have_a_foreign_key(app, user):
    article = app.Article.objects.create(title="a", slug="a")
    assign_perm(perm(app.Article), user, article)
    assert app.ArticleUserPermission.objects.get().content_object == article
    assert not UserObjectPermission.objects.exists()
    article.delete()
    assert not app.ArticleUserPermission.objects.exists()


def test_the_admin_manages_permissions(app, user, admin_client):
    product = app.Product.objects.create(title="a", slug="a")
    base = f"/admin/{app.Product._meta.app_label}/product/{product.pk}/permissions/"
    assert admin_client.get(base).status_code == 200
    url = f"{base}user-manage/{user.pk}/"
    permission = f"change_{app.Product._meta.model_name}"
    assert admin_client.post(url, {"permissions": permission}).status_code == 302
    assert User.objects.get(pk=user.pk).has_perm(perm(app.Product), product)
