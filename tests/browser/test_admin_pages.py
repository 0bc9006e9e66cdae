"""The admin of a split model, with the mixin, in a browser."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from tests.browser.books.models import Author, Book, BookAward, Publisher

ROOT = Path(__file__).resolve().parents[2]
CHANGELIST = "/admin/books/book/"


@pytest.fixture
def books(split):
    split.fill(25)
    split.migrate("0004")
    return list(Book.objects.order_by("pk"))


def save(page):
    page.one('[name="_save"]').click()
    page.until(lambda: page.all(".messagelist .success"))


def test_the_changelist(page, books):
    page.open(CHANGELIST)
    assert "25 books" in page.text()
    assert len(page.all("#result_list tbody tr")) == 25
    page.picture("admin-changelist", height=760)
    page.one("#searchbar").send_keys("harbour, a novel\n")
    page.until(lambda: "3 results" in page.text())
    stock = page.one("#id_form-0-stock")
    stock.clear()
    stock.send_keys("77")
    save(page)
    assert Book.objects.get(stock=77).title == "Harbour 1"
    assert not page.complaints()


def test_a_form_has_fieldsets_for_parts(page, books):
    page.open(f"{CHANGELIST}{books[1].pk}/change/")
    headings = [h.text.partition("\n")[0] for h in page.all(".module.aligned h2")]
    assert headings == ["Web page", "Stock", "Award"]
    page.picture("admin-change-form")
    page.open(f"{CHANGELIST}{books[0].pk}/change/")
    award = page.one("#id_award")
    assert not award.is_displayed()
    page.one("fieldset.collapse summary, fieldset.collapse h2").click()
    page.until(award.is_displayed)
    award.send_keys("Golden Pen")
    page.one("#id_stock").clear()
    page.one("#id_stock").send_keys("5")
    save(page)
    assert Book.objects.values_list("award", "stock").get(pk=books[0].pk) == ("Golden Pen", 5)
    assert BookAward.objects.count() == 6
    assert not page.complaints()


def test_mistakes_in_a_part_are_shown(page, books):
    page.open(f"{CHANGELIST}{books[0].pk}/change/")
    page.one("fieldset.collapse summary, fieldset.collapse h2").click()
    page.driver.execute_script("document.querySelector('#id_award_year').type = 'text'")
    page.one("#id_award_year").send_keys("soon")
    page.one('[name="_save"]').click()
    page.until(lambda: page.all(".errornote"))
    assert page.one("#id_award_year").is_displayed()


def test_a_related_object_is_added_in_a_popup(page, books):
    page.open(f"{CHANGELIST}{books[0].pk}/change/")
    first = page.driver.current_window_handle
    page.one("#add_id_publisher").click()
    page.until(lambda: len(page.driver.window_handles) == 2)
    page.driver.switch_to.window(next(w for w in page.driver.window_handles if w != first))
    page.until(lambda: page.all("#id_name"))
    page.one("#id_name").send_keys("Night Press")
    page.one('[name="_save"]').click()
    page.until(lambda: len(page.driver.window_handles) == 1)
    page.driver.switch_to.window(first)
    chosen = Select(page.one("#id_publisher"))
    page.until(lambda: chosen.first_selected_option.text == "Night Press")
    save(page)
    assert Book.objects.get(pk=books[0].pk).publisher == Publisher.objects.get(name="Night Press")


def test_adding_with_autocompletion_and_a_slug_from_the_title(page, books):
    page.open(f"{CHANGELIST}add/")
    page.one("#id_title").send_keys("Kelp Road")
    page.until(lambda: page.one("#id_slug").get_property("value") == "kelp-road")
    page.one(".field-author .select2-selection").click()
    page.one(".select2-search__field").send_keys("Cora")
    choice = ".select2-results__option--highlighted"
    page.until(lambda: [found.text for found in page.all(choice)] == ["Cora Ellery"])
    page.one(choice).click()
    page.one("#id_price").send_keys("12.50")
    save(page)
    book = Book.objects.get(slug="kelp-road")
    assert book.author == Author.objects.get(name="Cora Ellery")
    assert not page.complaints()


def test_deleting_asks_and_deletes(page, books):
    page.open(f"{CHANGELIST}{books[0].pk}/delete/")
    assert "Book: Amber 1" in page.text()
    assert "page" not in page.text().lower()
    page.one('#content [type="submit"]').click()
    page.until(lambda: page.all(".messagelist .success"))
    assert Book.objects.count() == 24
    assert User.objects.count() == 1


def test_the_panel_of_lazy_parts(page, books):
    page.driver.add_cookie({"name": "toolbar", "value": "1", "path": "/"})
    page.open("/shelf/")
    root = page.one("#djDebugRoot")
    inside = root.shadow_root if root.get_property("shadowRoot") else root

    def find(selector):
        return inside.find_element(By.CSS_SELECTOR, selector)

    if not find("#djDebugPanelList").is_displayed():
        find("#djShowToolBarButton").click()
    page.until(lambda: find("a.LazyPartsPanel").is_displayed())
    find("a.LazyPartsPanel").click()
    page.until(lambda: "with_parts" in find("#LazyPartsPanel").text)
    assert "BookStock" in find("#LazyPartsPanel").text
    # The picture is not to tell where this folder is.
    script = "arguments[0].firstChild.data = arguments[0].firstChild.data.replace(arguments[1], '')"
    page.driver.execute_script(script, find("#LazyPartsPanel summary"), f"{ROOT}/")
    page.picture("lazy-parts-panel", height=420)
    page.driver.delete_cookie("toolbar")
