"""What the database refuses, what belongs into one transaction, and what stays."""

from typing import Final

from tests.mutations.guard import POSTGRESQL, Change, Guard

MODELS, BULK = "tests/tasks_app/test_models.py", "tests/tasks_app/test_bulk.py"
BULK_WORKERS = "tests/tasks_app/test_bulk_workers.py"
TOLD, TRAIL = "tests/tasks_app/test_notifications.py", "tests/clients_app/test_audit_trail.py"
STAYS = f"{TRAIL}::test_entries_are_neither_changed_nor_deleted"
FIRST, SECOND = "tasks_app/migrations/0001_initial.py", "tasks_app/migrations/0002_runs_are_executed.py"
OF_AUDIT = "clients_app/migrations/0009_audit_entries_stay.py"
USERS = "clients_app/migrations/0001_initial.py"
MONTHS, OF_MONTHS = "tasks_app/partitions.py", "tests/tasks_app/test_partitions.py"
OF_REVOCATION = (
    "    with transaction.atomic():\n        client = Client.objects.select_for_update().get",
    "    if True:\n        client = Client.objects.select_for_update().get",
)

GUARDS: Final[list[Guard]] = [
    Guard(
        "a slot has one row",
        Change(FIRST, 'fields=("account_task", "due_at"), name', 'fields=("account_task", "due_at", "id"), name'),
        f"{MODELS}::test_a_slot_has_one_run",
    ),
    Guard(
        "a statement of SQLite is over when it has answered",
        Change(
            "config/sqlite/base.py",
            "            return Answer(own.fetchall() if own.description else [], own.rowcount)",
            "            return self.connection.execute(sql.replace('%s', '?'), values)  # type: ignore[no-any-return]",
        ),
        "tests/config/test_sqlite.py::test_no_statement_keeps_others_from_writing_when_it_has_answered",
    ),
    Guard(
        "a lock that another process has is waited for",
        Change("config/sqlite/base.py", "error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or", "True or"),
        "tests/config/test_sqlite.py::test_a_lock_of_another_process_is_taken_as_soon_as_it_is_free",
    ),
    Guard(
        "a slot has one row, and the schedule goes on",
        Change(
            "clients_app/writes.py",
            "{columns.insert_values(len(some))} ON CONFLICT DO NOTHING RETURNING",
            "{columns.insert_values(len(some))} RETURNING",
        ),
        "tests/tasks_app/test_dispatch.py::test_a_slot_that_has_its_row_gets_no_second_one",
    ),
    Guard(
        "a slot has one row in its month",
        Change(MONTHS, 'UNIQUE (account_task_id, due_at)"', 'UNIQUE (account_task_id, due_at, id)"'),
        f"{OF_MONTHS}::test_a_slot_is_unique_in_all_tables",
        on=POSTGRESQL,
    ),
    Guard(
        "a slot's row lies in its month",
        Change(MONTHS, "' AND due_at < '{end.isoformat()}')", "' OR due_at < '{end.isoformat()}')"),
        f"{OF_MONTHS}::test_a_slot_is_unique_in_all_tables",
        on=POSTGRESQL,
    ),
    Guard(
        "a slot's run has always the same key",
        Change("tasks_app/models/task_run.py", "key_of(account_task.pk, due_at) if due_at else new_key()", "new_key()"),
        "tests/tasks_app/test_dispatch.py::test_a_slot_that_is_dispatched_anew_has_the_key_that_it_had",
    ),
    Guard(
        "a month with a run that goes on stays",
        Change(MONTHS, "if unfinished := _rows(query)[0][0]:", "if unfinished := 0:"),
        f"{OF_MONTHS}::test_a_month_with_a_run_that_goes_on_stays",
        on=POSTGRESQL,
    ),
    Guard(
        "a month stays until all of it is old",
        Change(MONTHS, "if part.end > bound(before):", "if False:"),
        f"{OF_MONTHS}::test_a_month_stays_until_all_of_it_is_old",
        on=POSTGRESQL,
    ),
    Guard(
        "only what is on has a next run",
        Change(FIRST, 'models.Q(("deleted_at__isnull", True), ("is_enabled", True)),', "models.Q(pk__isnull=False),"),
        f"{MODELS}::test_account_tasks_that_must_never_be",
    ),
    Guard(
        "nothing ends before it starts",
        Change(FIRST, '("finish_at__gte", models.F("start_at"))', '("finish_at__isnull", False)'),
        f"{MODELS}::test_account_tasks_that_must_never_be",
    ),
    Guard(
        "a run is in a known state",
        Change(FIRST, '("state__in", ["CANCELLED", "FAILED", "QUEUED"', '("state__in", ["PENDING", "LOST", "QUEUED"'),
        f"{MODELS}::test_a_run_is_in_a_known_state",
        also=Change(SECOND, '("state__in", ("QUEUED", "RUNNING")), ("finished_at', '("finished_at'),
    ),
    Guard(
        "what is over, and nothing else, has an end",
        Change(SECOND, '("state__in", ("QUEUED", "RUNNING")), ("finished_at', '("finished_at'),
        f"{MODELS}::test_runs_that_must_never_be",
    ),
    Guard(
        "what waits, and nothing else, has a next attempt",
        Change(
            SECOND,
            'models.Q(("next_attempt_at__isnull", False), ("state", "QUEUED")),',
            'models.Q(("state", "QUEUED")),',
        ),
        f"{MODELS}::test_runs_that_must_never_be",
    ),
    Guard(
        "what runs, and nothing else, has a lease",
        Change(
            SECOND,
            'models.Q(("leased_until__isnull", False), ("state", "RUNNING")),',
            'models.Q(("state", "RUNNING")),',
        ),
        f"{MODELS}::test_runs_that_must_never_be",
    ),
    Guard(
        "nobody changes an entry of the trail, on PostgreSQL",
        Change(OF_AUDIT, "BEFORE UPDATE OR DELETE ON", "BEFORE DELETE ON"),
        STAYS,
        on=POSTGRESQL,
    ),
    Guard(
        "nobody deletes an entry of the trail, on PostgreSQL",
        Change(OF_AUDIT, "BEFORE UPDATE OR DELETE ON", "BEFORE UPDATE ON"),
        STAYS,
        on=POSTGRESQL,
    ),
    Guard(
        "nobody changes or deletes an entry of the trail, on SQLite",
        Change(OF_AUDIT, "SELECT RAISE(ABORT, '{REFUSAL}')", "SELECT '{REFUSAL}'"),
        STAYS,
    ),
    Guard(
        "a user has an account or is an operator",
        Change(
            USERS, 'models.Q(("account__isnull", True), ("is_staff", True)),', 'models.Q(("account__isnull", True)),'
        ),
        "tests/clients_app/test_accounts.py::test_the_database_refuses_users_that_must_never_be",
    ),
    Guard(
        "nobody of an account is an operator",
        Change(
            USERS,
            '("account__isnull", False), ("is_staff", False), ("is_superuser", False)',
            '("account__isnull", False)',
        ),
        "tests/clients_app/test_accounts.py::test_the_database_refuses_users_that_must_never_be",
    ),
    Guard(
        "a change and its entry are one transaction",
        Change(
            "clients_app/accounts.py",
            "    with transaction.atomic():\n        account.save(force",
            "    if True:\n        account.save(force",
        ),
        "tests/clients_app/test_accounts.py::test_an_entry_that_can_not_be_written_undoes_the_change",
    ),
    Guard(
        "the end of a client and its entry are one transaction",
        Change("clients_app/clients.py", *OF_REVOCATION),
        "tests/clients_app/test_accounts.py::test_an_entry_that_can_not_be_written_undoes_the_change",
    ),
    Guard(
        "a client and its entry are one transaction",
        Change(
            "clients_app/clients.py",
            "    with transaction.atomic():\n        client.save(force",
            "    if True:\n        client.save(force",
        ),
        "tests/api/test_fail_safely.py::test_a_client_without_its_audit_entry_is_not_registered",
    ),
    Guard(
        "an account task and its entry are one transaction",
        Change(
            "clients_app/writes.py",
            "with transaction.atomic(savepoint=False):\n            execute_all(insertions(",
            "if True:\n            execute_all(insertions(",
        ),
        "tests/clients_app/test_writes.py::test_what_can_not_be_written_leaves_nothing_behind",
    ),
    Guard(
        "secrets are no facts of the trail",
        Change("clients_app/models/client.py", 'audited = ("account_id", ', 'audited = ("account_id", "secret_hash", '),
        "tests/api/test_clients.py::test_the_audit_entry_holds_no_secret",
    ),
    Guard(
        "another version is left alone",
        Change("tasks_app/registration.py", "if versions is not None and locked.version not in versions:", "if False:"),
        "tests/api/test_versions.py::test_another_version_is_left_alone",
    ),
    Guard(
        "an edit fires nothing",
        Change("tasks_app/registration.py", "locked.timetable.next_after(now) if", "now if"),
        "tests/tasks_app/test_registration.py::test_an_edit_goes_on_with_the_next_slot_and_fires_nothing",
    ),
    Guard(
        "unfinished runs stay, however old",
        Change(
            "tasks_app/history.py",
            "TaskRun.objects.finished().filter(created_at__lt",
            "TaskRun.objects.filter(created_at__lt",
        ),
        "tests/tasks_app/handlers/test_purge_history.py::test_runs_of_the_account_older_than_given_are_deleted",
    ),
    Guard(
        "an account purges its own history alone",
        Change("tasks_app/history.py", "    if account:\n", "    if False:\n"),
        "tests/tasks_app/handlers/test_purge_history.py::test_runs_of_the_account_older_than_given_are_deleted",
    ),
    Guard(
        "a mail that is still to be sent stays",
        Change(
            "tasks_app/history.py",
            "filter(created_at__lt=before, mail_at__isnull=True)",
            "filter(created_at__lt=before)",
        ),
        "tests/tasks_app/handlers/test_purge_history.py::test_notifications_of_that_time_go_too_unless_their_mail_is_still_to_come",
    ),
    Guard(
        "a mail goes out once",
        Change(
            "tasks_app/notifications.py", "Notification.objects.to_mail().filter(pk", "Notification.objects.filter(pk"
        ),
        f"{TOLD}::test_the_mail_goes_out_once",
    ),
    Guard(
        "repeats of a failure are gathered",
        Change("tasks_app/notifications.py", "(failures == 1 or failures % EACH == 0)", "failures > 0"),
        f"{TOLD}::test_repeats_of_a_failure_are_gathered",
    ),
    Guard(
        "whoever is switched off hears nothing",
        Change(
            "tasks_app/notifications.py",
            "if not is_wanted or not account_task.client.user.is_active:",
            "if not is_wanted:",
        ),
        f"{TOLD}::test_a_user_who_was_switched_off_hears_nothing",
    ),
    Guard(
        "a mail is given up in the end",
        Change("tasks_app/notifications.py", " if notification.mail_attempts < MOST_ATTEMPTS else None", ""),
        f"{TOLD}::test_after_eight_attempts_a_mail_is_given_up",
    ),
    Guard(
        "an item of a bulk change is done once",
        Change("tasks_app/bulk.py", "filter(pk=key, done_at__isnull=True, change", "filter(pk=key, change"),
        f"{BULK_WORKERS}::test_an_item_that_another_worker_has_done_is_left_alone",
    ),
    Guard(
        "a bulk change that was stopped does nothing more",
        Change("tasks_app/bulk.py", "done_at__isnull=True, change__finished_at__isnull=True)", "done_at__isnull=True)"),
        f"{BULK_WORKERS}::test_an_item_of_what_was_stopped_is_left_alone",
    ),
    Guard(
        "a bulk change looks at the rights again",
        Change("tasks_app/bulk.py", "    if reason := _rights_lost(change):", "    if reason := '':"),
        f"{BULK}::test_whose_rights_are_gone_changes_nothing_more",
    ),
    Guard(
        "a bulk change takes no more than was seen",
        Change("tasks_app/bulk.py", "if len(keys) > expected:", "if False:"),
        f"{BULK}::test_what_can_not_begin",
    ),
    Guard(
        "a bulk change takes what is the account's own",
        Change("tasks_app/bulk.py", "account_tasks.filter(account=by.account, deleted", "account_tasks.filter(deleted"),
        f"{BULK}::test_what_can_not_begin",
    ),
]
