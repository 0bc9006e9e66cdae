"""Splits of models of many kinds: users, families that refer to each other, odd indexes."""

import json

import pytest
from django.conf import settings

pytest_plugins = ["tests.migrations_project.fixtures"]


def test_the_type_of_the_key_changes_later(project):
    wide = """
class Other(models.Model):
    pass
class Product(models.Model):
    id = models.AutoField(primary_key=True)
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
"""
    split = """
class Other(models.Model):
    p = models.ForeignKey("Product", models.CASCADE, null=True)
class Seo(PartModel):
    slug = models.SlugField(unique=True)
class Product(BreakdownModel, Seo):
    id = models.%s(primary_key=True)
    title = models.CharField(max_length=100)
"""
    project.models(wide)
    project.run("make(); migrate(); models.Product.objects.create(title='a', slug='s')")
    project.models(split % "AutoField")
    project.run("make(); migrate(); check()")
    project.models(split % "BigAutoField")
    project.run("make()")
    project.run("migrate(); check()")
    assert project.run("answer(models.Product.objects.get().slug)") == "s"
    project.run("migrate('shop', '0001')")


def test_a_user_model(project, monkeypatch):
    wide = """
from django.contrib.auth.models import AbstractUser
class User(AbstractUser):
    bio = models.TextField()
    city = models.CharField(max_length=30, db_index=True)
"""
    split = """
from django.contrib.auth.models import AbstractUser
class Profile(PartModel):
    bio = models.TextField()
    city = models.CharField(max_length=30, db_index=True)
class User(BreakdownModel, AbstractUser, Profile):
    class Meta(AbstractUser.Meta):
        pass
"""
    monkeypatch.setenv("BDMODELS_PROJECT_SETTINGS", json.dumps({"AUTH_USER_MODEL": "shop.User"}))
    project.models(wide)
    project.run("make(); migrate(); models.User.objects.create_user('me', bio='b', city='c')")
    project.models(split)
    project.run("make(); migrate(); check()")
    assert project.run("answer(models.User.objects.get(username='me').city)") == "c"
    project.run("models.User.objects.create_user('you', bio='b', city='d')")
    project.run("migrate('shop', '0001')")
    project.models(wide)
    assert project.run("answer(models.User.objects.get(username='you').city)") == "d"


def test_two_families_that_refer_to_each_other(project):
    wide = """
class A(models.Model):
    x = models.IntegerField()
    b = models.ForeignKey("B", models.CASCADE)
    class Meta:
        ordering = ["x"]
class B(models.Model):
    y = models.IntegerField()
    a = models.ForeignKey("A", models.SET_NULL, null=True)
    me = models.ForeignKey("self", models.CASCADE, null=True)
    class Meta:
        ordering = ["y"]
        db_table_comment = "hello"
"""
    split = """
class A1(PartModel):
    x = models.IntegerField()
    b = models.ForeignKey("B", models.CASCADE)
class A(BreakdownModel, A1):
    class Meta:
        ordering = ["x"]
class B1(PartModel):
    y = models.IntegerField()
    a = models.ForeignKey("A", models.SET_NULL, null=True)
    me = models.ForeignKey("B", models.CASCADE, null=True)
    class Meta:
        db_table_comment = "part"
class B(BreakdownModel, B1):
    class Meta:
        ordering = ["y"]
        db_table_comment = "hello"
"""
    project.models(wide)
    state = "answer([schema('shop_a', 'shop_b'), rows('shop_a'), rows('shop_b')])"
    project.run(
        "make(); migrate(); b = models.B.objects.create(y=1)\n"
        "b.a = models.A.objects.create(x=3, b=b); b.me = b; b.save()\n"
        "models.B.objects.create(y=2, me=b)"
    )
    before = project.run(state)
    project.models(split)
    project.run("make(); migrate(); check()")
    assert project.run("answer([b.me.y for b in models.B.objects.all()])") == [1, 1]
    project.run("migrate('shop', '0001')")
    project.models(wide)
    assert project.run(state) == before
    project.models(split)
    project.run("migrate(); check()")


def test_a_reference_to_self_becomes_one_to_the_part(project):
    wide = """
class B(models.Model):
    y = models.IntegerField()
    me = models.ForeignKey("self", models.CASCADE, null=True)
"""
    split = """
class B1(PartModel):
    y = models.IntegerField()
    me = models.ForeignKey("self", models.CASCADE, null=True)
class B(BreakdownModel, B1):
    pass
"""
    project.models(wide)
    state = "answer([schema('shop_b'), rows('shop_b')])"
    project.run(
        "make(); migrate(); b = models.B.objects.create(y=1); b.me = b; b.save()\n"
        "models.B.objects.create(y=2, me=b)"
    )
    before = project.run(state)
    project.models(split)
    project.run("make(); migrate(); check()")
    project.run("migrate('shop', '0001')")
    project.models(wide)
    assert project.run(state) == before


