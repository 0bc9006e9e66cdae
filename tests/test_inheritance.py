"""Proxies, abstract bases, mixins, children of cores, and cores that are children."""

import pytest
from django.db.models import F

from tests.shop.models import Bargain, Product
from tests.zoo.models import (
    Animal,
    AnimalBody,
    Bird,
    Country,
    Page,
    Parrot,
    ParrotWords,
    Pet,
    Sheet,
    Ticket,
    Visa,
)

pytestmark = pytest.mark.django_db


def test_methods_of_all_bases_are_there():
    animal = Animal(name="Rex", legs=3, created_by="me")
    assert animal.shout() == "REX"
    assert animal.signature() == "me!"
    assert animal.legs_and_a_half() == 3.5


def test_fields_of_an_abstract_base_of_a_part_are_in_the_part():
    Animal.objects.create(name="Rex", created_by="me")
    assert AnimalBody.objects.get().created_by == "me"
    assert Animal.objects.get(created_by="me").name == "Rex"


def test_meta_of_an_abstract_base_may_name_fields_of_parts():
    for name, legs in (("a", 2), ("b", 4), ("c", 2)):
        Animal.objects.create(name=name, legs=legs)
    assert [a.name for a in Animal.objects.all()] == ["b", "a", "c"]
    assert [a.name for a in Pet.objects.all()] == ["a", "b", "c"]


def test_get_latest_by_may_name_a_field_of_a_part():
    for name, fed in (("a", 2), ("b", 3), ("c", 1)):
        Animal.objects.create(name=name, fed=fed)
    assert Animal.objects.latest().name == "b"
    assert Animal.objects.earliest().name == "c"


# Proxies


def test_a_proxy_behaves_like_its_core(django_assert_num_queries):
    Bargain.objects.create(title="t", seo_title="s", note="n")
    Bargain.objects.create(title="u", seo_title="v")
    with django_assert_num_queries(2):
        found = list(Bargain.objects.order_by("title"))
        assert [(type(p), p.seo_title) for p in found] == [(Bargain, "s"), (Bargain, "v")]
    found[0].seo_title = "S"
    found[0].save()
    assert Product.objects.get(seo_title="S").title == "t"
    assert Bargain.objects.with_parts("productnote_ptr").get(title="t").note == "n"
    assert Bargain.objects.update(stock=4, title="x") == 2
    assert Bargain.objects.filter(stock=4).count() == 2
    assert [f.name for f in Bargain._meta.fields] == [f.name for f in Product._meta.fields]


def test_parents_of_proxies_and_children_are_gone_through_with_their_parts():
    assert list(Bargain._meta.parents) == [Product, *Product._meta.own_parts]
    assert Bargain._meta.parents == {Product: None}
    assert list(Parrot._meta.parents) == [Bird, ParrotWords, *Bird._meta.family_parts]


def test_a_proxy_equals_the_object_of_its_core():
    product = Product.objects.create(title="t")
    assert Bargain.objects.get() == product


# Children


@pytest.fixture
def birds():
    Animal.objects.create(name="Rex")
    return [
        Bird.objects.create(name=f"b{i}", legs=2, wingspan=i, keeper=f"k{i}", fed=i)
        for i in range(3)
    ]


def test_a_child_has_all_fields(birds):
    bird = Bird.objects.get(name="b1")
    assert (bird.wingspan, bird.legs, bird.keeper, bird.age) == (1, 2, "k1", 1)
    assert Animal.objects.get(name="b1").bird == bird
    assert Animal.objects.get(bird__wingspan=1).keeper == "k1"
    names = [f.name for f in Bird._meta.fields]
    assert names[:-2] == ["id", "name", "legs", "sound", "age", "keeper", "fed", "created_by"]
    assert names[-2:] == ["animal_ptr", "wingspan"]


def test_children_load_parts_once_for_all(birds, django_assert_num_queries):
    with django_assert_num_queries(3):
        found = list(Bird.objects.order_by("name"))
        assert [(b.legs, b.keeper) for b in found] == [(2, "k0"), (2, "k1"), (2, "k2")]


