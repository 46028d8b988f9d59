"""The admin site and Swagger UI in a real browser: nothing on them breaks the Content Security Policy."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.browser import counted, watched
from tests.acceptance.place import Place, filled
from tests.acceptance.seed import OPERATOR
from tests.factories import PASSWORD

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

# Select2, which Django brings for boxes that complete what is typed, gives its inner box no name.
NOT_OURS = {"exclude": [[".select2-container"]]}
LIST = re.compile(r"/admin/[a-z_]+/[a-z]+/$")


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    with counted("admin site and Swagger UI"):
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with filled("lively", tmp_path_factory.mktemp("admin")) as place:
        yield place


@pytest.fixture(scope="module")
def state(place: Place, chromium: Browser) -> Any:
    """The cookies of an operator who has signed in."""
    with watched(chromium, place.origin) as browser:
        page = browser.page()
        page.goto("/admin/")
        page.get_by_label("E-mail").fill(OPERATOR)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Site administration")
        return browser.context.storage_state()


def links(page: Page, selector: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(selector, "all => [...new Set(all.map(one => one.href))]")
    return found


def opened(page: Page, address: str, *, status: int = 200) -> None:
    response = page.goto(address)
    assert response is not None
    assert response.status == status, address
    assert "default-src 'none'" in response.headers["content-security-policy"], address


def test_no_page_of_the_admin_site_breaks_the_policy(place: Place, state: Any, chromium: Browser) -> None:
    changed = set()
    with watched(chromium, place.origin, storage_state=state) as browser:
        page = browser.page()
        opened(page, "/admin/")
        adds = links(page, "#content a.addlink")
        lists = [address for address in links(page, "#content a") if LIST.search(address)]
        for address in adds:
            opened(page, address)
        for address in lists:
            opened(page, address)
            for row in links(page, "#result_list tbody th a")[:1]:
                opened(page, row)
                opened(page, row.partition("?")[0].replace("/change/", "/history/"))
                opened(page, row.partition("?")[0].replace("/change/", "/delete/"), status=403)
                changed.add(address)
            opened(page, f"{address}?q=a")
        opened(page, "/admin/password_change/")
        opened(page, "/admin/nothing/", status=404)

    assert len(lists) >= 11
    assert len(adds) == 5
    assert len(changed) >= 9


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_admin_site_is_accessible(place: Place, state: Any, chromium: Browser, scheme: Any) -> None:
    problems = []
    with watched(chromium, place.origin, storage_state=state, color_scheme=scheme, bypass_csp=True) as browser:
        page = browser.page()
        opened(page, "/admin/")
        lists = [address for address in links(page, "#content a") if LIST.search(address)]
        rows = []
        for address in lists:
            opened(page, address)
            rows += links(page, "#result_list tbody tr:first-child th a")
        adds = [f"/admin/{model}/add/" for model in ("tasks_app/accounttask", "tasks_app/task", "clients_app/user")]
        for address in ["/admin/", *lists, *rows, *adds, f"/admin/tasks_app/task/{place.ids['task']}/preview"]:
            opened(page, address)
            found = Axe().run(page, context=NOT_OURS).response["violations"]
            problems += [(address, one["id"], [node["html"][:150] for node in one["nodes"]][:3]) for one in found]

    assert problems == []


def test_filters_and_actions_of_the_lists_work(place: Place, state: Any, chromium: Browser) -> None:
    with watched(chromium, place.origin, storage_state=state) as browser:
        page = browser.page()
        opened(page, "/admin/tasks_app/taskrun/")
        for choice in links(page, "#changelist-filter a, .toplinks a, thead a")[:12]:
            opened(page, choice)
        opened(page, "/admin/tasks_app/taskrun/?state__exact=FAILED")
        page.locator("#action-toggle").check()
        expect(page.locator(".action-counter")).to_contain_text("selected")
        page.get_by_role("combobox").select_option("run_again")
        page.locator("#result_list tbody .action-select").nth(1).uncheck()
        page.locator("#toggle-nav-sidebar").click()
        page.locator(".theme-toggle").first.click()


def test_the_widgets_of_forms_open(place: Place, state: Any, chromium: Browser) -> None:
    with watched(chromium, place.origin, storage_state=state) as browser:
        page = browser.page()
        opened(page, "/admin/tasks_app/accounttask/add/")
        for number in range(page.locator(".select2-selection").count()):
            page.locator(".select2-selection").nth(number).click()
            page.locator(".select2-search__field").fill("e")
            page.locator(".select2-results__option--highlighted").click()
        for name in ("start_at", "finish_at"):
            page.locator(f".field-{name} .date-icon").click()
            page.locator(".calendar td a:visible").first.click()
            page.locator(f".field-{name} .clock-icon").click()
            page.locator(".clockbox a:visible").first.click()
        expect(page.locator("#id_start_at_0")).not_to_have_value("")
        page.locator("#id_parameters").fill("{")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".errornote")).to_be_visible()
        expect(page.locator("#select2-id_task-container")).not_to_have_text("")


def test_swagger_ui_works_under_the_policy(place: Place, chromium: Browser) -> None:
    with watched(chromium, place.origin) as browser:
        page = browser.page()
        opened(page, "/help/swagger")
        page.locator(".opblock-summary-control").first.click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".responses-wrapper .live-responses-table .response-col_status").last).to_contain_text(
            "401"
        )
        page.locator(".opblock-summary-control").nth(3).click()
        page.get_by_role("button", name="Authorize").first.click()
        expect(page.locator(".dialog-ux .modal-ux")).to_be_visible()


def test_pages_of_our_own_keep_to_the_policy(place: Place, state: Any, chromium: Browser) -> None:
    """The preview of a task, a question before an action, a secret that is shown once."""
    with watched(chromium, place.origin, storage_state=state) as browser:
        page = browser.page()
        opened(page, f"/admin/tasks_app/task/{place.ids['task']}/change/")
        page.get_by_role("button", name="Use the schema of the handler").click()
        expect(page.locator(".messagelist")).to_contain_text("Nothing is saved yet")
        page.get_by_role("link", name="Preview of the parameters").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Send invoices")

        opened(page, "/admin/tasks_app/accounttask/")
        page.locator("#result_list tbody .action-select").first.check()
        page.get_by_role("combobox").select_option("remove")
        page.get_by_role("button", name="Go").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Delete these account tasks?")
        page.get_by_role("link", name="No, take me back").click()
        expect(page).to_have_url(f"{place.origin}/admin/tasks_app/accounttask/")

        opened(page, "/admin/clients_app/client/add/")
        page.get_by_label("Name").fill("Made here")
        page.get_by_label("User").select_option(label="ann@acme.example")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#content code")).to_contain_text("acs_")


def test_an_operator_looks_at_an_account_and_leaves(place: Place, state: Any, chromium: Browser) -> None:
    with watched(chromium, place.origin, storage_state=state) as browser:
        page = browser.page()
        opened(page, f"/admin/clients_app/account/{place.ids['account']}/change/")
        page.get_by_role("button", name="Look at the account's pages").click()
        expect(page.locator(".banner")).to_contain_text("You look at Acme as an operator; nothing can be changed.")
        opened(page, place.address("account-task"))
        expect(page.locator(".banner")).to_be_visible()
        expect(page.get_by_role("button", name="Run now")).to_have_count(0)
        page.get_by_role("button", name="Leave").click()
        expect(page.locator("#belongings")).to_contain_text("Audit entries")
