"""What Prometheus gets, from the real processes."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.conftest import empty_database
from tests.acceptance.service import Service, serving, wait_until
from tests.postgresql import free_port

pytestmark = pytest.mark.acceptance


def scraped(metrics: Service) -> str:
    return metrics.call("GET", "/metrics")[1].decode()


def test_requests_of_all_processes_are_added_up(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    more = {"METRICS_FOLDER": str(folder)}
    with empty_database("metrics", tmp_path) as url, serving(url, **more) as service:
        metrics = replace(service, port=free_port())
        with service.running("run_metrics", "--port", str(metrics.port)) as process:
            wait_until(metrics.is_up)
            before = scraped(metrics)
            for _ in range(20):
                service.call("GET", "/api/v2/admin/tasks")
            service.call("BREW", "/help")
            after = scraped(metrics)
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
