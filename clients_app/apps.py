from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients_app"
    verbose_name = "Accounts, users and clients"
