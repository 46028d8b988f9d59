from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients_app"
    verbose_name = "Accounts, users and clients"

    def ready(self) -> None:
        from clients_app import sign_ins  # noqa: F401 (what it receives)
