"""Naughty strings in every field, on every page, in a real browser: no script runs, and no page breaks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import naughty
from tests.acceptance import pages
from tests.acceptance.browser import counted, sign_in, watched
from tests.acceptance.place import Place, filled
from tests.acceptance.seed import ADMINISTRATOR, OPERATOR
from tests.factories import PASSWORD

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

# What no text may have made: the page's own scripts are those of its head, and none of them is inline.
BROKEN = """() => [
    ...[...document.querySelectorAll("script:not([src]):not([type='application/json'])")].map(() => "an inline script"),
    ...[...document.querySelectorAll("body img, body iframe, body object, body embed")]
        .filter((element) => !element.closest("svg") && !element.src.startsWith(location.origin + "/static/"))
        .map((element) => element.outerHTML.slice(0, 100)),
    ...[...document.querySelectorAll("*")].flatMap((element) => [...element.attributes])
        .filter((attribute) => attribute.name.startsWith("on")).map((attribute) => attribute.name),
    ...(document.querySelectorAll("main").length === 1 ? [] : ["not one main part"]),
]"""


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    with counted(f"{len(naughty.strings())} naughty strings in each text of an account"):
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with filled("naughty", tmp_path_factory.mktemp("naughty")) as place:
        yield place


def test_no_text_breaks_a_page(place: Place, chromium: Browser) -> None:
    broken = []
    with watched(chromium, place.origin) as browser:
        page = browser.page()
        sign_in(page, ADMINISTRATOR, PASSWORD)
        for name in sorted(pages.OF_MEMBERS | pages.MORE):
            address: str | None = place.address(name)
            while address:  # a list is gone through to its end
                response = page.goto(address)
                assert response is not None
                if response.status != 200 or page.evaluate(BROKEN):
                    broken.append((address, response.status, page.evaluate(BROKEN)))
                following = page.locator("a[rel=next]")
                address = following.first.get_attribute("href") if following.count() else None
                address = page.evaluate("(href) => new URL(href, location).href", address) if address else None

    assert broken == []


def test_no_text_breaks_the_admin_site(place: Place, chromium: Browser) -> None:
    broken = []
    with watched(chromium, place.origin) as browser:
        page = browser.page()
        page.goto("/admin/login/")
        page.get_by_label("E-mail").fill(OPERATOR)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        for model in ("accounttask", "task", "taskrun", "notification"):
            address: str | None = f"/admin/tasks_app/{model}/"
            while address:
                response = page.goto(address)
                assert response is not None
                if response.status != 200 or page.evaluate(BROKEN):
                    broken.append((address, response.status, page.evaluate(BROKEN)))
                following = page.locator(".paginator a", has_text="2")
                is_first = "?" not in address
                address = following.first.get_attribute("href") if is_first and following.count() else None
                address = page.evaluate("(href) => new URL(href, location).href", address) if address else None

    assert broken == []
