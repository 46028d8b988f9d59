"""
Debian's Chromium, driven by Playwright. Whatever a page does that it must not is collected while a test walks, and
fails it at the end: a violation of the Content Security Policy, an error in the console, a dialog, a request to
elsewhere.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, expect

from tests.proof import figures

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}

PATIENCE_MS = 60_000  # on a machine that has others to serve as well
expect.set_options(timeout=PATIENCE_MS)

WATCH = """
    addEventListener("securitypolicyviolation", (event) =>
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({type: "layout-shift", buffered: true});
"""


@dataclass
class Watched:
    """
    A context of the browser and what went wrong in it. origin: of the service, such as http://127.0.0.1:8000.
    opened: addresses of pages. has_policy: whether the Content Security Policy was in force.
    """

    context: BrowserContext
    origin: str
    has_policy: bool
    wrong: list[str] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    requests: int = 0

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", self._asked_back)
        page.on("request", self._asked)
        return page

    def _said(self, kind: str, text: str) -> None:
        # Chromium itself reports answers of 4xx as errors, which tests ask for on purpose.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.wrong.append(f"console: {text}")

    def _asked_back(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        self.requests += 1
        if request.is_navigation_request():
            self.opened.add(request.url.removeprefix(self.origin))
        if not request.url.startswith((self.origin, "data:")):
            self.wrong.append(f"request to {request.url}")


_walks: list[Watched] = []


@contextmanager
def counted(what: str) -> Iterator[None]:
    """Tells what all walks of the block have seen together. what: they walked through."""
    before = len(_walks)
    yield
    walks = _walks[before:]
    strict = [walk for walk in walks if walk.has_policy]
    for name, counted_walks, marks in (
        ("violations of the policy", strict, ("CSP: ", "Content Security Policy")),
        ("requests to elsewhere", walks, ("request to ",)),
        ("dialogs", walks, ("dialog: ",)),
    ):
        found = sum(any(mark in each for mark in marks) for walk in counted_walks for each in walk.wrong)
        addresses = len(set().union(*(walk.opened for walk in counted_walks)))
        requests = sum(walk.requests for walk in counted_walks)
        said = f"{name}, {what}: {addresses} addresses, {requests:,} requests"
        figures.tell("T16", said, found=str(found), wanted="0", met=not found)


@contextmanager
def watched(browser: Browser, origin: str, **options: Any) -> Iterator[Watched]:
    """A context of its own, cookies and cache included, until the end of the block; nothing must have gone wrong."""
    context = browser.new_context(**{"base_url": origin, "viewport": DESKTOP, **options})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(WATCH)
    one = Watched(context, origin, has_policy=not options.get("bypass_csp"))
    _walks.append(one)
    try:
        yield one
        assert one.wrong == []
    finally:
        context.close()


def sign_in(page: Page, email: str, password: str, *, at: str = "/sign-in") -> None:
    page.goto(at)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
