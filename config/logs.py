"""
Logs: one line for each event, of JSON in production and to be read in development. What an event is about (request,
account, client, user, account task, run) is bound where it becomes known, and stands in each line from then on. Secrets
that may have got into a text are taken out.
"""

import json
import uuid
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

from clients_app import secrets, tracing

FORMATS: Final[tuple[str, ...]] = ("json", "text")
# What some reader of a log or some terminal takes for the end of a line or for a command.
_UNFIT: Final = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}

Event = MutableMapping[str, Any]


def configuration(level: str, form: str) -> dict[str, Any]:
    """For LOGGING. form: one of FORMATS."""
    pre_chain = [
        merge_contextvars,
        structlog.stdlib.ExtraAdder(secrets.ABOUT),
        with_span,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    processors = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        without_secrets,
        as_json if form == "json" else as_text,
    ]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": processors,
        "foreign_pre_chain": pre_chain,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.template": {
                "level": "WARNING"
            },  # its DEBUG lines hold all that a page shows, forms and secrets too
            "axes": {"level": "ERROR"},  # it says two lines for each wrong password
            "oauthlib": {"level": "WARNING"},  # its DEBUG and INFO lines hold tokens
            "urllib3": {"level": "WARNING"},  # its DEBUG lines hold addresses with what is secret in them
            "django_tasks": {"level": "WARNING"},  # the engines say several lines for each message that they carry
            "django_tasks_db": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
        },
    }


def of_requests(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, around all others: an id for the lines of a request, and where it came from."""
    from clients_app.callers import address_of  # its models need the settings, which need this module

    def middleware(request: HttpRequest) -> HttpResponseBase:
        clear_contextvars()  # not at the end: Django logs what has failed after all middlewares
        bind_contextvars(request_id=uuid.uuid4().hex, address=address_of(request))
        return get_response(request)

    return middleware


def with_span(logger: Any, name: str, event: Event) -> Event:
    """Which span it happened in, where there are spans."""
    event.update(tracing.ids())
    return event


def without_secrets(logger: Any, name: str, event: Event) -> Event:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = secrets.taken_out(value)
    return event


def as_json(logger: Any, name: str, event: Mapping[str, Any]) -> str:
    return json.dumps(event, default=str, ensure_ascii=False).translate(_UNFIT)


def as_text(logger: Any, name: str, event: Event) -> str:
    """A line, and below it the traceback, indented, if there is one. An event can't feign another line."""
    first = [event.pop(key) for key in ("timestamp", "level", "logger", "event")]
    trace = event.pop("exception", "")
    about = " ".join(f"{key}={value}" for key, value in event.items())
    text = "{} {} {}: {}".format(first[0], first[1].upper(), first[2], f"{first[3]} {about}".rstrip())
    lines = [text, *(f"  {line}" for line in trace.split("\n") if trace)]
    return "\n".join(line.translate(_UNFIT) for line in lines)
