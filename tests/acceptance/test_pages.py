"""Every page in a real browser: accessible, light to load, whole on a phone, reached by the keyboard alone."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, get_resolver
from playwright.sync_api import Browser, Page, Request, Response

from tests.acceptance import pages
from tests.acceptance.browser import PHONE, WATCH, counted, sign_in, watched
from tests.acceptance.place import Place, filled
from tests.acceptance.seed import ADMINISTRATOR
from tests.factories import PASSWORD

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

MOST_BYTES, MOST_REQUESTS = 100 * 1024, 3
EVERY = sorted(pages.OF_ANYBODY | pages.OF_MEMBERS | pages.MORE)
MEMBERS = pages.OF_MEMBERS | pages.MORE
FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    with counted("pages of an account"):
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with filled("lively", tmp_path_factory.mktemp("lively")) as place:
        yield place


@pytest.fixture(scope="module")
def state(place: Place, chromium: Browser) -> Any:
    """The cookies of an administrator who has signed in."""
    with watched(chromium, place.origin) as browser:
        sign_in(browser.page(), ADMINISTRATOR, PASSWORD)
        return browser.context.storage_state()


def opened(page: Page, address: str) -> Response:
    response = page.goto(address)
    assert response is not None
    assert response.status == 200
    return response


def test_every_page_that_can_be_opened_is_in_the_table() -> None:
    """A page whose name is not there is not looked at by any test of this file."""
    known = {name.partition(",")[0] for name in EVERY} | pages.NOT_OPENED

    assert named_pages(get_resolver()) == known


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(place: Place, state: Any, chromium: Browser, scheme: Any) -> None:
    problems = []
    with watched(chromium, place.origin, storage_state=state, color_scheme=scheme, bypass_csp=True) as browser:
        page = browser.page()
        for name in EVERY:
            opened(page, place.address(name))
            found = Axe().run(page).response["violations"]
            problems += [(name, one["id"], [node["html"][:150] for node in one["nodes"]][:3]) for one in found]

    assert problems == []


def test_pages_are_whole_on_a_phone(place: Place, state: Any, chromium: Browser) -> None:
    too_wide = []
    with watched(chromium, place.origin, storage_state=state, viewport=PHONE) as browser:
        page = browser.page()
        for name in EVERY:
            opened(page, place.address(name))
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                too_wide.append((name, width))

    assert too_wide == []


def test_pages_are_light_and_do_not_jump(place: Place, state: Any, chromium: Browser) -> None:
    heavy = []
    for name in EVERY:
        with watched(chromium, place.origin, storage_state=state if name in MEMBERS else None) as browser:
            page = browser.page()
            with _requests(page) as requests:
                opened(page, place.address(name))
                page.wait_for_load_state("networkidle")
            sizes = [_bytes_of(request) for request in requests]
            shifted = page.evaluate("window.shifted")
        if sum(sizes) > MOST_BYTES or len(sizes) > MOST_REQUESTS or shifted > 0:
            heavy.append((name, sum(sizes), len(sizes), shifted))

    assert heavy == []


def test_nothing_moves_while_the_rows_of_a_page_arrive(place: Place, state: Any, chromium: Browser) -> None:
    with watched(chromium, place.origin, storage_state=state) as browser:
        whole = browser.page().request.get(place.address("clients")).text()
    head, rows = whole.replace("/static/", f"{place.origin}/static/").split("<tbody>")

    with _in_parts(f"{head}<tbody>", rows) as origin, chromium.new_page() as page:
        page.add_init_script(WATCH)
        opened(page, origin)

        assert page.evaluate("performance.getEntriesByType('paint').length") > 0
        assert page.evaluate("window.shifted") == 0


@contextmanager
def _in_parts(*parts: str) -> Iterator[str]:
    """The origin of a server whose only page comes in parts, half a second apart."""

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            for part in parts:
                self.wfile.write(part.encode())
                time.sleep(0.5)

        def log_message(self, *arguments: object) -> None:
            """Not in the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_keyboard_alone_reaches_everything(place: Place, state: Any, chromium: Browser) -> None:
    unreached = []
    with watched(chromium, place.origin, storage_state=state) as browser:
        page = browser.page()
        for name in EVERY:
            opened(page, place.address(name))
            missed, unmarked = _walk(page)
            if missed or unmarked:
                unreached.append((name, missed, unmarked))

    assert unreached == []


def _walk(page: Page) -> tuple[list[str], list[str]]:
    """What the tabulator key does not reach; and where it can't be seen that it has."""
    wanted = page.evaluate(
        """(selector) => {
            const shown = [...document.querySelectorAll(selector)].filter((element) =>
                element.checkVisibility({visibilityProperty: true}) && !element.disabled && element.tabIndex >= 0);
            // Of radio buttons with one name the keyboard reaches one, and the arrows the others.
            const reached = shown.filter((element) => element.type !== "radio" || element.checked
                || !document.querySelector(`input[type=radio][name="${element.name}"]:checked`));
            reached.forEach((element, number) => element.dataset.number = number);
            // What a part brings that updates itself meanwhile would not be what was counted.
            addEventListener("htmx:beforeRequest", (event) => event.preventDefault());
            window.reached = new Set();
            window.unmarked = [];
            addEventListener("focusin", (event) => {
                window.reached.add(event.target.dataset.number);
                const style = getComputedStyle(event.target);
                if (style.outlineStyle === "none" && style.boxShadow === "none")
                    window.unmarked.push(event.target.outerHTML.slice(0, 100));
            });
            return reached.length;
        }""",
        FOCUSABLE,
    )
    for _ in range(wanted * 4 + 10):  # a date has a part for each of its figures
        page.keyboard.press("Tab")
        if page.evaluate("window.reached.size") >= wanted:
            break
    missed: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("[data-number]")]
            .filter((element) => !window.reached.has(element.dataset.number))
            .map((element) => element.outerHTML.slice(0, 150))"""
    )
    unmarked: list[str] = page.evaluate("window.unmarked")
    return missed, unmarked


@contextmanager
def _requests(page: Page) -> Iterator[list[Request]]:
    requests: list[Request] = []

    def add(request: Request) -> None:
        if "hx-request" not in request.headers:  # a part that updates itself later
            requests.append(request)

    page.on("requestfinished", add)
    yield requests
    page.remove_listener("requestfinished", add)


def _bytes_of(request: Request) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"]) + int(sizes["responseHeadersSize"])


def named_pages(resolver: Any) -> set[str]:
    """The names of all addresses of the pages, whatever their method."""
    names = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name:
                names.add(entry.name)
        elif entry.namespace is None:
            names |= named_pages(entry)
    return names
