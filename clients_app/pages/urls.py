from django.urls import path

from clients_app.pages import clients, looking, passwords, second_factor, sessions, signing_in, users
from clients_app.permissions import for_members

urlpatterns = [
    path("sign-in", signing_in.sign_in, name="sign-in"),
    path("sign-in/code", signing_in.code, name="sign-in-code"),
    path("sign-out", signing_in.sign_out, name="sign-out"),
    path("profile", users.profile, name="profile"),
    path("sessions", sessions.listed, name="sessions"),
    path("second-factor", second_factor.shown, name="second-factor"),
    path("second-factor/begin", second_factor.begin, name="second-factor-begin"),
    path("second-factor/confirm", second_factor.confirm, name="second-factor-confirm"),
    path("second-factor/remove", second_factor.remove, name="second-factor-remove"),
    path("password", passwords.changed, name="password"),
    path("password/reset", passwords.forgotten, name="password-reset"),
    path("password/reset/<uuid:id>/<str:token>", passwords.reset, name="password-reset-link"),
    path("invitation/<uuid:id>/<str:token>", passwords.invitation, name="invitation"),
    path("leave", looking.leave, name="leave"),
]
urlpatterns += for_members(
    [
        path("clients", clients.listed, name="clients"),
        path("clients/new", clients.new, name="client-new"),
        path("clients/<uuid:id>", clients.changed, name="client"),
        path("clients/<uuid:id>/rotate", clients.rotate, name="client-rotate"),
        path("clients/<uuid:id>/revoke", clients.revoke, name="client-revoke"),
        path("settings/users", users.listed, name="users"),
        path("settings/users/invite", users.invite, name="user-invite"),
        path("settings/users/<uuid:id>", users.shown, name="user"),
        path("settings/users/<uuid:id>/invite", users.invite_again, name="user-invite-again"),
        path("settings/users/<uuid:id>/role", users.change_role, name="user-role"),
        path("settings/users/<uuid:id>/sign-out", users.sign_out, name="user-sign-out"),
        path("settings/users/<uuid:id>/switch-off", users.switch_off, name="user-switch-off"),
        path("settings/users/<uuid:id>/switch-on", users.switch_on, name="user-switch-on"),
    ]
)
