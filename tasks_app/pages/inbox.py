"""The inbox: what whoever has signed in was told about runs, and the number of what is unread in the navigation."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from clients_app.models import User
from clients_app.pages.lists import asked_page
from clients_app.paging import SortKey
from tasks_app import clock, notifications
from tasks_app.pages import own

SORT_KEYS = {"DateCreated": SortKey("created_at")}
COUNTED = 100  # unread ones that are counted; the navigation has no room for more


def unread(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """A context processor. The template calls it where it shows the number: there, and nowhere else, it is a query."""

    def count() -> str:
        if not isinstance(request.user, User) or request.user.account is None:
            return ""
        number = own.notifications(request).unread()[:COUNTED].count()
        return f"{COUNTED - 1}+" if number == COUNTED else str(number or "")

    return {"unread_notifications": count}


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The newest first; with `?unread` those that are unread alone."""
    is_unread = "unread" in request.GET
    filters = {"read_at__isnull": True} if is_unread else {}
    rows_of = own.notifications(request).select_related("account_task__task").filter
    page = asked_page(request, rows_of, filters, keys=SORT_KEYS, sort="-DateCreated")
    if page is None:
        return redirect("inbox")
    return render(request, "pages/inbox.html", {"page": page, "is_unread": is_unread, "undo": _moment(request.GET)})


@require_safe
def opened(request: HttpRequest, id: UUID) -> HttpResponse:
    """One of them. To look at it is to have read it, for readers too, who may send no form."""
    row = get_object_or_404(own.notifications(request).select_related("account_task__task", "run"), pk=id)
    notifications.mark_read(own.notifications(request).filter(pk=row.pk), now=clock.now())
    return render(request, "pages/notification.html", {"notification": row})


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """The inbox then has a button that takes it back."""
    now = clock.now()
    count = notifications.mark_read(own.notifications(request), now=now)
    return redirect(f"{reverse('inbox')}?{urlencode({'undo': now.isoformat()})}" if count else "inbox")


@require_POST
def mark_unread(request: HttpRequest) -> HttpResponse:
    moment = _moment(request.POST)
    count = notifications.mark_unread(own.notifications(request), read_at=moment) if moment else 0
    messages.success(request, f"Unread again: {count}.")
    return redirect("inbox")


def _moment(sent: QueryDict) -> datetime | None:
    """When all were marked as read, in UTC; None if that is not said, or no moment."""
    try:
        return datetime.fromisoformat(str(sent.get("undo", ""))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
