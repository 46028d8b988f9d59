"""The environment that the tests run in, whatever the machine's own `.env` says. A pytest plugin: it comes first."""

import os

VALUES = dict(  # noqa: C408 (reads like the file it stands for)
    SECRET_KEY="tests-" + "0123456789" * 5,
    ENCRYPTION_KEYS="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    DEBUG="false",
    HTTPS="false",
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    EMAIL_URL="memorymail://",
    TRUSTED_PROXY_COUNT="0",
    BASIC_AUTHENTICATION="true",
    WRONG_CREDENTIALS_PER_MINUTE="10",
    WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR="100",
    WRONG_PASSWORDS_UNTIL_LOCK_OUT="20",
    LOCK_OUT_MINUTES="30",
    SESSION_IDLE_HOURS="8",
    SESSION_HOURS="168",
    CALLS_PER_MINUTE_OF_CLIENT="6000",
    CALLS_PER_MINUTE_OF_ACCOUNT="24000",
    DEMO_PASSWORD="a-demo-password",
    METRICS_FOLDER="",
    OTEL_EXPORTER_OTLP_ENDPOINT="",
    OTEL_SERVICE_NAME="account-tasks",
    OUTBOUND_TRACEPARENT="false",
    LOG_LEVEL="INFO",
    LOG_FORMAT="text",
    OUTBOUND_ALLOWED_NETWORKS="",
    WORKER_THREADS="8",
    STOP_SECONDS="20",
    LEASE_SECONDS="60",
    STATEMENT_SECONDS="30",
)
os.environ.update(VALUES)
os.environ.setdefault("DATABASE_URL", "sqlite:///test.sqlite3")  # tests make and drop their own beside it
