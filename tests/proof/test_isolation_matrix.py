"""
T13: every address of the project, every method, every kind of caller, about rows of the caller's own account, of
another one, and about rows that do not exist. All rows of both accounts say a canary; nothing of the other's may be
answered or changed, and what is another's must look like what is nobody's.
"""

import re
from collections import Counter
from functools import reduce
from typing import Any

import pytest
from django.db import transaction
from django.urls import get_resolver
from pytest_django import Settings

from clients_app.models import Account, AuditEntry, Client, User
from tasks_app.models import AccountTask, BulkChange, Notification, Task, TaskRun
from tests.proof.conftest import Report
from tests.proof.matrix import CALLERS, METHODS, NOBODYS, Fields, Side, Somebody, address, side
from tests.test_every_url import API, NOBODY, patterns

pytestmark = [pytest.mark.proof, pytest.mark.django_db]

ALL = sorted(set(patterns(get_resolver())))
OF_ALL = {pattern for pattern, status in NOBODY.items() if status in (200, 503, 410)} | {
    "admin/login/",
    "admin/jsi18n/",
}
UNLIKE = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": ?"\w+"|incident [0-9a-f-]+')
OF_ACCOUNT = (AccountTask, TaskRun, Client, User, AuditEntry, Notification, BulkChange)


def body_for(pattern: str, method: str, who: Somebody, own: Side) -> dict[str, str] | str:
    """One that is right in itself, about rows of the caller's own account."""
    if method not in ("POST", "PUT", "PATCH"):
        return ""
    if pattern.startswith(API):
        client = {"Name": "New", "Secret": "12345678", "UserID": own.rows["user"]}
        asked = {
            "TaskID": own.rows["task"],
            "Frequency": "DAILY",
            "Parameters": "{}",
            "ContentType": "application/json",
        }
        return str(client if "/clients" in pattern else asked).replace("'", '"')
    if method != "POST":
        return ""
    page = who.ask("GET", address(pattern, own.rows))
    is_page = page.status_code == 200 and "html" in page["Content-Type"]
    return Fields(page.content.decode()).values if is_page else {}


def rows_of(one: Side) -> Any:
    of_account = [list(model._default_manager.filter(account=one.party.account).values()) for model in OF_ACCOUNT]
    return of_account, Account.objects.filter(pk=one.party.account.pk).values()[0]


def asked(
    who: Somebody, method: str, path: str, body: dict[str, str] | str, other: Side, before: Any
) -> tuple[Any, ...]:
    """Status, where it leads, and text; whether the other's canary was in it, and whether the other's rows changed."""
    with transaction.atomic():
        answer = who.ask(method, path, body)
        has_changed = method not in ("GET", "HEAD", "OPTIONS") and rows_of(other) != before
        transaction.set_rollback(True)
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    said = f"{answer.headers}\n{raw.decode('utf-8', 'replace')}"
    has_leaked = other.canary[:18] in said
    text = UNLIKE.sub("", raw.decode("utf-8", "replace"))
    return answer.status_code, answer.headers.get("Location", ""), text, has_leaked, has_changed


@pytest.mark.parametrize("caller", CALLERS)
def test_nobody_gets_at_rows_of_others(caller: str, settings: Settings, task: Task, report: Report) -> None:
    settings.WRONG_CREDENTIALS_PER_MINUTE = settings.AXES_FAILURE_LIMIT = 10**6
    settings.CALLS_PER_MINUTE_OF_CLIENT = settings.CALLS_PER_MINUTE_OF_ACCOUNT = 10**6
    own, other = side("own", task), side("other", task)
    who = CALLERS[caller](own)
    before = rows_of(other)
    cells, compared = 0, 0
    wrong: list[tuple[Any, ...]] = []
    statuses: Counter[int] = Counter()

    for pattern in ALL:
        paths = [address(pattern, rows) for rows in (own.rows, other.rows, NOBODYS)]
        bodies = {method: body_for(pattern, method, who, own) for method in METHODS}
        for method in METHODS:
            found = [asked(who, method, path, bodies[method], other, before) for path in dict.fromkeys(paths)]
            cells += len(found)
            statuses.update(answer[0] for answer in found)
            for answer, path in zip(found, dict.fromkeys(paths), strict=True):
                status, _, text, has_leaked, has_changed = answer
                is_open = who.is_in or pattern in OF_ALL or status >= 300 or not text
                is_broken = status >= 500 and pattern != "readyz"  # which misses its dispatcher
                if has_leaked or has_changed or is_broken or not is_open:
                    wrong.append((method, path, status, "leaked" * has_leaked, "changed" * has_changed, text[:80]))
            if len(found) == 3:
                compared += 1
                foreign, absent = without_ids(found[1], other.rows), without_ids(found[2], NOBODYS)
                if foreign != absent:
                    wrong.append((method, paths[1], "foreign is unlike absent", foreign[0], absent[0]))

    # The admin site is closed to all of these; what it says to operators is not compared.
    what = f"{len(ALL)} addresses x {len(METHODS)} methods as {caller}"
    found_text = (
        f"{cells} calls, {compared} pairs of foreign and absent; wrong {len(wrong)}; {dict(sorted(statuses.items()))}"
    )
    for each in wrong[:10]:
        print(each)  # noqa: T201 (what to look at)
    report("T13", what, found=found_text, wanted="wrong 0", met=not wrong and compared > 0)


def without_ids(answer: tuple[Any, ...], rows: dict[str, str]) -> list[str]:
    """What was asked for may be repeated, such as in the address that follows a sign-in."""
    return [reduce(lambda text, key: text.replace(key, "ID"), rows.values(), str(part)) for part in answer[:3]]