def test_children_load_parts_on_request(birds, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = list(Bird.objects.with_parts().order_by("name"))
        assert [(b.legs, b.keeper) for b in found] == [(2, "k0"), (2, "k1"), (2, "k2")]


def test_children_are_filtered_and_ordered_by_fields_of_parts(birds):
    assert [b.name for b in Bird.objects.filter(fed__gt=0, legs=2).order_by("-keeper")] == [
        "b2",
        "b1",
    ]


def test_children_are_saved(birds):
    bird = Bird.objects.get(name="b1")
    bird.name, bird.wingspan, bird.keeper, bird.sound = "B", 99, "K", "tweet"
    bird.save()
    row = Bird.objects.values_list("name", "wingspan", "keeper", "sound", "fed").get(wingspan=99)
    assert row == ("B", 99, "K", "tweet", 1)
    bird.save(update_fields=["fed", "wingspan"])
    bird.fed = 7
    bird.save(update_fields=["fed"])
    assert Animal.objects.get(name="B").fed == 7


def test_a_child_saved_over_another_row_of_the_core_writes_all_its_parts(birds):
    rex = Animal.objects.get(name="Rex")
    bird = Bird.objects.with_parts().get(name="b1")
    bird.id = rex.pk
    bird.save()
    assert Bird.objects.filter(pk=rex.pk).exists()
    row = Animal.objects.values_list("name", "legs", "keeper", "fed").get(pk=rex.pk)
    assert row == ("b1", 2, "k1", 1)


def test_children_are_updated(birds):
    assert Bird.objects.filter(fed__gt=0).update(wingspan=50, name="x", keeper="y") == 2
    rows = Bird.objects.order_by("fed").values_list("wingspan", "name", "keeper")
    assert list(rows) == [(0, "b0", "k0"), (50, "x", "y"), (50, "x", "y")]
    assert Bird.objects.update(fed=F("fed") + 1) == 3
    assert sorted(Bird.objects.values_list("fed", flat=True)) == [1, 2, 3]
    assert Animal.objects.get(name="Rex").fed == 0


def test_children_are_bulk_updated_with_expressions(birds):
    for bird in birds:
        bird.age = F("age") + bird.wingspan
        bird.fed = F("fed") + 1
        bird.legs = F("age") + F("fed")
    Bird.objects.bulk_update(birds, ["age", "fed", "legs"])
    rows = Bird.objects.order_by("name").values_list("age", "fed", "legs")
    assert list(rows) == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]


def test_children_are_bulk_updated(birds):
    for i, bird in enumerate(birds):
        bird.wingspan, bird.keeper, bird.age = i + 10, f"K{i}", i
    assert Bird.objects.bulk_update(birds, ["wingspan", "keeper", "age"]) == 3
    rows = Bird.objects.order_by("name").values_list("wingspan", "keeper", "age")
    assert list(rows) == [(10, "K0", 0), (11, "K1", 1), (12, "K2", 2)]


def test_a_child_can_be_given_to_an_existing_core():
    animal = Animal.objects.create(name="Rex", keeper="Bo")
    bird = Bird(animal_ptr=animal, wingspan=3)
    bird.save_base(raw=True)
    found = Bird.objects.get()
    assert (found.name, found.keeper, found.wingspan) == ("Rex", "Bo", 3)


def test_a_child_is_refreshed(birds):
    bird = Bird.objects.get(name="b1")
    Bird.objects.update(keeper="new", wingspan=5)
    bird.refresh_from_db()
    assert (bird.keeper, bird.wingspan) == ("new", 5)
    Animal.objects.update(keeper="newer", fed=9)
    bird.refresh_from_db(fields=["keeper"])
    assert (bird.keeper, bird.fed) == ("newer", 1)


def test_a_child_that_is_split_itself(django_assert_num_queries):
    parrot = Parrot.objects.create(name="Polly", legs=2, keeper="Bo", words=3, colour="red")
    assert ParrotWords.objects.get().pk == parrot.pk
    found = Parrot.objects.get(words=3, keeper="Bo")
    assert (found.words, found.colour, found.legs, found.wingspan) == (3, "red", 2, 10)
    found.words, found.legs, found.colour = 4, 1, "blue"
    found.save()
    with django_assert_num_queries(1):
        again = Parrot.objects.with_parts().get()
        assert (again.words, again.legs, again.colour, again.name) == (4, 1, "blue", "Polly")
    assert Parrot.objects.update(words=5, keeper="X", colour="grey") == 1
    assert Parrot.objects.values_list("words", "keeper", "colour").get() == (5, "X", "grey")
    assert Animal.objects.get(bird__parrot__words=5).name == "Polly"
    assert Bird.objects.get().parrot == again


def test_a_child_is_copied():
    parrot = Parrot.objects.create(name="Polly", keeper="Bo", words=3)
    copy = Parrot.objects.get()
    copy.pk = copy.animal_ptr_id = copy.id = None
    copy._state.adding = True
    copy.save()
    assert Parrot.objects.count() == 2
    assert copy.pk != parrot.pk
    rows = Parrot.objects.values_list("name", "keeper", "words")
    assert list(rows) == [("Polly", "Bo", 3)] * 2


