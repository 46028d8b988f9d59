"""What Prometheus gets, from the real processes."""

import http.client
from pathlib import Path

import pytest

from tests.acceptance.conftest import empty_database
from tests.acceptance.service import serving, wait_until
from tests.postgresql import free_port

pytestmark = pytest.mark.acceptance


def scraped(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_requests_of_all_processes_are_added_up(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    more, port = {"METRICS_FOLDER": str(folder)}, free_port()
    with empty_database("metrics", tmp_path) as url, serving(url, **more) as service:
        with service.running("run_metrics", "--port", str(port)) as process:
            wait_until(lambda: is_open(port))
            before = scraped(port)
            for _ in range(20):
                service.call("GET", "/api/v2/admin/tasks")
            service.call("BREW", "/help")
            after = scraped(port)
            process.terminate()
            assert process.wait(10) == 0
        status, _ = service.call("GET", "/metrics")

    unauthorized = 'account_tasks_requests_total{door="api",method="GET",status="401"}'
    assert unauthorized not in before
    assert f"{unauthorized} 20.0" in after
    assert 'account_tasks_requests_total{door="help",method="other"' in after
    assert 'account_tasks_request_seconds_count{door="api"} 20.0' in after
    assert "account_tasks_database_up 1.0" in after
    assert status == 404


def is_open(port: int) -> bool:
    try:
        return bool(scraped(port))
    except OSError:
        return False
