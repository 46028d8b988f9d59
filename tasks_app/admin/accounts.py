"""Accounts at the admin site, as far as their tasks are concerned."""

from django.contrib import admin

from clients_app.admin.accounts import AccountAdmin
from clients_app.callers import Caller
from clients_app.models import Account
from tasks_app import clock, registration

admin.site.unregister(Account)


@admin.register(Account)
class AccountWithTasksAdmin(AccountAdmin):
    """When its time zone changes, so do the next runs of its tasks."""

    def change_account(self, obj: Account, by: Caller) -> None:
        registration.change_account(
            obj, name=obj.name, time_zone=obj.time_zone, is_enabled=obj.is_enabled, by=by, now=clock.now()
        )
