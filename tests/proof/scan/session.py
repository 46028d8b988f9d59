"""Somebody who has signed in: at the pages by a cookie, at the API by a token."""

from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from tests.acceptance.place import Place
from tests.acceptance.seed import ADMINISTRATOR
from tests.acceptance.service import PASSWORD, PATIENCE_S


@dataclass(frozen=True)
class Session:
    """Of the account's administrator: a cookie for the pages, a token for the API."""

    origin: str
    cookie: str
    token: str


def sign_in(place: Place) -> Session:
    made = place.service.json_of("create_client", "--email", ADMINISTRATOR, "--name", "Scanner")
    form = _call(place, "GET", "/sign-in")
    cookies = _cookies(form)
    fields = {"username": ADMINISTRATOR, "password": PASSWORD, "csrfmiddlewaretoken": cookies["csrftoken"]}
    headers = {"Cookie": _joined(cookies), "Content-Type": "application/x-www-form-urlencoded"}
    cookies |= _cookies(_call(place, "POST", "/sign-in", urlencode(fields), headers))
    assert "sessionid" in cookies
    return Session(place.origin, _joined(cookies), place.service.token(made))


def _call(place: Place, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> list[str]:
    """The cookies that are set."""
    connection = HTTPConnection("127.0.0.1", place.service.port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.read()
        return response.headers.get_all("Set-Cookie") or []
    finally:
        connection.close()


def _cookies(set_cookies: list[str]) -> dict[str, str]:
    pairs = (each.partition(";")[0].partition("=") for each in set_cookies)
    return {name: value for name, _, value in pairs}


def _joined(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def is_signed_in(session: Session) -> bool:
    connection = HTTPConnection(urlsplit(session.origin).netloc, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/tasks", headers={"Cookie": session.cookie})
        return connection.getresponse().status == 200
    finally:
        connection.close()
