from django.urls import path

from clients_app.api.views import ClientsView

urlpatterns = [
    path("clients", ClientsView.as_view()),
]
