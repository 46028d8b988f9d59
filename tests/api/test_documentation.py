"""Every sample of the help pages, sent in every format, gets the answer that stands beside it."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.test import Client as Browser

from clients_app import accounts
from clients_app.api import samples as rows
from clients_app.models import Client, User
from config.api import help_pages, samples
from config.api.endpoints import Endpoint, all_endpoints
from tasks_app import catalogue, clock, registration
from tasks_app.api.responses import AccountTaskResponse, AttemptResponse, TaskResponse
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Attempt, TaskRun
from tasks_app.models.task_run import State, Trigger
from tasks_app.schedules import Schedule
from tests import factories
from tests.api.calls import FORM, JSON, XML, Answer, Api
from tests.factories import TESTS, Party

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SAME_ROWS = {rows.TASK, rows.CLIENT, rows.USER, rows.RUN, rows.ACCOUNT_TASK}

ENDPOINTS = {endpoint.slug: endpoint for endpoint in all_endpoints()}


@pytest.fixture
def world(db: None) -> Party:
    """The rows that the samples are about, with their IDs."""
    account = accounts.create_account(name="Acme", time_zone="UTC", by=TESTS).account
    User.objects.filter(pk=factories.user(account=account, email=rows.EMAIL).pk).update(id=rows.USER)
    user = User.objects.get(pk=rows.USER)
    Client.objects.filter(pk=factories.client(user=user, name="Billing").pk).update(id=rows.CLIENT)
    client = Client.objects.get(pk=rows.CLIENT)
    task = TaskResponse.sample
    schema = json.loads(str(task["ParameterSchema"]))
    catalogued = catalogue.add_task(
        id=UUID(rows.TASK), name=str(task["Name"]), description=str(task["Description"]), schema=schema, by=TESTS
    )
    party = Party(account, user, client, factories.token(client=client))
    _account_task(party, catalogued)
    return party


def _account_task(party: Party, task: Any) -> None:
    sample: dict[str, Any] = AccountTaskResponse.sample
    window = [datetime.fromisoformat(sample[name]) for name in ("StartDate", "FinishDate")]
    made = factories.account_task(
        client=party.client,
        task=task,
        schedule=Schedule(Frequency[sample["Frequency"]], *window),
        parameters_text=sample["Parameters"],
        content_type=ContentType(sample["ContentType"]),
        notification=TaskNotification[sample["Notification"]],
        by=party.caller,
        now=clock.now(),
    )
    AccountTask.objects.filter(pk=made.pk).update(id=rows.ACCOUNT_TASK)


def _run(state: State, **fields: Any) -> TaskRun:
    account_task = AccountTask.objects.get()
    return factories.run(
        account_task,
        state=state,
        id=rows.RUN,
        trigger=Trigger.SCHEDULE,
        asked_by="SCHEDULER",
        due_at=factories.NOW,
        **fields,
    )


def finished_run(party: Party) -> None:
    attempt: dict[str, Any] = AttemptResponse.sample
    made = _run(State.SUCCEEDED, summary=attempt["Summary"], attempts=1, started_at=factories.NOW)
    Attempt.objects.create(
        run=made,
        number=attempt["Number"],
        started_at=factories.NOW,
        finished_at=factories.NOW,
        outcome=attempt["Outcome"],
        summary=attempt["Summary"],
    )


def queued_run(party: Party) -> None:
    _run(State.QUEUED)


def deleted(party: Party) -> None:
    registration.remove(AccountTask.objects.get(), by=party.caller, now=clock.now())


AT = "api-v2-admin-tasks-account-id"
BEFORE: dict[str, Callable[[Party], None]] = {
    f"post-{AT}-restore": deleted,
    f"get-{AT}-runs": finished_run,
    f"get-{AT}-runs-run": finished_run,
    f"post-{AT}-runs-run-retry": finished_run,
    f"post-{AT}-runs-run-cancel": queued_run,
}


def cases() -> Iterator[Any]:
    for slug, endpoint in ENDPOINTS.items():
        formats = (
            [JSON, XML, *([FORM] if endpoint.operation.takes_forms else [])] if endpoint.operation.request else [""]
        )
        for content_type in formats:
            for accept in (JSON, XML):
                yield pytest.param(endpoint, content_type, accept, id=f"{slug} {content_type} {accept}")


def nothing(party: Party) -> None:
    pass


def send(endpoint: Endpoint, party: Party, content_type: str, **headers: str) -> Answer:
    BEFORE.get(endpoint.slug, nothing)(party)
    body = samples.body(endpoint.operation.request, content_type) if content_type else ""
    return Api(party.bearer).call(endpoint.method, samples.path(endpoint), body, content_type=content_type, **headers)


@pytest.mark.parametrize(("endpoint", "content_type", "accept"), list(cases()))
def test_a_sample_gets_the_documented_answer(world: Party, endpoint: Endpoint, content_type: str, accept: str) -> None:
    answer = send(endpoint, world, content_type, Accept=accept)

    assert answer.status == endpoint.operation.status, answer.text
    documented = samples.answer(endpoint.operation, accept)
    if accept == JSON:
        assert alike("", json.loads(documented), answer.body), (documented, answer.text)
    else:
        pairs = list(zip(leaves(documented), leaves(answer.text), strict=True))
        assert all(ours == theirs for (ours, _), (theirs, _) in pairs), (documented, answer.text)
        assert all(alike(tag, a, b) for (tag, a), (_, b) in pairs), (documented, answer.text)


def alike(name: str, documented: Any, answered: Any) -> bool:
    """The same but for dates and the IDs of new rows, and a secret that nobody has chosen."""
    if isinstance(documented, dict):
        return list(documented) == list(answered) and all(
            alike(key, documented[key], answered[key]) for key in documented
        )
    if isinstance(documented, list):
        return len(documented) == len(answered) and all(
            alike(name, *pair) for pair in zip(documented, answered, strict=True)
        )
    if name in ("ID", "UserId") or (isinstance(documented, str) and documented not in SAME_ROWS):
        for pattern in (DATE, GUID):
            if pattern.fullmatch(str(documented)):
                return pattern.fullmatch(str(answered)) is not None
    if isinstance(documented, str) and documented.startswith("acs_"):
        return str(answered).startswith("acs_") and len(answered) == 47
    return bool(documented == answered)


def leaves(text: str) -> Iterator[tuple[str, str]]:
    """Tags in order, with the text of those that hold no other, and nil."""
    for element in ElementTree.fromstring(text).iter():  # noqa: S314 (our own)
        yield element.tag, ("" if len(element) else (element.text or "")) + "".join(element.attrib)


@pytest.mark.parametrize("slug", ENDPOINTS)
def test_the_line_of_curl_makes_the_call(world: Party, slug: str) -> None:
    endpoint = ENDPOINTS[slug]
    BEFORE.get(slug, nothing)(world)

    words = shlex.split(samples.lines(endpoint)["curl"].replace("\\\n", " ").replace(samples.TOKEN, world.token))
    given = [words[place + 1] for place, word in enumerate(words) if word == "-H"]
    headers = dict(header.split(": ", 1) for header in given)
    body = words[words.index("-d") + 1] if "-d" in words else ""
    content_type = headers.pop("Content-Type", "")
    url = words[3].removeprefix(samples.HOST)
    answer = Api(headers).call(words[2], url, body, content_type=content_type)

    assert (words[:2], answer.status) == (["curl", "-X"], endpoint.operation.status)


@pytest.mark.parametrize("slug", ENDPOINTS)
def test_the_lines_of_python_make_the_call(slug: str, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = ENDPOINTS[slug]
    calls: list[tuple[Any, Any]] = []
    response = SimpleNamespace(raise_for_status=lambda: None, json=dict)

    def request(*words: str, **named: Any) -> Any:
        calls.append((words, named))
        return response

    code = samples.lines(endpoint)["Python"].removeprefix("import requests\n")
    exec(compile(code, slug, "exec"), {"requests": SimpleNamespace(request=request)})  # noqa: S102 (what the page shows)

    ((method, url), named) = calls[0]
    assert (method, url) == (endpoint.method, samples.HOST + samples.path(endpoint))
    assert named.get("json") == (endpoint.operation.request.sample if endpoint.operation.request else None)


@pytest.mark.parametrize("slug", ENDPOINTS)
def test_each_endpoint_has_a_page_with_all_of_it(db: None, slug: str) -> None:
    endpoint = ENDPOINTS[slug]

    page = unescape(Browser().get(f"/help/{slug}").content.decode())

    for text in (endpoint.title, endpoint.path, *endpoint.error_codes):
        assert text in page
    for shape in filter(None, (endpoint.operation.query, endpoint.operation.request, endpoint.operation.answer)):
        for name, field in shape().fields.items():
            assert f"<code>{name}</code>" in page
            assert field.help_text, f"{shape.__name__}.{name} has no help_text"
    for language in ("curl", "Python", "C#", "JavaScript"):
        assert f"<h3>{language}</h3>" in page
    assert endpoint.description
    assert Browser().get("/help").content.decode().count(f'href="/help/{slug}"') == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Frequency", ["NONE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"]),
        ("TaskNotification", ["NONE", "SUCCESS", "FAILURE", "ALL"]),
        ("State", ["PENDING", "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "SKIPPED", "CANCELLED"]),
        ("Trigger", ["SCHEDULE", "USER", "API", "RETRY"]),
        ("ContentType", ["application/json", "application/xml"]),
    ],
)
def test_each_enumeration_has_a_page(db: None, name: str, words: list[str]) -> None:
    page = Browser().get(f"/help/types/{name}").content.decode()

    assert re.findall(r"<td><code>(.*?)</code></td>", page) == words


def test_the_page_of_tokens_shows_what_gets_one(account: Party) -> None:
    page = unescape(Browser().get("/help/token").content.decode())
    form = page[page.index("<code>grant_type=") + len("<code>") :].partition("</code>")[0]
    members = dict(parse_qsl(form)) | {"client_id": str(account.client.pk), "client_secret": factories.SECRET}

    answer = Browser().post("/Token", urlencode(members), content_type=FORM).json()

    assert set(members) == {"grant_type", "client_id", "client_secret"}
    for name in (*members, *answer):
        assert f"<code>{name}</code>" in page
    assert str(answer["expires_in"]) in page


def test_backticks_become_code_and_nothing_else_does() -> None:
    assert help_pages.prose("a `b<i>` c <i>") == "a <code>b&lt;i&gt;</code> c &lt;i&gt;"


@pytest.mark.parametrize("path", ["/help/nothing", "/help/types/nothing"])
def test_a_page_that_is_not_there(db: None, path: str) -> None:
    assert Browser().get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/help", "/help/token", "/help/errors", "/help/changes", "/help/swagger", "/api/schema", "/API/Schema/"]
)
def test_the_pages_about_all_of_it(db: None, path: str) -> None:
    response = Browser().get(path)

    assert response.status_code == 200
    assert "//cdn" not in response.content.decode()
