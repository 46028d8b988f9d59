"""Registering a task at the pages: the form, and what is registered in the end."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client as Browser

from clients_app.models import Account, AuditEntry
from clients_app.models.user import Role
from tasks_app.enumerations import ContentType, Frequency, TaskNotification
from tasks_app.models import AccountTask, Task
from tests import factories
from tests.factories import Party
from tests.pages.browsing import signed_in, text_of


def filled(account: Party, **fields: str) -> dict[str, str]:
    """The form as a browser sends it."""
    return {
        "client": str(account.client.pk),
        "key": f"page {uuid4()}",
        "frequency": str(Frequency.DAILY.value),
        "start_at": "2030-01-31T09:00",
        "start_at_was": "",
        "finish_at": "",
        "finish_at_was": "",
        "notification": str(TaskNotification.FAILURE.value),
        "representation": "form",
        "parameters/Url": "https://example.com/hook",
        "parameters/Method": "",
        "parameters/Headers": "",
        "parameters/Body": "",
    } | fields


def test_the_form_is_made_of_the_schema(browser: Browser, account: Party, call: Task) -> None:
    page = text_of(browser.get(f"/tasks/new?task={call.pk}"))

    assert '<input type="url" name="parameters/Url"' in page
    assert '<select name="parameters/Method"' in page
    assert '<textarea name="parameters/Headers"' in page
    assert "What is called: an address that begins with" in page
    assert f'<option value="{account.client.pk}"' in page
    assert '<input type="datetime-local" name="start_at" step="1"' in page
    assert "First run (UTC)" in page
    assert page.count("<li><time") == 5


def test_what_is_sent_is_registered_with_its_trail(browser: Browser, account: Party, call: Task) -> None:
    Account.objects.update(time_zone="Europe/Paris")
    sent = filled(account, finish_at="2030-06-01T00:00:30") | {
        "parameters/Method": "POST",
        "parameters/Headers": "Accept: text/plain\r\n\r\nX-A:1",
        "parameters/Body": "One\r\nTwo",
    }

    response = browser.post(f"/tasks/new?task={call.pk}", sent, follow=True)

    row = AccountTask.objects.get()
    assert (row.account, row.client, row.task, row.frequency) == (account.account, account.client, call, 2)
    assert (str(row.start_at), str(row.finish_at)) == ("2030-01-31 08:00:00+00:00", "2030-05-31 22:00:30+00:00")
    assert (row.notification, row.content_type, row.is_enabled) == (TaskNotification.FAILURE, ContentType.JSON, True)
    assert row.parameters == (
        '{\n  "Url": "https://example.com/hook",\n  "Method": "POST",\n'
        '  "Headers": {\n    "Accept": "text/plain",\n    "X-A": "1"\n  },\n  "Body": "One\\nTwo"\n}'
    )
    assert response.redirect_chain == [(f"/tasks/{row.pk}", 302)]
    assert "It is registered. The next run is on Thu 31 Jan 2030, 09:00 (Europe/Paris)." in text_of(response)
    entry = AuditEntry.objects.get(row_id=row.pk)
    assert (entry.action, entry.by) == ("account task registered", account.administrator.email)


def test_what_is_absent_stays_absent(browser: Browser, account: Party, call: Task) -> None:
    browser.post(f"/tasks/new?task={call.pk}", filled(account))

    assert AccountTask.objects.get().parameters == '{\n  "Url": "https://example.com/hook"\n}'


WRONG = [
    ({"frequency": "99"}, "Select a valid choice"),
    ({"frequency": ""}, "This field is required"),
    ({"notification": "x"}, "Select a valid choice"),
    ({"client": "nonsense"}, "is not a valid UUID"),
    ({"client": str(UUID(int=7))}, "Select a valid choice"),
    ({"start_at": "tomorrow"}, "Write a date and a time"),
    ({"start_at": "2030-02-30T09:00"}, "Write a date and a time"),
    ({"start_at": "99999-01-01T09:00"}, "Write a date and a time"),
    ({"start_at": "\x00"}, "Write a date and a time"),
    ({"finish_at": "2029-01-01T09:00"}, "It must not be before the first run."),
    ({"parameters/Url": ""}, "It is required."),
    ({"parameters/Url": "ftp://example.com"}, "It is not written as the task wants it."),
    ({"parameters/Url": "https://a.example\x00"}, "Take out the characters"),
    ({"parameters/Method": "BREW"}, "It must be one of GET, POST"),
    ({"parameters/Headers": "no colon"}, "Line 1 must be a name, a colon and a value."),
    ({"parameters/Headers": "a: 1\na: 2"}, "Line 2 has a name that stands there already."),
    ({"parameters/Headers": "Host: x"}, "One of the names is not allowed."),
    ({"parameters/Headers": "A: \u2603"}, "A: It is not written as the task wants it."),
    ({"representation": "json", "parameters": "{"}, "It is not well-formed JSON: line 1 column 2."),
    ({"representation": "json", "parameters": "\ufffe"}, "holds characters that can&#x27;t be seen"),
    ({"representation": "json", "parameters": "{}"}, "It lacks Url."),
    ({"representation": "xml", "parameters": "<P>\n<Url>x</Url>"}, "It is not well-formed XML: line 2 column"),
    ({"representation": "xml", "parameters": "<P><Url>x</Url></P>"}, "It has a wrong Url: it must satisfy pattern"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    browser: Browser, account: Party, call: Task, wrong: dict[str, str], said: str
) -> None:
    sent = filled(account, **{"parameters/Body": "typed with care", "finish_at": "2031-01-01T00:00"}) | wrong

    response = browser.post(f"/tasks/new?task={call.pk}", sent)

    page = text_of(response)
    assert response.status_code == 200
    assert said in page
    assert "Nothing is saved yet" in page
    assert sent["representation"] != "form" or "typed with care" in page
    assert 'value="2031-01-01T00:00"' in page or "finish_at" in wrong
    assert "BREW" not in sent["parameters/Method"] or '<option value="BREW" selected>' in page
    assert not AccountTask.objects.exists()


def test_a_long_list_of_problems_is_cut(browser: Browser, account: Party) -> None:
    report = factories.task(handler="account_report")
    sent = filled(account, **{"parameters/To": "nobody\n" * 50_000, "parameters/Days": "0"})

    page = text_of(browser.post(f"/tasks/new?task={report.pk}", sent))

    assert "Entry 1: It must be an e-mail address" in page
    assert page.count("Entry ") == 20


def test_all_problems_are_said_at_once(browser: Browser, account: Party, call: Task) -> None:
    page = text_of(
        browser.post(f"/tasks/new?task={call.pk}", filled(account, **{"parameters/Url": "", "frequency": "x"}))
    )

    assert "It is required." in page
    assert "Select a valid choice" in page


@pytest.mark.parametrize("missing", ["start_at", "key", "representation", "parameters/Url", "client", "frequency"])
def test_fields_that_are_missing_are_no_error_of_ours(
    browser: Browser, account: Party, call: Task, missing: str
) -> None:
    sent = {name: text for name, text in filled(account).items() if name != missing}

    assert browser.post(f"/tasks/new?task={call.pk}", sent).status_code in (200, 302)


def test_a_form_that_is_sent_twice_registers_once(browser: Browser, account: Party, call: Task) -> None:
    sent = filled(account)

    first, second = (browser.post(f"/tasks/new?task={call.pk}", sent) for _ in range(2))

    row = AccountTask.objects.get()
    assert [first.headers["Location"], second.headers["Location"]] == [f"/tasks/{row.pk}"] * 2


def test_a_form_that_is_sent_again_with_other_things_in_it_asks_first(
    browser: Browser, account: Party, call: Task
) -> None:
    sent = filled(account)
    browser.post(f"/tasks/new?task={call.pk}", sent)

    asked: Any = browser.post(f"/tasks/new?task={call.pk}", sent | {"frequency": "3"})
    assert AccountTask.objects.count() == 1
    browser.post(f"/tasks/new?task={call.pk}", sent | {"frequency": "3", "key": asked.context["key"]})

    assert "This form has registered a task already." in text_of(asked)
    assert sorted(AccountTask.objects.values_list("frequency", flat=True)) == [2, 3]


def test_a_form_that_was_refused_can_be_sent_with_its_key(browser: Browser, account: Party, call: Task) -> None:
    sent = filled(account)
    browser.post(f"/tasks/new?task={call.pk}", sent | {"parameters/Url": ""})

    assert browser.post(f"/tasks/new?task={call.pk}", sent).status_code == 302


def test_a_duplicate_begins_with_all_of_the_other_and_is_a_row_of_its_own(
    browser: Browser, account: Party, call: Task
) -> None:
    row = factories.account_task(client=account.client, task=call, parameters_text=' {"Url":"https://a.example"}')
    response: Any = browser.get(f"/tasks/{row.pk}/duplicate")
    assert 'value="https://a.example"' in text_of(response)

    sent = filled(account, key=response.context["key"], **{"parameters/Url": "https://a.example"})
    response = browser.post(f"/tasks/{row.pk}/duplicate", sent)

    other = AccountTask.objects.exclude(pk=row.pk).get()
    assert response.headers["Location"] == f"/tasks/{other.pk}"
    assert other.parameters == row.parameters


def test_a_task_without_a_schema_takes_any_document(browser: Browser, account: Party, task: Task) -> None:
    page = text_of(browser.get(f"/tasks/new?task={task.pk}"))
    assert 'value="form"' not in page
    sent = filled(account, representation="xml", parameters="<Any>\r\n<thing/></Any>")

    browser.post(f"/tasks/new?task={task.pk}", sent)

    row = AccountTask.objects.get()
    assert (row.parameters, row.content_type) == ("<Any>\n<thing/></Any>", ContentType.XML)


def test_readers_are_told_that_they_may_not(account: Party, call: Task) -> None:
    row = factories.account_task(client=account.client, task=call, parameters_text='{"Url": "https://a.example"}')
    reader = signed_in(factories.user(account=account.account, role=Role.READER))

    for address in ("/tasks/new", f"/tasks/new?task={call.pk}", f"/tasks/{row.pk}/edit", f"/tasks/{row.pk}/duplicate"):
        assert "Readers see everything and change nothing" in text_of(reader.get(address))
        assert reader.post(address, filled(account)).status_code == 403
    for page in ("/tasks", f"/tasks/{row.pk}"):
        assert not {"New task", "Edit</a>", "Duplicate"} & set(text_of(reader.get(page)).split("<"))
        assert "/edit" not in text_of(reader.get(page))
        assert "/tasks/new" not in text_of(reader.get(page))
    assert AccountTask.objects.count() == 1


def test_the_buttons_are_there_for_administrators(browser: Browser, account: Party, call: Task) -> None:
    assert "/tasks/new" in text_of(browser.get("/tasks"))
    row = factories.account_task(client=account.client, task=call, parameters_text='{"Url": "https://a.example"}')

    assert "/tasks/new" in text_of(browser.get("/tasks"))
    page = text_of(browser.get(f"/tasks/{row.pk}"))
    assert f"/tasks/{row.pk}/edit" in page
    assert f"/tasks/{row.pk}/duplicate" in page


def test_what_is_foreign_or_absent_is_not_there(browser: Browser, account: Party, neighbour: Party, call: Task) -> None:
    text = '{"Url": "https://a.example"}'
    foreign = factories.account_task(client=neighbour.client, task=call, parameters_text=text)

    for key in (foreign.pk, uuid4()):
        for verb in ("edit", "duplicate"):
            assert browser.get(f"/tasks/{key}/{verb}").status_code == 404
            assert browser.post(f"/tasks/{key}/{verb}", filled(account)).status_code == 404
    sent = filled(account, client=str(neighbour.client.pk))
    assert "Select a valid choice" in text_of(browser.post(f"/tasks/new?task={call.pk}", sent))
    assert AccountTask.objects.count() == 1


def test_forms_need_their_token(account: Party, call: Task) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(account.administrator)

    assert browser.post(f"/tasks/new?task={call.pk}", filled(account)).status_code == 403
