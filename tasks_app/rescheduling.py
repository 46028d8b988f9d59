"""Rescheduling: next runs that move because a time zone has changed, that of an account or the rules of all."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from clients_app import accounts
from clients_app.callers import Caller
from clients_app.models import Account
from tasks_app.models import AccountTask

AT_ONCE = 500  # account tasks in one transaction


def change_account(account: Account, *, name: str, time_zone: str, by: Caller, now: datetime) -> int:
    """
    The account as it is to be from now on, with next runs that fit its time zone. The number of those that moved.
    Raises ValidationError with field names.
    """
    with transaction.atomic():
        before = Account.objects.select_for_update(no_key=True).get(pk=account.pk).time_zone
        changed = accounts.change_account(account, name=name, time_zone=time_zone, by=by)
        return reschedule(account=changed, now=now) if changed.time_zone != before else 0


def reschedule(*, account: Account | None = None, now: datetime) -> int:
    """
    Read the wall-clock times of account tasks anew, because the account's time zone has changed; without an account
    those of all, because the rules of time zones have. What is due by now stays due. The number of those that moved.
    """
    coming = AccountTask.objects.filter(next_run_at__gt=now).order_by("pk")
    if account:
        coming = coming.filter(account=account)
    moved = 0
    done = UUID(int=0)
    while True:
        with transaction.atomic():
            rows = coming.filter(pk__gt=done).select_related("account").select_for_update(of=("self",))
            batch = list(rows[:AT_ONCE])
            if not batch:
                return moved
            slots = {row.pk: row.next_run_in(row.account.zone, now) for row in batch}
            changed = [row for row in batch if row.next_run_at != slots[row.pk]]
            for row in changed:
                row.next_run_at = slots[row.pk]
            AccountTask.objects.bulk_update(changed, ["next_run_at"])
        moved += len(changed)
        done = batch[-1].pk
