"""The service behind a proxy that speaks TLS with browsers."""

import http.client
from dataclasses import dataclass
from email.message import Message
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.acceptance.conftest import empty_database
from tests.acceptance.seed import ADMINISTRATOR
from tests.acceptance.service import PATIENCE_S, Service, serving
from tests.factories import PASSWORD
from tests.proof import figures

pytestmark = pytest.mark.acceptance

OF_PROXY = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    text: str

    @property
    def cookies(self) -> "SimpleCookie":
        return SimpleCookie("\r\n".join(self.headers.get_all("Set-Cookie", [])))


def answered(service: Service, method: str, path: str, body: str = "", **headers: str) -> Answer:
    """As the proxy asks for a browser."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, OF_PROXY | headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


def sent(service: Service, path: str, cookies: dict[str, str], **form: str) -> Answer:
    """A form of a page, as a browser sends it that has these cookies."""
    return answered(
        service,
        "POST",
        path,
        urlencode(form | {"csrfmiddlewaretoken": cookies["__Host-csrftoken"]}),
        **{
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Referer": "https://localhost/",
        },
    )


def is_for_this_host_alone(cookie: "Morsel[str]") -> bool:
    flags = (cookie["secure"], cookie["httponly"], cookie["samesite"])
    return all(flags) and (cookie["path"], cookie["domain"]) == ("/", "")


def test_cookies_belong_to_this_host_alone(tmp_path: Path) -> None:
    more = {"HTTPS": "true", "TRUSTED_PROXY_COUNT": "1"}
    with empty_database("https", tmp_path) as url, serving(url, **more) as service:
        service.command("create_account", "--name", "Acme", "--email", ADMINISTRATOR, "--password", PASSWORD)
        form = answered(service, "GET", "/sign-in")
        known = {name: one.value for name, one in form.cookies.items()}
        signed_in = sent(service, "/sign-in", known, username=ADMINISTRATOR, password=PASSWORD)
        known |= {name: one.value for name, one in signed_in.cookies.items()}
        invited = sent(service, "/settings/users/invite", known, email="bob@acme.example", role="READER")
        insecure = answered(service, "GET", "/sign-in", **{"X-Forwarded-Proto": "http"})

    cookies = [one for answer in (form, signed_in, invited) for one in answer.cookies.values()]
    good = [one for one in cookies if one.key.startswith("__Host-") and is_for_this_host_alone(one)]
    what = "cookies with __Host-, Secure, HttpOnly, SameSite, and Path=/ without a domain"
    figures.tell("T16", what, found=f"{len(good)} of {len(cookies)}", wanted="all", met=good == cookies)
    assert (signed_in.status, signed_in.headers["Location"]) == (302, "/")
    assert invited.status == 302
    assert {one.key for one in cookies} == {"__Host-csrftoken", "__Host-sessionid", "__Host-messages"}
    assert good == cookies
    assert (insecure.status, insecure.headers["Location"]) == (301, "https://localhost/sign-in")
    assert "max-age=31536000" in signed_in.headers["Strict-Transport-Security"]


def test_django_has_nothing_to_say_about_the_deployment(tmp_path: Path) -> None:
    service = Service(f"sqlite:///{tmp_path}/db.sqlite3", 0, {"HTTPS": "true"})

    done = service.command("check", "--deploy", "--fail-level", "WARNING").strip()

    is_clean = done == "System check identified no issues (0 silenced)."
    figures.tell("T16", "check --deploy", found=done, wanted="no issues, 0 silenced", met=is_clean)
    assert is_clean
