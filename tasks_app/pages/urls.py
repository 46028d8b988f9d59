from django.urls import path

from clients_app.permissions import for_members
from tasks_app.pages import account_tasks, review, runs

urlpatterns = for_members(
    [
        path("tasks", account_tasks.listed, name="account-tasks"),
        path("tasks/<uuid:id>", review.reviewed, name="account-task"),
        path("tasks/<uuid:id>/run", review.run, name="account-task-run"),
        path("tasks/<uuid:id>/pause", review.pause, name="account-task-pause"),
        path("tasks/<uuid:id>/resume", review.resume, name="account-task-resume"),
        path("tasks/<uuid:id>/delete", review.delete, name="account-task-delete"),
        path("tasks/<uuid:id>/deleted", review.deleted, name="account-task-deleted"),
        path("tasks/<uuid:id>/restore", review.restore, name="account-task-restore"),
        path("runs/<uuid:id>/cancel", runs.cancel, name="run-cancel"),
    ]
)
