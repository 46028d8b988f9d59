"""Messages that the next page shows: Django's in a cookie, whose name begins as those of all our cookies do."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class Storage(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"
