"""The admin page of all breakdowns: who sees it, and what it says in each phase."""

import json
import re
from io import StringIO

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.utils import translation

from bdmodels import overview as overview_module
from bdmodels.admin_page import BreakdownsAdmin
from bdmodels.copy_status import asked
from bdmodels.dialects import dialect_for
from bdmodels.lazy_loads import totals
from bdmodels.overview_model import Breakdown
from bdmodels.progress import Progress
from bdmodels.records import last_verifications, remember_verification, size_before
from bdmodels.verification import Verifier
from tests.copies import Pair
from tests.shop.models import Product

pytest_plugins = ["tests.migrations_project.fixtures"]
own_site = admin.AdminSite(name="own")
own_site.register(Breakdown, BreakdownsAdmin)
urlpatterns = [path("admin/", admin.site.urls), path("own/", own_site.urls)]

PAGE = "/admin/bdmodels/breakdown/"
PROGRESS = PAGE + "progress/"


@pytest.fixture
def staff(client, db):
    def login(*permissions):
        user = User.objects.create_user("staff", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(user)
        return client

    return login


# Who sees it


@pytest.mark.parametrize("url", [PAGE, PROGRESS])
def test_others_log_in_or_are_refused(client, staff, url):
    response = client.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")
    client = staff("view_product")
    assert client.get(url).status_code == 403
    assert "breakdown" not in client.get("/admin/").content.decode()


def test_staff_with_permission_see_it_in_the_index(staff):
    client = staff("view_breakdown")
    index = client.get("/admin/").content.decode()
    assert f'href="{PAGE}"' in index
    assert "/admin/bdmodels/breakdown/add/" not in index
    assert client.get("/admin/bdmodels/").status_code == 200
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Broken-down models" in page.content.decode()  # In the breadcrumbs.


def test_nothing_can_be_changed(admin_client):
    assert admin_client.get(PAGE + "add/").status_code == 404
    assert admin_client.get(PAGE + "1/change/").status_code == 404
    admin_ = BreakdownsAdmin(Breakdown, admin.site)
    assert not admin_.has_add_permission(None)
    assert not admin_.has_change_permission(None)
    assert not admin_.has_delete_permission(None)


@pytest.mark.urls(__name__)
def test_a_site_of_ones_own(admin_client):
    page = admin_client.get("/own/bdmodels/breakdown/").content.decode()
    assert 'data-url="/own/bdmodels/breakdown/progress/"' in page
    assert 'href="/admin/' not in page
    assert admin_client.get("/own/bdmodels/breakdown/progress/").status_code == 200
    assert reverse("own:bdmodels_breakdown_changelist") == "/own/bdmodels/breakdown/"


# What it says


def test_families_that_were_never_wide(admin_client):
    Product.objects.create(title="t")
    page = admin_client.get(PAGE).content.decode()
    assert "shop.Product" in page
    assert "Product seo" in page
    assert "nothing to copy" in page
    assert "manage.py breakdown verify shop.Product" in page
    assert "<progress" not in page


def test_lazy_loads_of_the_process_are_counted(admin_client):
    Product.objects.create(title="t", seo_title="s")
    before = totals().get(("shop.Product", "shop.ProductSeo"), 0)
    assert Product.objects.get().seo_title == "s"
    texts = admin_client.get(PROGRESS).json()["texts"]
    assert texts["shop.Product/shop.ProductSeo/lazy"] == f"{before + 1:,}"


def test_the_numbers_are_those_of_the_page(admin_client):
    page = admin_client.get(PAGE).content.decode()
    response = admin_client.get(PROGRESS)
    found = response.json()
    assert "no-store" in response["Cache-Control"]
    shown = dict(re.findall(r'data-live="([^"]+)">([^<]*)<', page))
    assert shown
    assert shown.items() <= found["texts"].items()
    assert {name.rpartition("/")[2] for name in shown} >= {"rows", "now", "phase", "lazy", "next"}
    assert not found["active"]


@pytest.mark.django_db(databases=["default", "other"])
def test_another_database(admin_client):
    page = admin_client.get(PAGE, {"database": "other"}).content.decode()
    assert 'aria-current="page">other<' in page
    assert "progress/?database=other" in page
    Product.objects.using("other").create(title="t")
    texts = admin_client.get(PROGRESS, {"database": "other"}).json()["texts"]
    assert texts["shop.Product/rows"] == "1"
    assert admin_client.get(PROGRESS, {"database": "none"}).status_code == 404


def test_large_tables_are_not_counted(admin_client, monkeypatch):
    monkeypatch.setattr(overview_module, "COUNTED", 2)
    for n in range(4):
        Product.objects.create(title=str(n))
    with CaptureQueriesContext(connection) as captured:
        rows = overview_module.about_rows(Product, "default")
    assert rows == "more than 2" or rows.startswith("about ")
    assert all("LIMIT 3" in q["sql"] for q in captured if "COUNT" in q["sql"])


def test_migrations_are_put_together_once(db, monkeypatch):
    overview_module._tasks.clear()
    calls = []
    monkeypatch.setattr(overview_module, "tasks_of", lambda alias: calls.append(alias) or [])
    for _ in range(2):
        overview_module.overview("default")
    assert calls == ["default"]


def test_numbers_that_the_database_refuses_are_left_out(db, monkeypatch):
    monkeypatch.setattr(Product._meta, "db_table", "missing")
    (found,) = [f for f in overview_module.overview("default") if f["id"] == "shop.Product"]
    assert found["rows"] == "not known"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # The transaction goes on.


def test_there_are_no_objects_and_no_table(db):
    assert not Breakdown.objects.exists()
    assert not Breakdown._base_manager.exists()
    assert Breakdown._meta.db_table not in connection.introspection.table_names()
    assert str(Breakdown()) == "breakdown"
    out = StringIO()
    call_command("dumpdata", "bdmodels", "--all", stdout=out)
    assert json.loads(out.getvalue()) == []


def test_projects_get_no_migration_of_bdmodels(db):
    call_command("makemigrations", "bdmodels", check=True, dry_run=True, verbosity=0)


def test_times_and_words_are_those_of_the_user(db):
    with translation.override("de"):
        text = overview_module.time_text("2026-05-04T12:00:00+00:00")
    assert text == "4. Mai 2026 12:00"


# Phases, in a project with migrations

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    note = models.TextField(null=True)
"""
SPLIT = """
class Seo(PartModel):
    slug = models.SlugField(unique=True)
    note = models.TextField(null=True)

class Product(BreakdownModel, Seo):
    title = models.CharField(max_length=100)
"""
FILL = """
for n in range(1, 31):
    models.Product.objects.create(title=f"t{n}", slug=f"s{n}", note=f"n{n}")
"""
LOOK = """
from bdmodels.overview import live, overview
(found,) = overview("default")
answer({"family": found, "live": live([found])})
"""

STATUS = """
import io
out = io.StringIO()
call_command("breakdown", "status", stdout=out)
answer(out.getvalue())
"""


def look(project, before=""):
    found = project.run(before + LOOK)
    (part,) = found["family"]["parts"]
    return found["family"], part, found["live"]


def test_phases(project):
    batches = dialect_for(connection).copies_in_batches
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.models(SPLIT)
    project.run("make()")
    family, part, _ = look(project)
    assert part["phase"] == "Not split yet"
    assert family["phase"] == "planned"
    assert not family["before"]
    family, part, _ = look(project, "migrate('shop', '0002')\n")
    assert part["phase"] == "Expanded"
    assert part["copied"] == "none yet"
    assert family["rows"] == "30"
    family, part, found = look(project, "migrate('shop', '0003')\n")
    assert part["phase"] == "Copied, kept in step"
    assert part["copied"] == ("30 rows" if batches else "all rows")
    assert part["value"] == part["max"]
    assert not found["active"]
    assert bool(family["before"]) is batches
    assert family["verification"][0].startswith("Not verified")
    family, part, _ = look(project, "call_command('breakdown', 'verify')\n")
    assert re.search(r"30 rows of shop.Product compared with shop.Seo, all equal", str(family))
    said = project.run(STATUS)
    assert "shop.Product compared with shop.Seo at " in said
    assert "30 rows, 0 different, 0 missing, 0 orphaned" in said
    family, part, _ = look(project, "migrate()\n")
    assert part["phase"] == "Contracted"
    assert family["phase"] == "contracted"
    assert "reclaim shop.Product" in part["next"]
    broken = "from django.db import connection\nwith connection.cursor() as c: c.execute('{}')\n"
    delete = broken.format("DELETE FROM shop_seo WHERE seo_id = 3")
    verify = "try: call_command('breakdown', 'verify')\nexcept Exception: pass\n"
    family, part, _ = look(project, delete + verify)
    assert family["wrong"]
    assert "1 missing" in str(family["verification"])


# While a copy runs


@pytest.mark.django_db(transaction=True)
def test_records_of_a_copy_survive_where_rows_are_written():
    with Pair() as pair:
        pair.fill(20)
        assert pair.runner().run()
        assert size_before("default", pair.core, [pair.part]) > 0
        found = Verifier("default", pair.transfer, show=Progress).run()
        remember_verification("default", pair.transfer, found)
        remember_verification("default", pair.transfer, found)
        (record,) = last_verifications("default", [pair.core, pair.part])
        assert (record["rows"], record["different"]) == (20, 0)
        pair.runner().state.forget()
        assert pair.runner().run()
        assert not last_verifications("default", [pair.core, pair.part])


READ_ONLY = {
    "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    "postgresql": (
        "SET default_transaction_read_only = on", "SET default_transaction_read_only = off",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE"),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_there", [True, False])
def test_who_may_not_write_compares_and_leaves_no_record(was_there):
    off, on = READ_ONLY[connection.vendor]
    with Pair() as pair, connection.cursor() as cursor:
        pair.fill(20)
        if was_there:
            assert pair.runner().run()
        cursor.execute(off)
        try:
            found = Verifier("default", pair.transfer, show=Progress).run()
            remember_verification("default", pair.transfer, found)
        finally:
            cursor.execute(on)
        assert found.rows == 20
        # Without the table there is no answer.
        assert not asked("default", last_verifications, "default", [pair.core, pair.part])


COPY = {
    "phase": "expanded", "status": "running", "reverse": False, "rows_done": 250,
    "rows_estimated": 1000, "seconds_left": 65.0, "waiting_for": "", "error": "", "sync": {},
    "next": "Wait: it is being copied.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "phase", "copied"),
    [
        ({}, "Copying", "250 of about 1,000 rows, 25\u00a0%, 1 min 05 s left"),
        ({"status": "holding"}, "Copying", "250 of about 1,000 rows, 25\u00a0%, 1 min 05 s left"),
        (
            {"reverse": True, "phase": "copied", "seconds_left": None},
            "Copying back",
            "250 of about 1,000 rows, 25\u00a0%",
        ),
        ({"status": "failed"}, "Copy failed", "250 of about 1,000 rows, 25\u00a0%"),
        ({"status": "interrupted"}, "Copy interrupted", "250 of about 1,000 rows, 25\u00a0%"),
        ({"status": "stopped"}, "Copy stopped", "250 of about 1,000 rows, 25\u00a0%"),
        ({"rows_estimated": None, "seconds_left": None}, "Copying", "250"),
        ({"rows_done": 1200}, "Copying", "1,200 of about 1,200 rows, 100\u00a0%, 1 min 05 s left"),
        ({"status": "complete", "rows_done": 1}, "Copied, to be migrated", "1 row"),
        ({"status": "complete", "reverse": True}, "Copied back", "250 rows"),
        ({"status": None, "phase": "contracted"}, "Contracted", "all rows"),
    ],
    ids=str,
)  # fmt: skip
def test_words_for_a_copy(change, phase, copied):
    row = overview_module.part_row({**COPY, **change})
    assert (row["phase"], row["copied"]) == (phase, copied)
    assert row["value"] <= row["max"]
    assert row["active"] == (phase in ("Copying", "Copying back"))


def test_what_is_wrong_is_said():
    row = overview_module.part_row({**COPY, "waiting_for": "a replica is behind"})
    assert row["problem"] == "Waiting: a replica is behind"
    row = overview_module.part_row({**COPY, "error": "no space left", "sync": {"t": "disabled"}})
    assert row["problem"] == "no space left"
    assert row["sync"] == "Triggers not at work: t: disabled"
    row = overview_module.part_row({**COPY, "sync": {"t": "enabled"}})
    assert row["sync"] == "Triggers keep both tables equal"
