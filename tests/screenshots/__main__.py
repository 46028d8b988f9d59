"""
`python -m tests.screenshots` makes the pictures of the README anew. `--all FOLDER` puts every page there, light and
dark, on a desktop and on a phone, for whoever wants to look at them.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import django

from tests import environment  # noqa: F401 (the environment of the tests: it comes first)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from playwright.sync_api import Browser, sync_playwright

from tests.acceptance import pages
from tests.acceptance.browser import CHROMIUM, DESKTOP, PHONE, QUIET, sign_in, watched
from tests.acceptance.place import Place, filled
from tests.acceptance.seed import ADMINISTRATOR
from tests.factories import PASSWORD

HERE = Path(__file__).parent
OF_THE_README = {"home": "light", "account-tasks": "light", "account-task": "dark", "account-task-edit": "light"}


def take(browser: Browser, place: Place, folder: Path, chosen: dict[str, list[str]], sizes: dict[str, Any]) -> None:
    for scheme in ("light", "dark"):
        for size, viewport in sizes.items():
            with watched(browser, place.origin, color_scheme=scheme, viewport=viewport) as one:
                page = one.page()
                sign_in(page, ADMINISTRATOR, PASSWORD)
                for name in (name for name, schemes in chosen.items() if scheme in schemes):
                    page.goto(place.address(name))
                    page.wait_for_load_state("networkidle")
                    file = folder / "-".join([name.replace(", ", "-"), *([scheme, size] if len(sizes) > 1 else [])])
                    page.screenshot(path=f"{file}.png", full_page=len(sizes) > 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    folder = parser.parse_args().all
    with (
        tempfile.TemporaryDirectory() as data,
        filled("lively", Path(data)) as place,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            every = {name: ["light", "dark"] for name in pages.OF_MEMBERS | pages.MORE}
            take(browser, place, folder, every, {"desktop": DESKTOP, "phone": PHONE})
        else:
            take(browser, place, HERE, {name: [scheme] for name, scheme in OF_THE_README.items()}, {"": DESKTOP})


if __name__ == "__main__":
    main()
