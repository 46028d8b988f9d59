"""The service as a whole: at the same instant, without its database, with bodies of any size and way of sending."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psycopg
import pytest

from tests import postgresql
from tests.acceptance.conftest import Customer, customer_of
from tests.acceptance.service import exchange, serving, wait_until

ACCOUNT_TASKS = "/api/v2/admin/tasks/account"

pytestmark = pytest.mark.acceptance


def create(customer: Customer, parameters: str = "{}") -> tuple[int, dict[str, object]]:
    body = {
        "TaskID": str(customer.task_id),
        "Frequency": "DAILY",
        "Parameters": parameters,
        "ContentType": "application/json",
    }
    status, answer = customer.service.call(
        "POST",
        ACCOUNT_TASKS,
        json.dumps(body).encode(),
        Content_Type="application/json",
        Authorization=f"Bearer {customer.token}",
    )
    return status, json.loads(answer)


def test_creates_at_the_same_instant_all_make_their_row(customer: Customer) -> None:
    together = threading.Barrier(16)

    def create_together(number: int) -> tuple[int, object, object]:
        together.wait()
        status, answer = create(customer, str(number))
        detail: dict[str, object] = answer["ResponseData"]["Detail"]  # type: ignore[index]
        return status, detail["ID"], detail["Parameters"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(create_together, range(16)))

    assert {status for status, _, _ in answers} == {201}
    assert len({key for _, key, _ in answers}) == 16
    assert {parameters for _, _, parameters in answers} == {str(number) for number in range(16)}


@pytest.mark.parametrize("size", [2**20 + 1, 3 * 2**20, 8 * 2**20])
@pytest.mark.parametrize(("authorization", "status"), [(True, 413), (False, 401)])
def test_a_client_that_sends_too_much_gets_its_answer(
    customer: Customer, size: int, authorization: bool, status: int
) -> None:
    lines = [f"POST {ACCOUNT_TASKS} HTTP/1.1", "Host: localhost", f"Content-Length: {size}", "Connection: close"]
    if authorization:
        lines.append(f"Authorization: Bearer {customer.token}")

    response, _ = exchange(customer.service.port, "\r\n".join([*lines, "", ""]).encode() + b"x" * size, "POST")

    assert response.status == status


def test_a_body_that_comes_in_drops_is_read_whole(customer: Customer) -> None:
    body = json.dumps(
        {"TaskID": str(customer.task_id), "Frequency": 1, "Parameters": "{}", "ContentType": "application/json"}
    ).encode()
    head = (
        f"POST {ACCOUNT_TASKS} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {customer.token}\r\n"
    )
    pieces = [body[start : start + 40] for start in range(0, len(body), 40)]

    answers = []
    for framing, sent in [
        (f"Content-Length: {len(body)}", pieces),
        ("Transfer-Encoding: chunked", [*(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces), b"0\r\n\r\n"]),
    ]:
        with socket.create_connection(("127.0.0.1", customer.service.port), 30) as connection:
            connection.sendall(f"{head}{framing}\r\n\r\n".encode())
            for piece in sent:
                connection.sendall(piece)
                time.sleep(0.01)
            answers.append(connection.recv(30))

    assert [answer.split(b" ")[1] for answer in answers] == [b"201", b"201"]


@pytest.mark.parametrize(("announced", "status"), [(10, 400), (2**20, 413), (2**40, 413)])
def test_half_a_body_is_not_taken_for_a_whole_one(customer: Customer, announced: int, status: int) -> None:
    """announced: bytes that never come."""
    members = {"TaskID": str(customer.task_id), "Frequency": 1, "Parameters": "{}", "ContentType": "application/json"}
    body = urlencode(members).encode()
    lines = [
        f"POST {ACCOUNT_TASKS} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/x-www-form-urlencoded",
        f"Authorization: Bearer {customer.token}",
        f"Content-Length: {len(body) + announced}",
    ]

    with socket.create_connection(("127.0.0.1", customer.service.port), 30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)

    assert answer.split(b" ")[1] == str(status).encode()


@pytest.mark.postgresql
def test_a_database_that_goes_away_costs_no_row_and_no_restart(postgresql_server: postgresql.Server) -> None:
    with serving(postgresql_server.url) as service:
        customer = customer_of(service)
        assert create(customer)[0] == 201

        postgresql_server.stop("immediate")
        status, answer = create(customer)
        assert status == 500
        assert answer["Error"]["ErrorCode"] == "INTERNAL_ERROR"  # type: ignore[index]
        assert service.is_up()

        postgresql_server.start()
        wait_until(lambda: create(customer)[0] == 201)
        assert rows(postgresql_server) == 2


@pytest.mark.postgresql
def test_connections_that_the_server_has_ended_meanwhile_cost_no_call(postgresql_server: postgresql.Server) -> None:
    with serving(postgresql_server.url) as service:
        customer = customer_of(service)
        for _ in range(3):
            assert {create(customer)[0] for _ in range(16)} == {201}
            with psycopg.connect(postgresql_server.url) as connection:
                others = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                # With a time-out (ms) it waits until they are gone: one told to end may still take a statement.
                ended = connection.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}".encode()).fetchall()
            assert ended
            assert {gone for (gone,) in ended} == {True}

        assert create(customer)[0] == 201
        assert rows(postgresql_server) == 49


@pytest.mark.postgresql
def test_a_database_that_goes_away_in_the_middle_of_a_create_costs_no_half_of_it(
    postgresql_server: postgresql.Server,
) -> None:
    with serving(postgresql_server.url) as service, ThreadPoolExecutor(1) as pool:
        customer = customer_of(service)
        holder = psycopg.connect(postgresql_server.url)
        # The audit entry, the second write of a create, has to wait for this lock.
        holder.execute("LOCK TABLE clients_app_auditentry IN ACCESS EXCLUSIVE MODE")
        answer = pool.submit(create, customer)
        wait_until(lambda: waiting(postgresql_server) == 1)
        postgresql_server.stop("immediate")
        holder.close()
        assert answer.result()[0] == 500

        postgresql_server.start()
        assert rows(postgresql_server) == 0
        wait_until(lambda: create(customer)[0] == 201)


def rows(server: postgresql.Server) -> int:
    """Account tasks, of which each has its audit entry."""
    with psycopg.connect(server.url) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM tasks_app_accounttask),"
            " (SELECT count(*) FROM clients_app_auditentry WHERE kind = 'account task')"
        ).fetchone()
    assert counts
    assert counts[0] == counts[1]
    return int(counts[0])


def waiting(server: postgresql.Server) -> int:
    with psycopg.connect(server.url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    return int(found[0]) if found else 0
