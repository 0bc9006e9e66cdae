"""Chromium without a window, and a project whose split can be put into any phase."""

import os
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from bdmodels.copy_jobs import CopyOptions
from bdmodels.copy_runner import CopyRunner
from bdmodels.copy_tasks import Selection
from bdmodels.progress import Progress
from bdmodels.throttles import Throttles

SIZE = (1100, 760)
IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
TITLES = [
    "Amber",
    "Bridges",
    "Candle",
    "Delta",
    "Ember",
    "Fathom",
    "Garnet",
    "Harbour",
    "Indigo",
    "Juniper",
]
AUTHORS = ["Ada Northfield", "Basil Quint", "Cora Ellery"]


def found(*names):
    """The path of the first of these programs that there is."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise pytest.UsageError(
        f"The browser tests need {names[0]}: apt-get install chromium chromium-driver"
    )


def start(**preferences):
    options = Options()
    options.binary_location = found("chromium", "chromium-browser", "google-chrome")
    for argument in (
        "--headless=new",
        "--no-sandbox",  # Chromium's own does not work for root in a container.
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        "--lang=en",
        f"--window-size={SIZE[0]},{SIZE[1]}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.add_experimental_option("prefs", preferences)
    return webdriver.Chrome(options=options, service=Service(found("chromedriver")))


@pytest.fixture(scope="session")
def chromium():
    browser = start()
    yield browser
    browser.quit()


class Page:
    """A browser on the live server, logged in."""

    def __init__(self, driver, server, client):
        self.driver, self.server = driver, server
        driver.get(f"{server}/static/admin/css/base.css")  # Cookies need a page of the site.
        driver.delete_all_cookies()
        driver.get_log("browser")
        # As when somebody has closed the list of models on the left.
        driver.execute_script("localStorage['django.admin.navSidebarIsOpen'] = 'false'")
        cookie = client.cookies["sessionid"].value
        driver.add_cookie({"name": "sessionid", "value": cookie, "path": "/"})

    def open(self, path):
        self.driver.get(self.server + path)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector="#content"):
        return self.one(selector).text

    def until(self, condition, seconds=15):
        wait = WebDriverWait(self.driver, seconds, 0.1, [StaleElementReferenceException])
        return wait.until(lambda _: condition())

    def complaints(self):
        """What the browser has logged: errors of scripts, and what the policy forbids."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if "favicon" not in entry["message"]
        ]

    def picture(self, name, height=None):
        """Take a picture of the window for the docs, if `make screenshots` asks for it."""
        if not os.environ.get("BDMODELS_SCREENSHOTS"):
            return
        metrics = {"width": SIZE[0], "deviceScaleFactor": 1, "mobile": False}
        for size in (SIZE[1], height or 0):  # The height is that of the page as wide as this.
            metrics["height"] = size or self.height()
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        IMAGES.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(IMAGES / f"{name}.png"))
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def height(self):
        """So high that nothing of the page is below the window."""
        script = "return document.querySelector('#content').getBoundingClientRect().bottom"
        return int(self.driver.execute_script(script)) + 30


@pytest.fixture
def page(chromium, live_server, admin_client):
    return Page(chromium, live_server.url, admin_client)


@pytest.fixture
def plain_page(live_server, admin_client):
    """A browser without JavaScript."""
    browser = start(**{"profile.managed_default_content_settings.javascript": 2})
    yield Page(browser, live_server.url, admin_client)
    browser.quit()


class Split:
    """The split of the books, in a phase of its migrations."""

    def migrate(self, name):
        call_command("migrate", "books", name, verbosity=0)

    def fill(self, rows):
        """Make the table wide and put books into it."""
        self.migrate("0001")
        models = MigrationLoader(connection).project_state(("books", "0001_initial")).apps
        book, author, publisher = [
            models.get_model("books", name) for name in ("Book", "Author", "Publisher")
        ]
        authors = [author.objects.create(name=name) for name in AUTHORS]
        house = publisher.objects.create(name="Lantern House")
        book.objects.bulk_create(
            book(
                title=f"{TITLES[n % 8]} {n // 8 + 1}",
                author=authors[n % 3],
                price=10 + n % 7,
                slug=f"{TITLES[n % 8].lower()}-{n // 8 + 1}",
                meta_title=f"{TITLES[n % 8]}, a novel",
                stock=n % 12,
                publisher=house if n % 4 else None,
                award="Silver Pen" if n % 5 == 1 else None,
                award_year=2020 + n % 6 if n % 5 == 1 else None,
            )
            for n in range(rows)
        )

    def runner(self, part, throttles):
        tasks = Selection("default", part=part).to_copy()
        options = CopyOptions(most_rows=1000, throttles=throttles, show=Progress)
        return CopyRunner("default", tasks[0].job, options)

    @contextmanager
    def running_copy(self, part):
        """A copy in a thread, which rests after each batch of 1000 rows until it is let go."""
        steps = Steps()
        runner = self.runner(part, steps)

        def work():
            try:
                runner.run()
            finally:
                connection.close()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            steps.wait()
            yield steps
        finally:
            steps.end()
            thread.join(60)


class Steps(Throttles):
    """Holds a copy after each batch."""

    def __init__(self):
        super().__init__()
        self.done, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.free = False

    def rest(self, seconds):
        self.done.release()
        if not self.free:
            self.go.acquire(timeout=60)
        return 0.0

    def wait(self):
        assert self.done.acquire(timeout=60), "The copy makes no batch."

    def next(self):
        """Let one batch be copied."""
        self.go.release()
        self.wait()

    def end(self):
        self.free = True
        self.go.release()


@pytest.fixture
def split(transactional_db):
    yield Split()
    Split().migrate("0004")
