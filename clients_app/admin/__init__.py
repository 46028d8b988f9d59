"""The operators' window on accounts, users, clients and the audit trail."""

from django.contrib import admin
from django.contrib.auth.models import Group

from clients_app.admin import accounts, clients, history, users

__all__ = ["accounts", "clients", "history", "users"]

admin.site.unregister(Group)  # operators may do everything, so there is nothing to group
