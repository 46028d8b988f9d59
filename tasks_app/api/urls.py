from django.urls import path

from clients_app.api import converters  # noqa: F401 (makes <guid:…> known)
from tasks_app.api import batch, catalogue, runs, slots, views

urlpatterns = [
    path("tasks", catalogue.TasksView.as_view()),
    path("tasks/<guid:id>", catalogue.TaskView.as_view()),
    path("tasks/account", views.AccountTasksView.as_view()),
    path("tasks/account/batch", batch.AccountTaskBatchView.as_view()),
    path("tasks/account/run", views.AccountTaskRunView.as_view()),
    path("tasks/account/schedule", slots.SchedulePreviewView.as_view()),
    path("tasks/account/<guid:id>", views.AccountTaskView.as_view()),
    path("tasks/account/<guid:id>/restore", views.AccountTaskRestoreView.as_view()),
    path("tasks/account/<guid:id>/enable", views.AccountTaskEnableView.as_view()),
    path("tasks/account/<guid:id>/disable", views.AccountTaskDisableView.as_view()),
    path("tasks/account/<guid:id>/schedule", slots.AccountTaskScheduleView.as_view()),
    path("tasks/account/<guid:id>/runs", runs.RunsView.as_view()),
    path("tasks/account/<guid:id>/runs/<guid:run>", runs.RunView.as_view()),
    path("tasks/account/<guid:id>/runs/<guid:run>/retry", runs.RunRetryView.as_view()),
    path("tasks/account/<guid:id>/runs/<guid:run>/cancel", runs.RunCancelView.as_view()),
]
