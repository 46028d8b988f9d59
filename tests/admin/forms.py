"""Forms and actions of the admin site, sent as a browser sends them."""

from typing import Any

from django.test import Client as Browser
from django.urls import reverse


def url(model: type, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)  # type: ignore[attr-defined]


def post(browser: Browser, address: str, **fields: Any) -> Any:
    response = browser.post(address, fields, follow=True)
    assert response.status_code == 200
    form = response.context.get("adminform")
    assert form is None or not form.errors, form.errors
    return response


def act(browser: Browser, model: type, action: str, *rows: Any, is_sure: bool = False) -> str:
    """The page that comes next. is_sure: the answer to the question of those actions that ask one."""
    fields: dict[str, Any] = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    if is_sure:
        fields["confirmed"] = "yes"
    response = browser.post(url(model, "changelist"), fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()
