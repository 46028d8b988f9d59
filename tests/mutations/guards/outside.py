"""What goes out: calls of URLs, mail, lines of the log, pages that show parameters; and settings that save others."""

from typing import Final

from tests.mutations.guard import POSTGRESQL, Change, Guard

OUTBOUND, ADDRESSES = "tests/tasks_app/test_outbound.py", "tests/tasks_app/test_outbound_addresses.py"
TLS, CALLS = "tests/tasks_app/test_outbound_tls.py", "tests/tasks_app/handlers/test_http_request.py"
LOGS, MASKS = "tests/config/test_logs.py", "tests/tasks_app/test_masking.py"

GUARDS: Final[list[Guard]] = [
    Guard(
        "each address is judged",
        Change(
            "tasks_app/outbound.py",
            "_resolved(target, give_up_at) if is_allowed(address)]",
            "_resolved(target, give_up_at)]",
        ),
        f"{ADDRESSES}::test_nothing_inside_is_called_unless_an_operator_says_so",
    ),
    Guard(
        "an IPv4 address in an IPv6 one counts as itself",
        Change(
            "tasks_app/outbound.py",
            "        address = address.ipv4_mapped\n",
            "        return is_allowed(address.ipv4_mapped) or True\n",
        ),
        f"{ADDRESSES}::test_global_unicast_alone_is_allowed",
    ),
    Guard(
        "of IPv6 what is assigned alone is called",
        Change("tasks_app/outbound.py", "if address.version == 6 and address not in _GLOBAL_UNICAST:", "if False:"),
        f"{ADDRESSES}::test_global_unicast_alone_is_allowed",
    ),
    Guard(
        "addresses for special purposes are not called",
        Change("tasks_app/outbound.py", '"100.64.0.0/10", ', ""),
        f"{ADDRESSES}::test_global_unicast_alone_is_allowed",
    ),
    Guard(
        "6to4 is not called",
        Change("tasks_app/outbound.py", '"2002::/16", ', ""),
        f"{ADDRESSES}::test_global_unicast_alone_is_allowed",
    ),
    Guard(
        "a name is resolved once",
        Change(
            "tasks_app/outbound.py",
            "plain = _connection(addresses, target.port, give_up_at)",
            "plain = socket.create_connection((target.host, target.port))",
        ),
        f"{ADDRESSES}::test_a_name_is_resolved_once_and_what_was_judged_is_called",
    ),
    Guard(
        "a URL has no user name",
        Change("tasks_app/outbound.py", 'if "@" in parts.netloc:', "if False:"),
        f"{ADDRESSES}::test_urls_that_are_refused",
    ),
    Guard(
        "a URL has no control characters",
        Change("tasks_app/outbound.py", "if _UNFIT_FOR_URL.search(url):", "if False:"),
        f"{ADDRESSES}::test_urls_that_are_refused",
    ),
    Guard(
        "a header makes no other request of it",
        Change(
            "tasks_app/outbound.py", "if not _TOKEN.fullmatch(name) or _UNFIT_FOR_FIELD.search(value):", "if False:"
        ),
        f"{ADDRESSES}::test_headers_that_are_refused",
    ),
    Guard(
        "Host is ours",
        Change("tasks_app/outbound.py", 'if name.lower() in _OURS or name.lower().startswith("proxy-"):', "if False:"),
        f"{ADDRESSES}::test_headers_that_are_refused",
    ),
    Guard(
        "no more than 64 KiB of an answer are kept",
        Change("tasks_app/outbound.py", "kept = response.read(MOST_KEPT)", "kept = response.read()"),
        f"{OUTBOUND}::test_the_first_64_kib_of_an_answer_are_kept",
    ),
    Guard(
        "the whole exchange has one limit of time",
        Change("tasks_app/outbound.py", "        end.start()\n        try:", "        try:"),
        f"{OUTBOUND}::test_the_whole_exchange_has_one_limit_of_time",
        also=Change(
            "tasks_app/outbound.py", "            end.cancel()\n            end.join()", "            end.cancel()"
        ),
    ),
    Guard(
        "certificates are checked",
        Change(
            "tasks_app/outbound.py", "return ssl.create_default_context()", "return ssl._create_unverified_context()"
        ),
        f"{TLS}::test_a_certificate_that_nobody_vouches_for_is_not_trusted",
    ),
    Guard(
        "a certificate is that of the name",
        Change(
            "tasks_app/outbound.py",
            "    return ssl.create_default_context()",
            "    made = ssl.create_default_context()\n    made.check_hostname = False\n    return made",
        ),
        f"{TLS}::test_a_certificate_of_another_name_is_not_trusted",
    ),
    Guard(
        "a redirect is no success",
        Change(
            "tasks_app/handlers/http_request.py", "if 200 <= answer.status < 300:", "if 200 <= answer.status < 400:"
        ),
        f"{CALLS}::test_redirects_are_not_followed",
    ),
    Guard(
        "what will not change is not tried again",
        Change(
            "tasks_app/handlers/http_request.py",
            "if answer.status in TRY_LATER or answer.status >= 500:",
            "if answer.status >= 400:",
        ),
        f"{CALLS}::test_an_answer_that_stays_the_same_is_final",
    ),
    Guard(
        "a repeat carries the same id",
        Change(
            "tasks_app/handlers/http_request.py",
            '"webhook-id": str(work.run_id)',
            '"webhook-id": f"{work.run_id}-{work.attempt}"',
        ),
        f"{CALLS}::test_the_call_is_signed_in_the_manner_of_standard_webhooks",
    ),
    Guard(
        "a subject is one line",
        Change(
            "clients_app/mail.py", '    subject = " ".join(subject.split())  # a line break would end the header\n', ""
        ),
        "tests/tasks_app/handlers/test_email_message.py::test_a_line_break_that_gets_into_a_subject_all_the_same_is_a_blank",
    ),
    Guard(
        "secrets are taken out of the log",
        Change("config/logs.py", "        without_secrets,\n", ""),
        f"{LOGS}::test_secrets_are_taken_out",
    ),
    Guard(
        "tokens of links are taken out of the log",
        Change("clients_app/secrets.py", '    r"|\\b[0-9a-z]{6,7}-[0-9a-f]{32}\\b"\n', ""),
        f"{LOGS}::test_the_token_of_a_link_is_taken_out_of_its_path",
    ),
    Guard(
        "known facts alone stand in the log",
        Change("config/logs.py", "structlog.stdlib.ExtraAdder(secrets.ABOUT)", "structlog.stdlib.ExtraAdder()"),
        f"{LOGS}::test_only_known_facts_are_told_beside_the_event",
    ),
    Guard(
        "an event feigns no other line",
        Change("config/logs.py", "line.translate(_UNFIT) for line in lines", "line for line in lines"),
        f"{LOGS}::test_an_event_feigns_no_other_line",
    ),
    Guard(
        "libraries log no tokens",
        Change("config/logs.py", '"oauthlib": {"level": "WARNING"}', '"oauthlib": {"level": "DEBUG"}'),
        f"{LOGS}::test_libraries_that_log_secrets_are_quiet",
    ),
    Guard(
        "what looks like a secret is not shown",
        Change(
            "tasks_app/masking.py",
            "return any(part in joined for part in _PARTS) or not _WORDS.isdisjoint(words)",
            "return False",
        ),
        f"{MASKS}::test_a_secret_is_not_shown",
    ),
    Guard(
        "the audit trail keeps no secrets of parameters",
        Change("tasks_app/registration.py", "harmless = masking.without_secrets(text)", "harmless = text"),
        "tests/tasks_app/test_registration.py::test_the_trail_keeps_no_secret_and_sees_that_it_changed",
    ),
    Guard(
        "operators see no secrets of parameters",
        Change(
            "tasks_app/admin/account_tasks.py",
            "self.masked = masking.without_secrets(self.instance.parameters)",
            "self.masked = self.instance.parameters",
        ),
        "tests/admin/test_tasks.py::test_an_operator_does_not_see_secrets_and_leaves_them_as_they_are",
    ),
    Guard(
        "a first look overlooks no secret",
        Change("tasks_app/masking.py", r'r"[\\&%]|://[^/\s?#]+@|<[!?]"', 'r"<[!?]"'),
        f"{MASKS}::test_a_secret_is_not_shown",
    ),
    Guard(
        "secrets in addresses are not shown",
        Change("tasks_app/masking.py", "    text = _USER_INFO.sub(MASK, text)\n", ""),
        f"{MASKS}::test_a_secret_is_not_shown",
    ),
    Guard(
        "a secret key is long",
        Change("config/environment.py", "if len(value) < 50:", "if False:"),
        "tests/config/test_environment.py::test_what_is_missing_or_wrong_is_said",
    ),
    Guard(
        "no statement takes for ever",
        Change("config/settings.py", "-c statement_timeout={STATEMENT_SECONDS}s", ""),
        "tests/config/test_postgresql.py::test_nothing_waits_for_ever",
        on=POSTGRESQL,
    ),
    Guard(
        "no statement waits for a lock for ever",
        Change("config/settings.py", "-c lock_timeout=15s ", ""),
        "tests/config/test_postgresql.py::test_nothing_waits_for_ever",
        on=POSTGRESQL,
    ),
    Guard(
        "no transaction stays open for ever",
        Change("config/settings.py", " -c idle_in_transaction_session_timeout=60s", ""),
        "tests/config/test_postgresql.py::test_nothing_waits_for_ever",
        on=POSTGRESQL,
    ),
    Guard(
        "a connection that has died is replaced",
        Change("config/postgresql/base.py", "return not ready.poll(0)", "return True"),
        "tests/config/test_postgresql.py::test_a_connection_that_has_died_is_replaced",
        on=POSTGRESQL,
    ),
    Guard(
        "on SQLite a transaction takes the lock at once",
        Change("config/settings.py", '        "transaction_mode": "IMMEDIATE",\n', ""),
        "tests/config/test_sqlite.py::test_a_transaction_may_write_from_its_beginning_on",
    ),
]
