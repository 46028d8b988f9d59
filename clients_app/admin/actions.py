"""What actions of lists share: one row after the other, a question before what hurts, secrets that are shown once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from clients_app.exceptions import Refusal

Row = TypeVar("Row", bound=Model)

MOST_ASKED = 200  # rows that one question names


@dataclass(frozen=True)
class Shown:
    """A secret on the one page that it is shown on. label: what it is the secret of."""

    label: str
    secret: str


def for_each(request: HttpRequest, rows: Iterable[Row], do: Callable[[Row], object], *, absent: str = "") -> None:
    """Each row for itself, and what was refused is said. absent: why `do` has not found a row."""
    done = 0
    for row in rows:
        try:
            do(row)
            done += 1
        except Refusal as error:
            messages.error(request, f"{row}: {error}")
        except ObjectDoesNotExist:
            messages.error(request, f"{row}: {absent or 'it was deleted.'}")
    if done:
        messages.success(request, f"Done for {done}.")


def question(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, rows: QuerySet[Any], *, action: str, asked: str, hint: str
) -> HttpResponse | None:
    """The page that asks whether to go on with these rows, None once that was answered. hint: what will happen."""
    if request.POST.get("confirmed") == "yes":
        return None
    named = list(rows[: MOST_ASKED + 1])
    if len(named) > MOST_ASKED:
        messages.error(request, f"These are too many at once: choose {MOST_ASKED} of them at most.")
        return redirect(request.get_full_path())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": asked,
        "opts": model_admin.opts,
        "rows": named,
        "action": action,
        "hint": hint,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return render(request, "admin/question.html", context)


def shown_once(model_admin: admin.ModelAdmin[Any], request: HttpRequest, shown: list[Shown]) -> HttpResponse:
    """A page of its own, which no cache keeps: a message would be kept in a cookie."""
    opts = model_admin.opts
    back = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    context = {"title": "Shown this once", "opts": opts, "shown": shown, "back": back}
    response = render(request, "admin/secrets.html", {**model_admin.admin_site.each_context(request), **context})
    response["Cache-Control"] = "no-store"
    return response
