"""Session: that somebody has signed in, with a browser of theirs."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from clients_app.models.user import User


class Session(AbstractBaseSession):
    """
    Django's columns, and beside them what its user is shown of it. session_key: the digest of the one in the cookie.
    `clients_app.sessions` alone writes these rows; whoever ends a session deletes its row.
    user: None for what is kept before a sign-in.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    begun_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True, help_text="The beginning of what it calls itself.")

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_module(settings.SESSION_ENGINE).SessionStore
