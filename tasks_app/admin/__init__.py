"""The operators' window on the catalogue, on what is registered and on what ran."""

from django.contrib import admin

from tasks_app.admin import account_tasks, accounts, catalogue, runs

__all__ = ["account_tasks", "accounts", "catalogue", "runs"]

admin.site.site_header = admin.site.site_title = "Account Tasks"
