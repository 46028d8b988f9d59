"""The choice of the task of the catalogue that is to be registered."""

from typing import Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clients_app.documents import UNFIT
from tasks_app.models import Task

SEARCHED_FROM: Final = 20  # tasks; fewer are seen at a glance
SHOWN: Final = 100
LONGEST_SEARCH: Final = 100  # characters


def chosen(request: HttpRequest) -> Task | None:
    """The task that the address names; None if it names none that can be registered."""
    try:
        return Task.objects.enabled().filter(pk=UUID(request.GET.get("task", ""))).first()
    except ValueError:
        return None


def choice(request: HttpRequest) -> HttpResponse:
    """The catalogue; with a search if it is long."""
    tasks = Task.objects.enabled()
    search = UNFIT.sub("", request.GET.get("search", ""))[:LONGEST_SEARCH].strip()
    found = tasks.filter(Q(name__icontains=search) | Q(description__icontains=search)) if search else tasks
    rows = list(found[: SHOWN + 1])
    context = {
        "tasks": rows[:SHOWN],
        "is_cut": len(rows) > SHOWN,
        "search": search,
        "is_searchable": search or len(rows) > SEARCHED_FROM,
        "is_unknown": "task" in request.GET,
    }
    return render(request, "pages/account_task_choice.html", context)
