"""What ran, who was told, and what is at work."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from clients_app import looking
from clients_app.admin.actions import for_each
from clients_app.admin.base import OfAccount, ReadOnlyAdmin
from clients_app.callers import caller_signed_in
from tasks_app import clock, dispatch, running
from tasks_app.models import Attempt, Heartbeat, Notification, TaskRun


class AttemptInline(admin.StackedInline[Attempt, TaskRun]):
    model = Attempt
    extra = 0
    fields = ("number", "worker", "started_at", "finished_at", "outcome", "summary", "log")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RunsOfAccount(OfAccount):
    path = "account_task__account"


@admin.register(TaskRun)
class TaskRunAdmin(ReadOnlyAdmin):
    inlines = (AttemptInline,)
    actions = ("cancel", "run_again")
    list_display = ("id", "account_task", "state", "trigger", "due_at", "started_at", "finished_at", "summary")
    list_filter = ("state", "trigger", RunsOfAccount)
    show_full_result_count = False
    change_form_template = "admin/at_the_pages.html"
    list_select_related = ("account_task__task", "account_task__account")
    search_fields = ("id", "account_task__id", "account_task__account__name")
    date_hierarchy = "created_at"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        run = context["original"]
        if looking.looks_at(request) == run.account_task.account_id:
            context["at_the_pages"] = "run"
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description="Cancel the selected runs")
    def cancel(self, request: HttpRequest, queryset: QuerySet[TaskRun]) -> None:
        for_each(request, queryset, lambda run: running.cancel(run, by=caller_signed_in(request), now=clock.now()))

    @admin.action(description="Run the selected runs again")
    def run_again(self, request: HttpRequest, queryset: QuerySet[TaskRun]) -> None:
        for_each(request, queryset, lambda run: dispatch.run_again(run, by=caller_signed_in(request), now=clock.now()))


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("subject", "user", "created_at", "mailed_at", "mail_problem")
    list_filter = (("mail_at", admin.EmptyFieldListFilter), ("mail_problem", admin.EmptyFieldListFilter), OfAccount)
    show_full_result_count = False
    list_select_related = ("user",)
    search_fields = ("subject", "user__email", "account__name")
    date_hierarchy = "created_at"


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at", "note")