def test_children_come_with_select_related(birds, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = Animal.objects.select_related("bird").get(name="b2")
        assert found.bird.wingspan == 2
    assert found.bird.keeper == "k2"


def test_a_child_gives_its_core_what_it_has_loaded(birds, django_assert_num_queries):
    found = list(Bird.objects.with_parts("animalbody_ptr").order_by("name"))
    found[0].name, found[1].legs, found[2].keeper = "new", 7, "assigned"
    with django_assert_num_queries(0):
        cores = [bird.animal_ptr for bird in found]
        assert [(type(c), c.name, c.legs) for c in cores] == [
            (Animal, "new", 2), (Animal, "b1", 7), (Animal, "b2", 2)
        ]  # fmt: skip
        assert cores[2].keeper == "assigned"
    with django_assert_num_queries(2):  # The last one had something of that part already.
        assert [c.fed for c in cores] == [0, 1, 2]
    for core in cores:
        core.save()
    rows = Bird.objects.order_by("fed").values_list("name", "legs", "keeper")
    assert list(rows) == [("new", 2, "k0"), ("b1", 7, "k1"), ("b2", 2, "assigned")]


def test_many_children_are_deleted_by_few_statements(birds, django_assert_max_num_queries):
    for n in range(20):
        Bird.objects.create(name=f"c{n}")
    with django_assert_max_num_queries(12):
        assert Bird.objects.all().delete()[1] == {"zoo.Bird": 23, "zoo.Animal": 23}
    assert not AnimalBody.objects.exclude(animal__name="Rex").exists()


# Children whose key is not that of their core


@pytest.fixture
def visas():
    Ticket.objects.create(subject="no visa", body="no visa")
    for n in range(3):
        Country.objects.create(code=f"x{n}", name="no visa", population=0)
        names = {"subject": f"s{n}", "body": f"b{n}", "name": f"n{n}", "capital": f"c{n}"}
        Visa.objects.create(code=f"a{n}", population=n, days=n, **names)
    return Visa.objects.order_by("days")


def rows_of(visas):
    return list(visas.values_list("code", "body", "population", "capital", "subject", "days"))


def test_a_child_of_two_cores_reads_the_parts_of_both(visas, django_assert_num_queries):
    with django_assert_num_queries(3):
        found = [(v.body, v.population, v.name) for v in visas]
    assert found == [(f"b{n}", n, f"n{n}") for n in range(3)]
    with django_assert_num_queries(1):
        assert [(v.body, v.population) for v in visas.with_parts()] == [
            ("b0", 0),
            ("b1", 1),
            ("b2", 2),
        ]


def test_a_child_of_two_cores_is_saved(visas, django_assert_num_queries):
    visa = visas.get(code="a1")
    visa.body, visa.population, visa.days = "B", 5, 9
    visa.save()
    assert rows_of(visas)[2] == ("a1", "B", 5, "c1", "s1", 9)
    visa = visas.get(code="a0")
    visa.population = 7
    visa.save(update_fields=["population"])
    assert Country.objects.get(code="a0").population == 7
    assert not Country.objects.filter(name="no visa").exclude(population=0).exists()
    visa.refresh_from_db()
    assert (visa.body, visa.population) == ("b0", 7)


def test_a_child_of_two_cores_is_updated(visas):
    assert visas.filter(population__gt=0).update(body="B", population=F("population") + 10) == 2
    assert visas.filter(body="B").update(name=F("capital"), capital=F("name"), days=7) == 2
    assert visas.filter(population=12).update(population=F("population") * 2) == 1
    assert visas.filter(name="c2", days__gt=5).update(source="S", body="C") == 1
    assert [row[1:4] for row in rows_of(visas.order_by("code"))] == [
        ("b0", 0, "c0"),
        ("B", 11, "n1"),
        ("C", 24, "n2"),
    ]
    assert Country.objects.get(name="c2").source == "S"
    assert Country.objects.filter(name="no visa", population=0, capital=None).count() == 3
    assert Ticket.objects.get(subject="no visa").body == "no visa"


def test_a_child_of_two_cores_is_updated_in_bulk(visas):
    found = list(visas)
    for visa in found:
        visa.body, visa.population, visa.days = visa.body * 2, F("population") + 5, visa.days + 1
    assert Visa.objects.bulk_update(found, ["body", "population", "days"]) == 3
    assert [row[1:3] for row in rows_of(visas)] == [("b0b0", 5), ("b1b1", 6), ("b2b2", 7)]


def test_a_child_of_two_cores_is_copied_and_deleted(visas):
    visa = visas.get(code="a2")
    visa.pk = visa.ref = visa.ticket_ptr_id = None
    visa.code = visa.country_ptr_id = "a9"
    visa.days = 99
    visa._state.adding = True
    visa.save()
    assert rows_of(visas)[2:] == [
        ("a2", "b2", 2, "c2", "s2", 2),
        ("a9", "b2", 2, "c2", "s2", 99),
    ]
    assert visas.filter(population=2).delete()[0] == 6
    assert (Visa.objects.count(), Country.objects.count(), Ticket.objects.count()) == (2, 5, 3)


def test_a_child_may_have_a_key_of_its_own(django_assert_num_queries):
    Page.objects.create(text="other")
    for n in range(2):
        Sheet.objects.create(code=f"s{n}", text=f"t{n}", mark=f"m{n}", object_id=n)
    sheets = Sheet.objects.order_by("code")
    with django_assert_num_queries(3):
        assert [(s.text, s.mark) for s in sheets] == [("t0", "m0"), ("t1", "m1")]
    sheet = sheets[1]
    sheet.text, sheet.mark = "T", "M"
    sheet.save()
    assert sheets.filter(text="T").update(object_id=F("object_id") + 1, mark="N") == 1
    assert list(sheets.values_list("text", "mark", "object_id")) == [("t0", "m0", 0), ("T", "N", 2)]
    sheet.delete()
    assert sorted(Page.objects.values_list("text", flat=True)) == ["other", "t0"]
