"""What people come to do, walked in a real browser, with the whole service at work behind it."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.browser import PHONE, sign_in, watched
from tests.acceptance.conftest import empty_database
from tests.acceptance.service import PASSWORD, PATIENCE_S, Service, serving

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

NEW_PASSWORD = "another correct horse battery"
BROWSERS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "phone": {"viewport": PHONE, "has_touch": True},
    "without JavaScript": {"java_script_enabled": False},
}
_numbers = count(1)


@dataclass(frozen=True)
class Shop:
    """A service at work. letters: the folder of what it mails; hook: an address that answers with the status in it."""

    service: Service
    letters: Path
    hook: str

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    def new_account(self) -> str:
        """The e-mail of the administrator of a fresh account."""
        email = f"ann{next(_numbers)}@acme.example"
        self.service.json_of("create_account", "--name", "Acme", "--email", email, "--password", PASSWORD)
        return email

    def link_for(self, email: str) -> str:
        """The path of the newest link that was mailed there."""

        def found() -> list[str]:
            texts = [file.read_text() for file in sorted(self.letters.glob("*"), key=lambda file: file.stat().st_mtime)]
            mails = [mail for text in texts for mail in text.split("-" * 79) if f"To: {email}" in mail]
            return re.findall(rf"{self.origin}(/\S+)", mails[-1]) if mails else []

        until(lambda: bool(found()))
        return found()[-1]


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    letters = folder / "letters"
    more = {"EMAIL_URL": f"filemail:///{letters}", "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with empty_database("stories", folder) as url:
        Service(url, 0, more).command("collectstatic", "--no-input", "--verbosity", "0")
        with serving(url, **more) as service, service.running("run_dispatcher"), service.running("run_worker"):
            service.json_of("add_task", "--name", "Call a URL", "--handler", "http_request")
            yield Shop(service, letters, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def until(is_so: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.2)


def wait_for_state(page: Page, state: str, *, is_live: bool) -> None:
    """is_live: the page brings itself up to date; else it is loaded anew."""
    shown = page.locator("h1 .state", has_text=state)
    if is_live:
        expect(shown.first).to_be_visible(timeout=PATIENCE_S * 1000)
        return

    def is_shown() -> bool:
        page.reload()
        return shown.count() > 0

    until(is_shown)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


@pytest.mark.parametrize("kind", BROWSERS)
def test_from_the_first_sign_in_to_a_task_that_was_mended(shop: Shop, chromium: Browser, kind: str) -> None:
    email, is_live = shop.new_account(), kind != "without JavaScript"
    with watched(chromium, shop.origin, **BROWSERS[kind]) as browser:
        page = browser.page()
        page.goto("/")
        follow(page, "Sign in")
        sign_in(page, email, PASSWORD, at=page.url)
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

        follow(page, "Register a client")
        page.get_by_label("Name").fill("Billing")
        press(page, "Make the client")
        made = {"ID": page.locator("#id").inner_text(), "Secret": page.locator("#secret").inner_text()}
        assert shop.service.token(made)

        follow(page, "Register the first task")
        follow(page, "Call a URL")
        page.get_by_label("URL").fill(f"{shop.hook}/404")
        page.get_by_label("Method").select_option("POST")
        page.get_by_label("Notification").select_option("3")
        press(page, "Register")
        expect(page.locator(".messages")).to_contain_text("next run", ignore_case=True)

        press(page, "Run now")
        expect(page.locator(".messages")).to_contain_text("It is queued")
        wait_for_state(page, "Failed", is_live=is_live)
        page.goto("/")
        expect(page.locator("#attention")).to_contain_text("failed the last time")

        follow(page, "Inbox")
        expect(page.get_by_text("Unread", exact=True).last).to_be_visible()
        follow(page, "Call a URL failed")
        page.get_by_role("link", name=re.compile("run", re.IGNORECASE)).last.click()
        expect(page.get_by_text("Answered 404.").first).to_be_visible()

        page.goto("/tasks")
        page.get_by_role("link", name="Call a URL").first.click()
        follow(page, "Edit")
        page.get_by_label("URL").fill(f"{shop.hook}/200")
        press(page, "Save")
        press(page, "Run now")
        expect(page.locator(".messages")).to_contain_text("It is queued")
        wait_for_state(page, "Succeeded", is_live=is_live)

        press(page, "Pause")
        expect(page.locator("h1")).to_contain_text("Paused")
        page.goto("/")
        expect(page.locator("#attention")).to_contain_text("nothing needs your attention")
        press(page, "Sign out")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_user_is_invited_and_forgets_the_password(shop: Shop, chromium: Browser, kind: str) -> None:
    email = shop.new_account()
    guest = email.replace("ann", "rob")
    with watched(chromium, shop.origin, **BROWSERS[kind]) as browser:
        page = browser.page()
        sign_in(page, email, PASSWORD)
        page.goto("/settings/users")
        follow(page, "Invite")
        page.get_by_label("E-mail").fill(guest)
        page.get_by_label("Role").select_option("READER")
        press(page, "Send the invitation")
        expect(page.locator(".messages")).to_contain_text("on its way")
    invitation = shop.link_for(guest)
    with watched(chromium, shop.origin, **BROWSERS[kind]) as browser:
        page = browser.page()
        page.goto(invitation)
        choose_password(page, PASSWORD)
        sign_in(page, guest, PASSWORD)
        page.goto("/clients")
        assert page.get_by_role("link", name="New client").count() == 0
        press(page, "Sign out")

        page.goto("/sign-in")
        follow(page, "Forgot")
        page.get_by_label("E-mail").fill(guest)
        page.locator("main form button").click()
        until(lambda: shop.link_for(guest) != invitation)
        page.goto(shop.link_for(guest))
        choose_password(page, NEW_PASSWORD)
        sign_in(page, guest, NEW_PASSWORD)
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def choose_password(page: Page, password: str) -> None:
    for field in page.locator("input[type=password]").all():
        field.fill(password)
    page.locator("main form button").last.click()
    assert "/invitation/" not in page.url
    assert "/reset/" not in page.url


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_second_factor_is_asked_for_from_then_on(shop: Shop, chromium: Browser, kind: str) -> None:
    email = shop.new_account()
    with watched(chromium, shop.origin, **BROWSERS[kind]) as browser:
        page = browser.page()
        sign_in(page, email, PASSWORD)
        page.goto("/second-factor")
        press(page, "Set it up")
        key = page.locator("#key").inner_text().replace(" ", "")
        page.get_by_label("Code").fill(pyotp.TOTP(key).now())
        page.get_by_label("Password").fill(PASSWORD)
        press(page, "Switch it on")
        recovery = re.findall(r"\b[0-9a-z]{4,}(?:-[0-9a-z]{4,})+\b", page.locator("main").inner_text())
        assert len(recovery) == 10
        page.goto("/")
        press(page, "Sign out")

        sign_in(page, email, PASSWORD)
        page.goto("/tasks")
        assert "/sign-in" in page.url
        sign_in(page, email, PASSWORD)
        page.get_by_label("Code").fill(recovery[0])
        page.locator("main form button").first.click()
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


@pytest.mark.parametrize("kind", BROWSERS)
def test_tables_in_and_out_and_many_tasks_at_once(shop: Shop, chromium: Browser, kind: str, tmp_path: Path) -> None:
    email = shop.new_account()
    shop.service.json_of("create_client", "--email", email, "--name", "Billing")
    table = ["Task,Frequency,Parameters,ContentType,Client"]
    table += [f'Call a URL,DAILY,"{{""Url"": ""{shop.hook}/20{n}""}}",application/json,Billing' for n in range(3)]
    file = tmp_path / "tasks.csv"
    file.write_text("\n".join([*table, "Nothing,DAILY,{},application/json,Billing"]))
    with watched(chromium, shop.origin, **BROWSERS[kind]) as browser:
        page = browser.page()
        sign_in(page, email, PASSWORD)
        page.goto("/tasks/import")
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form button").first.click()
        expect(page.locator("main")).to_contain_text("Task must be")
        page.goto("/tasks")
        expect(page.locator("main")).to_contain_text("No task is registered yet.")

        file.write_text("\n".join(table))
        page.goto("/tasks/import")
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form button").first.click()
        page.get_by_role("button", name=re.compile("^Import")).first.click()
        page.goto("/tasks")
        assert page.locator("#tasks tbody tr").count() == 3

        page.locator("#bulk input[name=all]").check()
        press(page, "Pause")
        press(page, "Pause 3 tasks")
        expect(page.locator("main")).to_contain_text("3 of 3 done")
        page.get_by_role("button", name=re.compile("^Undo")).click()
        expect(page.locator("main")).to_contain_text("3 of 3 done")
        page.goto("/tasks?is_enabled=true")
        assert page.locator("#tasks tbody tr").count() == 3

        with page.expect_download() as download:
            page.get_by_role("link", name="Export as CSV").click()
        assert len(download.value.path().read_text("utf-8-sig").splitlines()) == 4