def test_indexes_and_constraints_of_all_kinds(project):
    indexes = """
        indexes = [
            models.Index(Lower("s"), name="low"),
            models.Index(fields=["-s", "n"], name="cond", condition=Q(n__gt=3)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["s"], condition=Q(n__gt=1), name="u1"),
            models.UniqueConstraint(Lower("s"), "n", name="u2"),
        ]
"""
    wide = (
        """
from django.db.models.functions import Lower
class P(models.Model):
    t = models.CharField(max_length=20)
    s = models.CharField(max_length=20)
    n = models.IntegerField()
    g = models.GeneratedField(
        expression=Lower("s"), output_field=models.CharField(max_length=20), db_persist=True
    )
    class Meta:
        default_related_name = "xx"
        get_latest_by = "n"
        permissions = [("a", "b")]
"""
        + indexes
    )
    split = (
        """
from django.db.models.functions import Lower
class Part(PartModel):
    s = models.CharField(max_length=20)
    n = models.IntegerField()
    g = models.GeneratedField(
        expression=Lower("s"), output_field=models.CharField(max_length=20), db_persist=True
    )
    class Meta:
"""
        + indexes
        + """
class P(BreakdownModel, Part):
    t = models.CharField(max_length=20)
    class Meta:
        default_related_name = "xx"
        get_latest_by = "n"
        permissions = [("a", "b")]
"""
    )
    if "mysql" in settings.DATABASES["default"]["ENGINE"]:
        # MariaDB has no indexes with conditions or expressions.
        plain = "        indexes = [models.Index(fields=['-s', 'n'], name='cond')]\n"
        wide, split = wide.replace(indexes, plain), split.replace(indexes, plain)
    project.models(wide)
    state = "answer([schema('shop_p'), rows('shop_p')])"
    project.run("make(); migrate(); models.P.objects.create(t='x', s='Yx', n=4)")
    before = project.run(state)
    project.models(split)
    project.run("make(); migrate(); check()")
    assert project.run("answer(models.P.objects.get(n=4).g)") == "yx"
    project.run("migrate('shop', '0001')")
    project.models(wide)
    assert project.run(state) == before


@pytest.mark.only_on("postgresql")
def test_fields_and_indexes_of_postgresql(project):
    fields = """
    arr = ArrayField(models.IntegerField(), default=list)
    rng = IntegerRangeField()
    dec = DecimalRangeField(null=True)
    sv = SearchVectorField(null=True)
    h = models.JSONField(encoder=None)
    uid = models.UUIDField(db_default=RandomUUID(), unique=True)
    when = models.DateTimeField(db_default=Now())
"""
    options = """
        indexes = [
            GinIndex(fields=["arr"], name="gin_arr"),
            BTreeIndex(fields=["when"], name="bt"),
            GinIndex("h", name="gh"),
        ]
        constraints = [
            ExclusionConstraint(name="ex", expressions=[("rng", RangeOperators.OVERLAPS)]),
            models.UniqueConstraint(
                fields=["uid"], name="defer", deferrable=models.Deferrable.DEFERRED
            ),
        ]
"""
    imports = """
from django.contrib.postgres.fields import *
from django.contrib.postgres.indexes import *
from django.contrib.postgres.constraints import *
from django.contrib.postgres.search import SearchVectorField
from django.contrib.postgres.functions import RandomUUID
from django.db.models.functions import Now
"""
    title = "    t = models.CharField(max_length=20)\n"
    meta = f"    class Meta:{options}"
    wide = f"{imports}class P(models.Model):\n{title}{fields}{meta}"
    split = f"{imports}class Part(PartModel):{fields}{meta}class P(BreakdownModel, Part):\n{title}"
    project.models(wide)
    state = "answer([schema('shop_p'), rows('shop_p')])"
    project.run(
        "make(); migrate(); models.P.objects.create(t='x', rng=(1, 3), h={'a': 1}, arr=[1, 2])\n"
        "models.P.objects.create(t='y', rng=(5, 7), h={})"
    )
    before = project.run(state)
    project.models(split)
    project.run("make(); migrate(); check()")
    project.run("migrate('shop', '0001')")
    project.models(wide)
    assert project.run(state) == before
    project.models(split)
    project.run("migrate(); check(); models.P.objects.create(t='z', rng=(10,11), h={'a':1})")
    project.run("migrate('shop', '0001')")


def test_links_and_virtual_fields_change_without_a_question(project):
    split = """
class Seo(PartModel):
    slug = models.SlugField(null=True)
class Product(BreakdownModel, Seo):
    title = models.CharField(max_length=100)
    %s
"""
    project.models(split % "seo_ptr = VirtualParentLink(Seo)")
    project.run("make(); migrate(); models.Product.objects.create(title='a', slug='x')")
    project.models(split % "seo_ptr = VirtualParentLink(Seo, null=True)")
    project.run("make(); migrate(); check(); models.Product.objects.create(title='b')")
    project.models(split % "seo_ptr = VirtualParentLink(Seo, null=True, related_name='core')")
    project.run("make(); migrate(); check()")
    project.models(split % "seo_ptr = VirtualParentLink(Seo)")
    slugs = "answer([p.slug for p in models.Product.objects.order_by('pk')])"
    assert project.run(f"make(); migrate(); check(); {slugs}") == ["x", None]
    project.models(
        split % "x = models.IntegerField(null=True)\n"
        "    v = VirtualForeignKey('self', from_field='x', on_delete=models.DO_NOTHING)"
    )
    project.run("make(); migrate(); check()")
    project.models(split % "x = models.IntegerField(null=True)")
    project.run("make(); migrate(); check()")
