from django.urls import path

from clients_app.pages import clients, looking, views
from clients_app.permissions import for_members

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("password", views.password, name="password"),
    path("leave", looking.leave, name="leave"),
]
urlpatterns += for_members(
    [
        path("clients", clients.listed, name="clients"),
        path("clients/new", clients.new, name="client-new"),
        path("clients/<uuid:id>", clients.changed, name="client"),
        path("clients/<uuid:id>/rotate", clients.rotate, name="client-rotate"),
        path("clients/<uuid:id>/revoke", clients.revoke, name="client-revoke"),
    ]
)
