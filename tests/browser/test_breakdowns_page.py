"""The page of all breakdowns in a browser, while a split goes on."""

import re

from django.contrib.auth.models import User
from django.core.management import call_command

from bdmodels.copy_state import CopyRange

PAGE = "/admin/bdmodels/breakdown/"
STOCK = '[data-live="books.Book/books.BookStock/{}"]'
BAR = '[data-bar="books.Book/books.BookStock/bar"]'


def stock(page, name):
    return page.text(STOCK.format(name))


def value(page):
    return float(page.one(BAR).get_property("value"))


def test_a_split_is_followed_to_its_end(page, split):
    split.fill(4000)
    split.migrate("0002")
    with split.running_copy("BookPage") as steps:
        for _ in range(2):
            steps.next()
    with split.running_copy("BookStock") as steps:
        steps.next()
        page.open("/admin/")
        page.one(f'#content-main a[href="{PAGE}"]').click()
        page.until(lambda: page.all(BAR))
        assert stock(page, "phase") == "Copying"
        assert value(page) == 2000
        assert page.one(BAR).accessible_name == "Rows copied to Stock"
        assert [cell.text for cell in page.all(".bdmodels-family tbody th")] == [
            "Award", "Web page", "Stock",
        ]  # fmt: skip
        page.driver.execute_script("window.stays = true")
        page.picture("breakdowns-copying")
        steps.next()
        page.until(lambda: value(page) == 3000)
        assert stock(page, "copied").startswith("3,000 of about ")
        assert page.driver.execute_script("return window.stays")
    page.until(lambda: stock(page, "phase") == "Copied, to be migrated")
    assert page.driver.execute_script("return window.stays")
    call_command("breakdown", "verify", "books.Book", part="BookStock", verbosity=0)
    page.driver.refresh()
    compared = page.text(".bdmodels-verification")
    assert "4,000 rows of books.Book compared with books.BookStock, all equal" in compared
    split.migrate("0004")
    call_command("breakdown", "verify", "books.Book", verbosity=0)
    page.driver.refresh()
    assert stock(page, "phase") == "Contracted"
    assert "reclaim books.Book" in stock(page, "next")
    page.picture("breakdowns-contracted")
    assert not page.complaints()


def test_the_page_is_made_anew_when_there_is_more_to_say(page, split):
    split.fill(2500)
    split.migrate("0002")
    with split.running_copy("BookStock"):
        page.open(PAGE)
        page.driver.execute_script("window.stays = true")
        rows = CopyRange._base_manager.filter(status="running")
        assert rows.update(note="a replica is behind") == 1
        page.until(lambda: "Waiting: a replica is behind" in page.text())
        assert not page.driver.execute_script("return window.stays")


def test_it_works_without_javascript(plain_page, split):
    page = plain_page
    split.fill(3000)
    split.migrate("0002")
    with split.running_copy("BookStock") as steps:
        page.open(PAGE)
        assert re.match("1,000 of about ", stock(page, "copied"))
        steps.next()
        page.driver.refresh()
        assert re.match("2,000 of about ", stock(page, "copied"))


def test_dark_mode_uses_the_colours_of_the_admin(page, split):
    page.open(PAGE)
    scheme = {"name": "prefers-color-scheme", "value": "dark"}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    dark = page.one(".bdmodels-family dd").value_of_css_property("color")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    light = page.one(".bdmodels-family dd").value_of_css_property("color")
    assert dark != light


def test_who_may_not_see_it(page, split):
    user = User.objects.get(username="admin")
    user.is_superuser = False
    user.save()
    page.open("/admin/")
    assert PAGE not in page.driver.page_source
    page.open(PAGE)
    assert "403" in page.driver.page_source
