from django.urls import path, register_converter

from clients_app.api.converters import GuidConverter
from tasks_app.api.views import AccountTaskRunView, AccountTasksView, AccountTaskView

register_converter(GuidConverter, "guid")

urlpatterns = [
    path("tasks/account", AccountTasksView.as_view()),
    path("tasks/account/run", AccountTaskRunView.as_view()),
    path("tasks/account/<guid:id>", AccountTaskView.as_view()),
]
