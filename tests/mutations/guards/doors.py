"""Who gets to what: the rows of other accounts, readers, operators, forms, headers, cookies."""

from typing import Final

from tests.mutations.guard import Change, Guard

ISOLATION, AUTH = "tests/api/test_isolation.py", "tests/api/test_authentication.py"
TASKS = "tests/pages/test_account_tasks.py"
POLICY, HTTPS = "tests/config/test_content_security_policy.py", "tests/acceptance/test_https.py"
LAST = '    "axes.middleware.AxesMiddleware",  # wants to be the last\n'

GUARDS: Final[list[Guard]] = [
    Guard(
        "account tasks of others are not there",
        Change(
            "tasks_app/models/account_task.py",
            "filter(account=account, deleted_at__isnull=True)",
            "filter(deleted_at__isnull=True)",
        ),
        f"{ISOLATION}::test_foreign_rows_look_like_absent_ones",
    ),
    Guard(
        "what is deleted is not there",
        Change(
            "tasks_app/models/account_task.py",
            "filter(account=account, deleted_at__isnull=True)",
            "filter(account=account)",
        ),
        "tests/api/test_delete_account_task.py::test_a_deleted_one_is_gone_at_once_and_runs_no_more",
    ),
    Guard(
        "what others have deleted can not be restored",
        Change("tasks_app/models/account_task.py", "filter(account=account, deleted_at__gt", "filter(deleted_at__gt"),
        f"{ISOLATION}::test_foreign_rows_look_like_absent_ones",
    ),
    Guard(
        "what was deleted long ago can not be restored",
        Change("tasks_app/models/account_task.py", "deleted_at__gt=now - RESTORABLE", "deleted_at__isnull=False"),
        "tests/api/test_delete_account_task.py::test_what_is_not_deleted_or_was_too_long_ago_can_not_be_restored",
    ),
    Guard(
        "clients of others are not there",
        Change("clients_app/models/client.py", "return self.filter(account=account)", "return self.filter()"),
        f"{ISOLATION}::test_foreign_rows_look_like_absent_ones",
    ),
    Guard(
        "a run is one of its account task",
        Change(
            "tasks_app/api/runs.py",
            "return TaskRun.objects.filter(account_task=account_task)",
            "return TaskRun.objects.all()",
        ),
        f"{ISOLATION}::test_a_foreign_run_under_an_account_task_of_one_s_own",
    ),
    Guard(
        "runs of others have no page",
        Change("tasks_app/models/task_run.py", "return self.filter(account=account)", "return self.filter()"),
        "tests/pages/test_run.py::test_what_is_foreign_deleted_or_absent_is_not_there",
    ),
    Guard(
        "bulk changes of others are not there",
        Change("tasks_app/models/bulk_change.py", "return self.filter(account=account)", "return self.filter()"),
        "tests/pages/test_bulk.py::test_the_list_of_bulk_changes_is_that_of_the_account",
    ),
    Guard(
        "the inbox is one's own",
        Change("tasks_app/models/notification.py", "return self.filter(user=user)", "return self.filter()"),
        "tests/pages/test_inbox.py::test_the_inbox_is_ones_own",
    ),
    Guard(
        "users of others are not there",
        Change(
            "clients_app/pages/users.py",
            "User.objects.filter(account=caller_signed_in(request).account)",
            "User.objects.all()",
        ),
        "tests/pages/test_users.py::test_foreign_users_are_not_there",
    ),
    Guard(
        "foreign users are not offered",
        Change(
            "clients_app/pages/client_forms.py", "filter(account=account, is_active=True)", "filter(is_active=True)"
        ),
        "tests/pages/test_clients.py::test_a_foreign_user_can_not_be_chosen",
        also=Change(
            "clients_app/clients.py",
            "filter(pk=user_id, account=account, is_active=True)",
            "filter(pk=user_id, is_active=True)",
        ),
    ),
    Guard(
        "a report tells of the own account",
        Change(
            "tasks_app/handlers/account_report.py",
            "AccountTask.objects.for_account(account)",
            "AccountTask.objects.all()",
        ),
        "tests/tasks_app/handlers/test_account_report.py::test_other_accounts_are_not_in_it",
    ),
    Guard(
        "a message goes to users of the account",
        Change(
            "tasks_app/handlers/email_message.py",
            "filter(account=account, is_active=True, email",
            "filter(is_active=True, email",
        ),
        "tests/tasks_app/handlers/test_email_message.py::test_nobody_else_is_written_to",
    ),
    Guard(
        "a user who is switched off is refused",
        Change("clients_app/permissions.py", "if not user.is_active:", "if False:"),
        f"{AUTH}::test_the_client_of_a_switched_off_user_is_forbidden",
    ),
    Guard(
        "an account that is switched off is refused",
        Change("clients_app/permissions.py", "if not user.account.is_enabled:", "if False:"),
        f"{AUTH}::test_the_calls_of_a_switched_off_account_are_forbidden",
    ),
    Guard(
        "a reader changes nothing over the API",
        Change("clients_app/permissions.py", "if method not in SAFE_METHODS and not user.may_change:", "if False:"),
        f"{ISOLATION}::test_readers_see_and_change_nothing",
    ),
    Guard(
        "a reader changes nothing at the pages",
        Change("clients_app/permissions.py", "elif reason := refusal_of(user, request.method):", "elif reason := '':"),
        "tests/pages/test_signing_in.py::test_a_reader_sees_and_changes_nothing",
    ),
    Guard(
        "the check stands around all pages of an account",
        Change("clients_app/permissions.py", "pattern.callback = members_only(pattern.callback)", "pass"),
        "tests/test_every_url.py::test_what_nobody_gets",
    ),
    Guard(
        "an address alone changes nothing",
        Change("tasks_app/pages/review.py", "@require_POST\ndef pause", "def pause"),
        f"{TASKS}::test_an_address_alone_changes_nothing",
    ),
    Guard(
        "forms need their token",
        Change("config/settings.py", '    "django.middleware.csrf.CsrfViewMiddleware",\n', ""),
        f"{TASKS}::test_forms_need_their_token",
    ),
    Guard(
        "no script but our own",
        Change("config/headers.py", '"script-src": "\'self\'"', "\"script-src\": \"'self' 'unsafe-inline'\""),
        f"{POLICY}::test_the_policy_stands_on_every_answer",
    ),
    Guard(
        "nobody shows our pages inside of theirs",
        Change("config/headers.py", '"frame-ancestors": "\'none\'"', '"frame-ancestors": "*"'),
        f"{POLICY}::test_the_policy_stands_on_every_answer",
    ),
    Guard(
        "the policy stands on what is refused early",
        Change("config/settings.py", '    "config.headers.always",\n', ""),
        f"{POLICY}::test_it_stands_on_what_is_refused_before_any_view",
        also=Change("config/settings.py", LAST, f'{LAST}    "config.headers.always",\n'),
    ),
    Guard(
        "cookies are kept from scripts",
        Change(
            "config/settings.py",
            "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True",
            "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = False",
        ),
        f"{HTTPS}::test_cookies_belong_to_this_host_alone",
    ),
    Guard(
        "cookies need TLS",
        Change(
            "config/settings.py",
            "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS",
            "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False",
        ),
        f"{HTTPS}::test_cookies_belong_to_this_host_alone",
    ),
    Guard(
        "cookies are those of this host",
        Change("config/settings.py", 'COOKIE_PREFIX = "__Host-" if HTTPS else ""', 'COOKIE_PREFIX = ""'),
        f"{HTTPS}::test_cookies_belong_to_this_host_alone",
    ),
    Guard(
        "plain HTTP leads to TLS",
        Change("config/settings.py", "SECURE_SSL_REDIRECT = HTTPS", "SECURE_SSL_REDIRECT = False"),
        f"{HTTPS}::test_cookies_belong_to_this_host_alone",
    ),
    Guard(
        "browsers come back over TLS alone",
        Change(
            "config/settings.py", "SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0", "SECURE_HSTS_SECONDS = 0"
        ),
        f"{HTTPS}::test_cookies_belong_to_this_host_alone",
    ),
    Guard(
        "no proxy is believed about TLS unless it is trusted",
        Change("config/settings.py", "if TRUSTED_PROXY_COUNT:\n    SECURE", "if True:\n    SECURE"),
        "tests/config/test_environment.py::test_a_proxy_is_believed_about_tls_if_it_is_trusted",
    ),
]
