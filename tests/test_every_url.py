"""Every address of the project has a row here: who gets in without credentials, and who does not."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import Party

# What nobody gets: 200 for what is open, 302 to the sign-in page, 401 from the API, 404 and 405 for the rest.
NOBODY = {
    "": 200,
    "healthz": 200,
    "readyz": 503,
    "token": 405,
    "oauth/token": 405,
    "^api(?:/|$)": 404,
    "api/schema": 200,
    "help": 200,
    "help/swagger": 200,
    "help/changes": 200,
    "help/errors": 200,
    "help/token": 200,
    "help/types/<str:name>": 200,
    "help/<slug:slug>": 200,
    "sign-in": 200,
    "sign-in/code": 302,
    "sign-out": 405,
    "second-factor": 302,
    "second-factor/begin": 302,
    "second-factor/confirm": 302,
    "second-factor/remove": 302,
    "profile": 302,
    "sessions": 302,
    "password": 302,
    "leave": 405,
    "password/reset": 200,
    "password/reset/<uuid:id>/<str:token>": 410,
    "invitation/<uuid:id>/<str:token>": 410,
}
OPEN = [pattern for pattern, status in NOBODY.items() if status in (200, 503) and "sign-in" not in pattern]
OF_THE_PAGES = (
    "settings/users",
    "settings/users/invite",
    "settings/users/<uuid:id>",
    "settings/users/<uuid:id>/invite",
    "settings/users/<uuid:id>/role",
    "settings/users/<uuid:id>/sign-out",
    "settings/users/<uuid:id>/switch-off",
    "settings/users/<uuid:id>/switch-on",
    "tasks",
    "tasks/new",
    "tasks/export.csv",
    "tasks/import",
    "tasks/import/template.csv",
    "tasks/bulk",
    "tasks/bulk/new",
    "tasks/bulk/<uuid:id>",
    "tasks/bulk/<uuid:id>/stop",
    "tasks/bulk/<uuid:id>/undo",
    "tasks/<uuid:id>",
    "tasks/<uuid:id>/edit",
    "tasks/<uuid:id>/duplicate",
    "tasks/<uuid:id>/run",
    "tasks/<uuid:id>/pause",
    "tasks/<uuid:id>/resume",
    "tasks/<uuid:id>/delete",
    "tasks/<uuid:id>/deleted",
    "tasks/<uuid:id>/restore",
    "runs/<uuid:id>",
    "runs/<uuid:id>/cancel",
    "runs/<uuid:id>/again",
    "inbox",
    "inbox/read",
    "inbox/unread",
    "inbox/<uuid:id>",
    "settings",
    "settings/preview",
    "settings/signing-secret/rotate",
    "settings/signing-secret/retire",
    "clients",
    "clients/new",
    "clients/<uuid:id>",
    "clients/<uuid:id>/rotate",
    "clients/<uuid:id>/revoke",
)
NOBODY |= dict.fromkeys(OF_THE_PAGES, 302)
API = "^api/v[12]/admin/"
OF_THE_API = (
    "tasks",
    "tasks/<guid:id>",
    "tasks/account",
    "tasks/account/batch",
    "tasks/account/run",
    "tasks/account/schedule",
    "tasks/account/<guid:id>",
    "tasks/account/<guid:id>/restore",
    "tasks/account/<guid:id>/enable",
    "tasks/account/<guid:id>/disable",
    "tasks/account/<guid:id>/schedule",
    "tasks/account/<guid:id>/runs",
    "tasks/account/<guid:id>/runs/<guid:run>",
    "tasks/account/<guid:id>/runs/<guid:run>/retry",
    "tasks/account/<guid:id>/runs/<guid:run>/cancel",
    "clients",
    "clients/<guid:id>",
    "clients/<guid:id>/rotate",
)
NOBODY |= {f"{API}{path}": 401 for path in OF_THE_API}
ADDRESSES = {
    "^api(?:/|$)": "api/",
    "^api/v[12]/": "api/v2/",
    "<guid:id>": str(UUID(int=7)),
    "<uuid:id>": str(UUID(int=7)),
    "<guid:run>": str(UUID(int=8)),
    "<str:name>": "Frequency",
    "<str:token>": "abc-123",
    "<slug:slug>": "get-api-v2-admin-clients",
}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        elif isinstance(entry, URLPattern):
            yield path


def address_of(pattern: str) -> str:
    for part, address in ADDRESSES.items():
        pattern = pattern.replace(part, address)
    return f"/{pattern}"


def own_patterns() -> list[str]:
    return [pattern for pattern in patterns(get_resolver()) if not pattern.startswith("admin/")]


def test_every_address_has_a_row() -> None:
    assert sorted(own_patterns()) == sorted(NOBODY)


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", NOBODY)
def test_what_nobody_gets(pattern: str) -> None:
    assert Client().get(address_of(pattern)).status_code == NOBODY[pattern]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "PROPFIND"])
def test_what_only_shows_something_takes_no_other_method(method: str, account: Party) -> None:
    browser: Any = Client()
    browser.force_login(account.administrator)

    answers = {path: browser.generic(method, path).status_code for path in ("/", *map(address_of, OPEN))}

    assert answers == dict.fromkeys(answers, 405)


@pytest.mark.django_db
def test_every_text_names_its_charset() -> None:
    answers = [Client().get(path) for path in ("/nothing", *map(address_of, NOBODY))]

    types = {answer["Content-Type"] for answer in answers if answer.content}
    assert {each for each in types if "charset=utf-8" not in each} <= {"application/json"}


@pytest.mark.django_db
def test_nobody_gets_into_the_admin_site() -> None:
    for pattern in patterns(get_resolver()):
        if not pattern.startswith("admin/") or "<" in pattern or "(?P" in pattern:
            continue
        response: Any = Client().get(f"/{pattern}")
        if pattern in ("admin/login/", "admin/logout/", "admin/jsi18n/"):
            continue
        assert response.status_code == 302, pattern
        assert response["Location"].startswith("/admin/login/"), pattern


def test_the_admin_site_is_closed_to_accounts(account: Party) -> None:
    browser = Client()
    browser.force_login(account.administrator)

    response: Any = browser.get("/admin/")

    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/admin/")
