"""The tables of the front door."""

from clients_app.models.access_token import AccessToken
from clients_app.models.account import Account
from clients_app.models.audit_entry import AuditEntry
from clients_app.models.client import Client
from clients_app.models.counter import Counter
from clients_app.models.second_factor import SecondFactor
from clients_app.models.session import Session
from clients_app.models.stored_answer import StoredAnswer
from clients_app.models.user import User

__all__ = [
    "AccessToken",
    "Account",
    "AuditEntry",
    "Client",
    "Counter",
    "SecondFactor",
    "Session",
    "StoredAnswer",
    "User",
]
