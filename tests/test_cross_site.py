"""Another site can make a browser send forms: every address that takes one refuses it without the page's own token."""

from typing import Any

import pytest
from django.conf import settings
from django.middleware.csrf import get_token
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import get_resolver

from tests import factories
from tests.factories import Party
from tests.proof import figures
from tests.test_every_url import address_of, patterns

# Calls of the API come with credentials of their own, which no browser adds; it takes no session.
WITHOUT_COOKIES = ("token", "oauth/token", "^api")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
IDS = {"<path:object_id>": "1", "<path:content_type_id>": "1", "<id>": "1", "(?P<url>.*)$": "x"}


def addresses() -> list[str]:
    found = set()
    for pattern in patterns(get_resolver()):
        if not pattern.startswith(WITHOUT_COOKIES):
            for part, word in IDS.items():
                pattern = pattern.replace(part, word)
            apps = "(?P<app_label>clients_app|axes|tasks_app|django_tasks_database)/$"
            found.add(address_of(pattern.replace(f"^{apps}", "tasks_app/")))
    return sorted(found)


def status(browser: Browser, method: str, address: str, **sent: Any) -> Any:
    return browser.generic(method, address, content_type="application/x-www-form-urlencoded", **sent).status_code


@pytest.mark.parametrize("person", ["administrator", "operator"])
def test_no_form_of_another_site_gets_through(account: Party, person: str) -> None:
    user = account.administrator if person == "administrator" else factories.user(account=None)
    browser = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(user)
    foreign = get_token(RequestFactory().get("/"))
    answered = []

    for address in addresses():
        for method in UNSAFE:
            browser.cookies.pop(settings.CSRF_COOKIE_NAME, None)
            answered.append((method, address, "no token", status(browser, method, address)))
            browser.cookies[settings.CSRF_COOKIE_NAME] = get_token(RequestFactory().get("/"))
            wrong = status(browser, method, address, data=f"csrfmiddlewaretoken={foreign}")
            answered.append((method, address, "a foreign token", wrong))
            answered.append(
                (method, address, "as a header", status(browser, method, address, HTTP_X_CSRFTOKEN=foreign))
            )

    through = [each for each in answered if each[-1] != 403]
    what = f"forms of another site, as {person}: {len(addresses())} addresses x {len(UNSAFE)} methods x 3"
    figures.tell("T16", what, found=f"{len(answered) - len(through)} of {len(answered)} refused with 403", wanted="all",
                 met=not through)  # fmt: skip
    assert through == []


def test_the_page_s_own_token_gets_through(account: Party) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(account.administrator)
    browser.get("/clients/new")
    own = browser.cookies[settings.CSRF_COOKIE_NAME].value

    assert status(browser, "POST", "/sign-out", HTTP_X_CSRFTOKEN=own) == 302


@pytest.mark.parametrize("method", UNSAFE)
def test_a_session_is_nothing_to_the_api(account: Party, method: str) -> None:
    browser = Browser()
    browser.force_login(account.administrator)

    assert status(browser, method, "/api/v2/admin/tasks/account") == 401
