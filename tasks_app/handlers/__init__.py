"""The handlers that ship: the visible list of them."""

from tasks_app.handlers import account_report, email_message, http_request, purge_history
from tasks_app.handlers.registry import Handler

HANDLERS = (
    http_request.HANDLER,
    email_message.HANDLER,
    account_report.HANDLER,
    purge_history.HANDLER,
)


def find(code: str) -> Handler | None:
    return next((handler for handler in HANDLERS if handler.code == code), None)
