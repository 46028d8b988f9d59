from django.urls import path

from clients_app.permissions import for_members
from tasks_app.pages import views

urlpatterns = for_members(
    [
        path("tasks", views.account_tasks, name="account-tasks"),
        path("tasks/<uuid:id>", views.account_task, name="account-task"),
        path("tasks/<uuid:id>/run", views.run, name="account-task-run"),
        path("tasks/<uuid:id>/pause", views.pause, name="account-task-pause"),
        path("tasks/<uuid:id>/resume", views.resume, name="account-task-resume"),
        path("tasks/<uuid:id>/delete", views.delete, name="account-task-delete"),
        path("tasks/<uuid:id>/restore", views.restore, name="account-task-restore"),
        path("runs/<uuid:id>/cancel", views.cancel, name="run-cancel"),
    ]
)
