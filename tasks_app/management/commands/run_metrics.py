"""What Prometheus asks for, on an address of its own: no visitor of the web server gets there."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from tasks_app import metrics
from tasks_app.management import loops


class Command(BaseCommand):
    help = "Answer Prometheus at /metrics, until a signal ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="127.0.0.1", help="a private one (default: %(default)s)")
        parser.add_argument("--port", type=int, default=9464, help="(default: %(default)s)")

    def handle(self, *args: Any, address: str, port: int, **options: Any) -> None:
        registry = CollectorRegistry()
        registry.register(metrics.OfTheService())
        if settings.METRICS_FOLDER:
            MultiProcessCollector(registry, settings.METRICS_FOLDER)  # type: ignore[no-untyped-call]
        stop = loops.stopped_by_signals()
        server, thread = start_http_server(port, address, registry)
        stop.wait()
        server.shutdown()
        thread.join()
