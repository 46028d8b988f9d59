"""What a test does with a page: come as somebody, and read it."""

from typing import Any

from django.test import Client as Browser

from clients_app.models import User


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())
