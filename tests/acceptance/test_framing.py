"""A page of another site that frames ours, so that clicks on it are clicks on ours, shows nothing of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.acceptance import pages
from tests.acceptance.browser import sign_in
from tests.acceptance.place import filled
from tests.acceptance.seed import ADMINISTRATOR
from tests.factories import PASSWORD
from tests.proof import figures

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]


@contextmanager
def other_site() -> Iterator[str]:
    """Its origin. /?of=ADDRESS frames a page; what it has beside that may be framed."""

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            [framed] = parse_qs(urlsplit(self.path).query).get("of", [""])
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<main>Other</main>{f'<iframe src={framed!r}></iframe>' if framed else ''}".encode())

        def log_message(self, *arguments: object) -> None:
            """Not in the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def is_shown(page: Page, site: str, address: str) -> bool:
    """Whether the other site's frame has a page in it; Chromium puts one of its own, of an error, in a refused one."""
    page.goto(f"{site}/?of={address.replace('&', '%26')}")
    [frame] = page.main_frame.child_frames
    return not frame.url.startswith("chrome-error:") and frame.locator("main").count() > 0


def test_no_page_is_shown_in_the_frame_of_another_site(chromium: Browser, tmp_path: Path) -> None:
    with filled("lively", tmp_path) as place, other_site() as site, chromium.new_context() as context:
        page = context.new_page()
        sign_in(page, ADMINISTRATOR, PASSWORD, at=f"{place.origin}/sign-in")
        names = sorted(pages.OF_ANYBODY | pages.OF_MEMBERS | pages.MORE)
        addresses = [*(f"{place.origin}{place.address(name)}" for name in names), f"{place.origin}/admin/login/"]

        control = is_shown(page, site, f"{site}/")
        shown = [address for address in addresses if is_shown(page, site, address)]

    found = f"{len(shown)} shown, of the other site's own {int(control)}"
    what = f"pages in the frame of another site: {len(addresses)}"
    figures.tell("T16", what, found=found, wanted="0, and 1", met=control and not shown)
    assert control
    assert shown == []
