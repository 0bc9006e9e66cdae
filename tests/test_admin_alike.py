"""Every page of the admin says the same about the wide and the split model, byte for byte."""

import re
from datetime import datetime, timezone
from difflib import unified_diff
from importlib import import_module

import django
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management.color import no_style
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.admin_alike"),
    pytest.mark.compatibility(
        "Admin",
        holds=(
            "Every page is that of the wide model, byte for byte: lists, filters, search, forms, "
            "inlines, popups, actions, history, deletion, admindocs."
        ),
        needs="Nothing; [mixins](../howto/admin.md) show parts as fieldsets and load them early.",
        limits="Where several foreign keys lead to a model, one of them moved, the confirmation of "
        "a deletion lists the same objects in another order.",
    ),
]
NAMES = ("wide", "shop")


@pytest.fixture
def root(client):
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


@pytest.fixture
def rows():
    """The same rows, with the same keys, in the tables of both."""
    for name in NAMES:
        app = import_module(f"tests.{name}.models")
        brands = [app.Brand.objects.create(pk=n, name=f"Acme {n}") for n in (1, 2)]
        suppliers = [app.Supplier.objects.create(pk=n, name=f"Best {n}") for n in (1, 2)]
        tag = app.Tag.objects.create(pk=1, name="new")
        for n in range(1, 7):
            product = app.Product.objects.create(
                pk=n,
                title=f"lamp {n}",
                price=n,
                stock=n // 2,
                slug=f"s{n}",
                seo_title=f"light {n}",
                brand=brands[n % 2],
                maker=brands[0],
                supplier=suppliers[n % 2] if n != 3 else None,
                note="old" if n == 2 else None,
            )
            if n > 1:
                product.successor_id = n - 1
                product.save()
        app.Product.objects.update(counted=datetime(2026, 5, 4, 12, tzinfo=timezone.utc))
        app.Product.objects.filter(pk=6).update(
            counted=datetime(2025, 5, 4, 12, tzinfo=timezone.utc)
        )
        app.Product.objects.get(pk=2).tags.add(tag)
        app.Review.objects.create(pk=1, product_id=2, text="good")
        app.Warranty.objects.create(pk=1, product_id=2)
        models = [app.Brand, app.Supplier, app.Product, app.Review, app.Warranty]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)


def normal(text, name):
    text = text.replace("Shop", "Wide").replace("shop", "wide") if name == "shop" else text
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r'nonce="[^"]*"', "", text)


def pages(client, path, data=None, post=None):
    """What both say at a path: (status, address after a redirect, text) of each."""
    found = []
    for name in NAMES:
        url = f"/plain/{name}/{path}"
        response = client.get(url, data) if post is None else client.post(url, post)
        text = normal(response.content.decode(), name)
        found.append((response.status_code, normal(response.get("Location", ""), name), text))
    return found


def alike(client, path, data=None, post=None, status=200):
    wide, split = pages(client, path, data, post)
    difference = list(unified_diff(wide[2].splitlines(), split[2].splitlines(), n=0))
    assert not difference, "\n".join(difference[:60])
    assert wide[:2] == split[:2]
    assert wide[0] == status
    return wide[2]


LISTS = [
    {},
    {"q": "acme lamp"},
    {"q": "Best 2"},
    {"q": "s3"},
    {"brand__id__exact": "1"},
    {"supplier__id__exact": "2", "stock": "1"},
    {"supplier__isnull": "True"},
    {"stock": "2", "tags__id__exact": "1"},
    {"note__isempty": "1"},
    {"counted__year": "2026"},
    {"counted__year": "2026", "counted__month": "5"},
    {"o": "3.-1"},
    {"o": "-4.5"},
    {"o": "6"},
    {"nonsense": "1"},
    {"all": "", "_facets": "True"},
    {"_popup": "1", "_to_field": "id"},
]


@pytest.mark.parametrize("data", LISTS, ids=str)
def test_the_changelist(root, rows, data):
    alike(root, "product/", data, status=302 if "nonsense" in data else 200)


