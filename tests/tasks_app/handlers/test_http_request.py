"""http_request: what is sent, and what each answer means."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from standardwebhooks.webhooks import Webhook

from clients_app import accounts, secrets
from tasks_app import handlers, outbound, parameters
from tasks_app.enumerations import ContentType
from tasks_app.handlers.http_request import SCHEMA
from tasks_app.handlers.registry import Refused, TryAgain
from tasks_app.models import AccountTask
from tasks_app.outbound import Answer
from tests import factories
from tests.factories import TESTS
from tests.tasks_app.handlers.conftest import Run

URL = "https://example.org/hook"


class Outside:
    """What the other side answers, and what it was sent."""

    def __init__(self) -> None:
        self.answer: Answer | Exception = Answer(200, {}, b"")
        self.sent: list[dict[str, Any]] = []

    def send(self, method: str, url: str, **rest: Any) -> Answer:
        self.sent.append({"method": method, "url": url} | rest)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    outside = Outside()
    monkeypatch.setattr(outbound, "send", outside.send)
    return outside


def test_a_call_succeeds_and_what_was_answered_is_kept(perform: Run, outside: Outside) -> None:
    outside.answer = Answer(204, {}, b"thanks")

    summary, work = perform("http_request", Url=URL, Method="PUT", Headers={"X-A": "b"}, Body="é")

    [sent] = outside.sent
    assert summary == "Answered 204."
    assert work.lines == ["PUT answered 204, 6 bytes", "thanks"]
    assert (sent["method"], sent["url"], sent["body"]) == ("PUT", URL, "é".encode())
    assert sent["headers"]["X-A"] == "b"


@pytest.mark.parametrize(("body", "method"), [({}, "GET"), ({"Body": "x"}, "POST")])
def test_the_method_follows_the_body(perform: Run, outside: Outside, body: dict[str, str], method: str) -> None:
    perform("http_request", Url=URL, **body)

    assert outside.sent[0]["method"] == method


def test_the_call_is_signed_in_the_manner_of_standard_webhooks(
    perform: Run, outside: Outside, account_task: AccountTask
) -> None:
    _, work = perform("http_request", Url=URL, Body='{"a": "é"}')

    headers = outside.sent[0]["headers"]
    secret = secrets.decrypt(account_task.account.signing_secret)
    assert headers["webhook-id"] == str(work.run_id)
    assert Webhook(secret).verify('{"a": "é"}', headers) == {"a": "é"}


def test_two_secrets_sign_while_the_account_changes_over(
    perform: Run, outside: Outside, account_task: AccountTask
) -> None:
    old = secrets.decrypt(account_task.account.signing_secret)
    new = accounts.rotate_signing_secret(account_task.account, by=TESTS)
    account_task.account.refresh_from_db()

    perform("http_request", Url=URL, Body="{}")
    both = outside.sent[0]["headers"]
    accounts.retire_signing_secret(account_task.account, by=TESTS)
    account_task.account.refresh_from_db()
    perform("http_request", Url=URL, Body="{}")
    one = outside.sent[1]["headers"]

    assert Webhook(old).verify("{}", both) == Webhook(new).verify("{}", both) == {}
    assert Webhook(new).verify("{}", one) == {}
    assert len(one["webhook-signature"].split(" ")) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_an_answer_that_stays_the_same_is_final(perform: Run, outside: Outside, status: int) -> None:
    outside.answer = Answer(status, {}, b"")

    with pytest.raises(Refused, match=f"^Answered {status}\\.$"):
        perform("http_request", Url=URL)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(perform: Run, outside: Outside, status: int) -> None:
    outside.answer = Answer(status, {"location": "http://127.0.0.1/"}, b"")

    with pytest.raises(Refused, match="redirects are not followed"):
        perform("http_request", Url=URL)
    assert len(outside.sent) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_may_change_is_tried_again(perform: Run, outside: Outside, status: int) -> None:
    outside.answer = Answer(status, {}, b"")

    with pytest.raises(TryAgain, match=f"^Answered {status}\\.$") as error:
        perform("http_request", Url=URL)
    assert error.value.after == timedelta(0)


@pytest.mark.parametrize(
    ("retry_after", "low", "high"),
    [
        ("120", 120, 120),
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 3000, 3600),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("9" * 400, 0, 0),
        ("٣", 0, 3),
    ],
    ids=["seconds", "in an hour", "an hour ago", "a word", "negative", "huge", "other figures"],
)
def test_retry_after_is_honoured(perform: Run, outside: Outside, retry_after: str, low: int, high: int) -> None:
    outside.answer = Answer(503, {"retry-after": retry_after}, b"")

    with pytest.raises(TryAgain) as error:
        perform("http_request", Url=URL)
    assert low <= error.value.after.total_seconds() <= high


def test_what_could_not_be_reached_is_tried_again(perform: Run, outside: Outside) -> None:
    outside.answer = outbound.Unreachable("could not connect to example.org")

    with pytest.raises(TryAgain, match=r"^Could not connect to example\.org\.$"):
        perform("http_request", Url=URL)


def test_an_address_that_is_not_allowed_is_final(perform: Run, outside: Outside) -> None:
    outside.answer = outbound.Forbidden("example.org has no address that may be called")

    with pytest.raises(Refused, match=r"no address that may be called\.$"):
        perform("http_request", Url=URL)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"Url": "ftp://example.org"},
        {"Url": "http://exa mple.org"},
        {"Url": URL, "Method": "TRACE"},
        {"Url": URL, "Headers": {"Host": "inside"}},
        {"Url": URL, "Headers": {"TRANSFER-encoding": "chunked"}},
        {"Url": URL, "Headers": {"webhook-ID": "mine"}},
        {"Url": URL, "Headers": {"Proxy-Authorization": "x"}},
        {"Url": URL, "Headers": {"X A": "b"}},
        {"Url": URL, "Headers": {"X-A": "b\r\nX-B: c"}},
        {"Url": URL, "Headers": {"X-A": 7}},
        {"Url": URL, "Body": {}},
        {"Url": URL, "Other": "x"},
    ],
)
def test_parameters_that_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parameters.Parameters("", ContentType.JSON, wrong).check(SCHEMA)


@pytest.mark.parametrize(
    "right",
    [
        {"Url": "HTTP://example.org"},
        {"Url": URL, "Method": "HEAD", "Headers": {"Authorization": "Bearer é", "X-Webhook": "a\tb"}, "Body": ""},
    ],
)
def test_parameters_that_are_taken(right: dict[str, Any]) -> None:
    parameters.Parameters("", ContentType.JSON, right).check(SCHEMA)


def test_headers_in_xml() -> None:
    handler = handlers.find("http_request")
    text = "<P><Url>https://example.org</Url><Headers><X-A>1</X-A></Headers></P>"

    assert handler
    values = parameters.read(text, ContentType.XML).values(handler.schema)

    assert values == {"Url": "https://example.org", "Headers": {"X-A": "1"}}


@pytest.mark.django_db
def test_rotating_twice_keeps_the_last_two() -> None:
    account = factories.party().account
    rotated = [accounts.rotate_signing_secret(account, by=TESTS) for _ in range(2)]

    account.refresh_from_db()
    live = [secrets.decrypt(stored) for stored in (account.previous_signing_secret, account.signing_secret)]
    assert live == rotated