@pytest.mark.parametrize("data", [{}, {"q": "light 2"}, {"product__brand__id__exact": 1}], ids=str)
def test_the_changelist_of_what_points_to_it(root, rows, data):
    assert "good" in alike(root, "review/", data)


@pytest.mark.parametrize(
    "path",
    [
        "product/add/",
        "product/add/?title=x&stock=4&brand=1&note=n",
        "product/add/?_popup=1",
        "product/2/change/",
        "product/2/change/?_popup=1&_to_field=id",
        "product/2/history/",
        "product/2/delete/",
        "brand/add/",
        "brand/1/change/",
        "supplier/2/delete/",
        "tag/1/delete/",
        "review/1/change/",
        "",
    ],
)
def test_pages(root, rows, path):
    text = alike(root, path)
    assert "_ptr" not in text
    assert "productseo" not in text.lower()


def test_what_is_deleted_with_a_brand(root, rows):
    # In another order: relations are followed in that of the models.
    wide, split = [sorted(t.splitlines()) for *_, t in pages(root, "brand/1/delete/")]
    assert wide == split


def test_a_missing_object(root, rows):
    alike(root, "product/99/change/", status=302)


def test_the_form_has_the_fields_of_the_wide_model_in_their_order(root, rows):
    text = alike(root, "product/add/")
    order = ["title", "price", "maker", "slug", "seo_title", "seo_text", "brand", "stock"]
    fields = list(dict.fromkeys(re.findall(r' name="([a-z]\w+)"', text)))
    assert [name for name in fields if name in order] == order


def test_autocomplete(root, rows):
    for name in NAMES:
        query = {"app_label": name, "model_name": "review", "field_name": "product", "term": "lamp"}
        found = root.get("/plain/autocomplete/", query).json()["results"]
        assert [row["text"] for row in found] == [f"lamp {n}" for n in (6, 4, 5, 2, 3, 1)]


FORM = {
    "title": "new", "price": "1", "stock": "2", "reserved": "0", "seo_title": "s", "slug": "new",
    "brand": "1", "successor": "1", "note": "n",
} | {f"{prefix}-{name}": "0" for prefix in ("review_set", "warranty", "Product_tags")
     for name in ("TOTAL_FORMS", "INITIAL_FORMS")}  # fmt: skip


def values(name):
    app = import_module(f"tests.{name}.models")
    fields = ["title", "price", "stock", "slug", "seo_title", "brand", "successor", "note"]
    return list(app.Product.objects.order_by("title", "pk").values_list(*fields))


def both_equal():
    wide, split = map(values, NAMES)
    assert wide == split
    return wide


def test_adding(root, rows):
    for post in (FORM | {"_addanother": "1"}, FORM | {"slug": "p", "_popup": "1"}):
        alike(root, "product/add/", post=post, status=200 if "_popup" in post else 302)
    assert sum(row[0] == "new" for row in both_equal()) == 2


def test_changing_is_remembered(root, rows):
    alike(root, "product/2/change/", post=FORM | {"_save": "1"}, status=302)
    assert "new" in {row[0] for row in both_equal()}
    messages = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert len(messages) == 2
    assert len(set(messages)) == 1
    root.get("/plain/")  # Shows the messages.
    found = pages(root, "product/2/history/")
    text = [re.sub(r"\w+\.? \d+, \d{4}, [^<]*", "", t) for *_, t in found]
    assert text[0] == text[1]
    assert "Changed Title" in text[1]


def test_saving_as_new(root, rows):
    post = {**FORM, "_saveasnew": "Save as new"}
    for name in NAMES:
        assert root.post(f"/plain/{name}/product/2/change/", post).status_code == 302
    assert len(both_equal()) == 7


def test_mistakes(root, rows):
    post = {**FORM, "slug": "s3", "stock": "many", "supplier": "77", "title": ""}
    text = alike(root, "product/2/change/", post=post)
    assert text.count('class="errorlist"') == 4


def test_the_changelist_edits(root, rows):
    post = {"form-TOTAL_FORMS": 6, "form-INITIAL_FORMS": 6, "_save": "Save"}
    for i, key in enumerate((6, 4, 5, 2, 3, 1)):
        post |= {f"form-{i}-id": key, f"form-{i}-stock": 9 + i, f"form-{i}-price": 3}
    alike(root, "product/", post=post, status=302)
    assert [row[2] for row in both_equal()] == [14, 12, 13, 10, 11, 9]


def test_actions(root, rows):
    chosen = {"action": "sell_out", "_selected_action": ["1", "2"]}
    alike(root, "product/", post=chosen, status=302)
    assert [row[2] for row in both_equal()][:2] == [0, 0]
    chosen["action"] = "delete_selected"
    assert "lamp 2" in alike(root, "product/", post=chosen)
    alike(root, "product/", post=chosen | {"post": "yes"}, status=302)
    assert len(both_equal()) == 4


def test_deleting(root, rows):
    assert "Review object (1)" in alike(root, "product/2/delete/")
    alike(root, "product/2/delete/", post={"post": "yes"}, status=302)
    alike(root, "brand/2/delete/", post={"post": "yes"}, status=302)
    assert len(both_equal()) == 2
    root.get("/plain/")  # Shows the messages.
    assert "protected" in alike(root, "supplier/1/delete/")


def test_inlines_over_a_relation_of_a_part(root, rows):
    post = {"name": "Acme"}
    for prefix, keys in (("product_set", (2, 4, 6)), ("made", ())):
        post |= {f"{prefix}-TOTAL_FORMS": len(keys), f"{prefix}-INITIAL_FORMS": len(keys)}
        for i, key in enumerate(keys):
            post |= {f"{prefix}-{i}-{n}": v for n, v in FORM.items() if "-" not in n}
            post |= {f"{prefix}-{i}-id": key, f"{prefix}-{i}-brand": "1"}
            post |= {f"{prefix}-{i}-slug": f"z{key}", f"{prefix}-{i}-seo_title": f"y{key}"}
    post["product_set-2-DELETE"] = "on"
    alike(root, "brand/1/change/", post=post, status=302)
    found = both_equal()
    assert len(found) == 5
    assert {row[4] for row in found} >= {"y2", "y4"}


def test_who_may_only_look(client, rows):
    user = User.objects.create_user("viewer", password="x", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=NAMES, codename__startswith="view_")
    )
    client.force_login(user)
    assert "light 2" in alike(client, "product/2/change/")
    alike(client, "product/")
    alike(client, "brand/1/change/")
    alike(client, "product/2/change/", post=FORM, status=403)


def queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [q["sql"] for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]


@pytest.mark.parametrize("path", ["product/", "review/"])
def test_the_changelist_has_as_many_queries_and_one_for_each_part(root, rows, path):
    for name in NAMES:
        queries(root, f"/plain/{name}/{path}")  # Content types are looked up once.
    wide, split = (len(queries(root, f"/plain/{name}/{path}")) for name in NAMES)
    # What is selected or sorted by loads no part but that of a selected relation.
    parts = {"product/": 1, "review/": 1 if django.VERSION >= (5, 1) else 0}[path]
    assert split == wide + parts
    assert len(queries(root, f"/mixed/shop/{path}")) == wide


@pytest.mark.parametrize("path", ["product/2/change/", "product/2/history/", "product/2/delete/"])
def test_pages_of_an_object_have_few_more_queries(root, rows, path):
    for name in NAMES:
        queries(root, f"/plain/{name}/{path}")
    wide, split = (len(queries(root, f"/plain/{name}/{path}")) for name in NAMES)
    assert wide <= split <= wide + 3
    assert len(queries(root, f"/mixed/shop/{path}")) == wide


def test_admindocs(root):
    found = []
    for name in NAMES:
        text = root.get(f"/plain/doc/models/{name}.product/").content.decode()
        found.append(normal(text.partition('id="content-start"')[2], name))
    assert "seo_title" in found[1]
    assert found[0] == found[1]
