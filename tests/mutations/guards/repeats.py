"""How often, how quickly and how many times over: limits, the express lane, keys of repeats."""

from typing import Final

from tests.mutations.guard import POSTGRESQL, Change, Guard

EXPRESS, LIMITS, KEYS = "tests/api/test_express_lane.py", "tests/api/test_limits.py", "tests/api/test_idempotency.py"
TOGETHER: Final = "tests/api/test_calls_together.py"

GUARDS: Final[list[Guard]] = [
    Guard(
        "trusted proxies alone are believed",
        Change("clients_app/callers.py", "chain[-min(settings.TRUSTED_PROXY_COUNT + 1, len(chain))]", "chain[0]"),
        "tests/clients_app/test_callers.py::test_only_trusted_proxies_are_believed",
    ),
    Guard(
        "too many calls are refused",
        Change("clients_app/throttles.py", "return budget.left >= 0", "return True"),
        f"{LIMITS}::test_too_many_are_refused_until_the_next_minute",
    ),
    Guard(
        "too many calls are refused on the express lane",
        Change("tasks_app/api/express.py", "        if budget.left >= 0:\n", "        if True:\n"),
        f"{TOGETHER}::test_those_that_are_too_many_are_left_out",
    ),
    Guard(
        "what is too much on the express lane is not written with it",
        Change(
            "clients_app/limits.py", "JOIN limits USING (key) WHERE count > most", "JOIN limits USING (key) WHERE false"
        ),
        "tests/clients_app/test_limits.py::"
        "test_several_are_counted_one_by_one_and_nothing_else_is_done_if_it_was_too_much",
        on=POSTGRESQL,
    ),
    Guard(
        "what is too much on the express lane is not written with it on SQLite",
        Change("clients_app/limits.py", "if all(counts[key] <= most[key] for key in keys):", "if True:"),
        "tests/clients_app/test_limits.py::"
        "test_several_are_counted_one_by_one_and_nothing_else_is_done_if_it_was_too_much",
    ),
    Guard(
        "counts and what they are for are one transaction",
        Change("clients_app/limits.py", "with transaction.atomic() if then else nullcontext():", "if True:"),
        "tests/clients_app/test_limits.py::test_what_can_not_be_done_is_not_counted_either",
    ),
    Guard(
        "what may have been done on the express lane is not done again",
        Change("tasks_app/api/express.py", "            raise  # it may have been done\n", "            pass\n"),
        f"{TOGETHER}::test_what_may_have_been_done_is_not_done_again",
    ),
    Guard(
        "what the database refuses of one call is no other's misfortune",
        Change(
            "tasks_app/api/express.py",
            "            for each in ready:\n                _write([each])\n",
            "            for each in ready:\n                each.outcome = error\n",
        ),
        f"{TOGETHER}::test_what_the_database_refuses_of_one_is_written_of_the_others",
    ),
    Guard(
        "who holds the rows of one call keeps no other waiting",
        Change("clients_app/statements.py", 'in ("55P03", "40P01")', "in ()"),
        f"{TOGETHER}::test_who_waits_for_a_lock_keeps_no_other_waiting",
        on=POSTGRESQL,
    ),
    Guard(
        "creates don't wait for a lock all together",
        Change("config/postgresql/base.py", "        if self.is_of_creates:\n", "        if False:\n"),
        f"{TOGETHER}::test_who_waits_for_a_lock_keeps_no_other_waiting",
        on=POSTGRESQL,
    ),
    Guard(
        "what goes wrong with one call is no other's misfortune",
        Change("tasks_app/api/express.py", "    except Exception as error:\n        return error\n", ""),
        f"{TOGETHER}::test_what_goes_wrong_with_one_is_its_own_error",
    ),
    Guard(
        "whoever leads lets the next one lead",
        Change("clients_app/together.py", "self._waiting[0].woken.release()", "pass"),
        "tests/clients_app/test_together.py::test_what_ends_with_an_exception_has_it_for_all_and_keeps_nobody_waiting",
    ),
    Guard(
        "a call gets its own result",
        Change("clients_app/prepared.py", "found[number - 1] = ", "found[-number] = "),
        f"{TOGETHER}::test_one_that_was_revoked_is_refused_though_others_are_not",
        on=POSTGRESQL,
    ),
    Guard(
        "the account's calls are counted together",
        Change("clients_app/throttles.py", '{f"{OF_ACCOUNT}{caller.account.pk}": most_of_account, f"', '{f"'),
        f"{LIMITS}::test_clients_are_counted_apart_and_the_account_together",
    ),
    Guard(
        "too much of anything is refused",
        Change(
            "clients_app/limits.py",
            "    if budget.left < 0:\n        raise LimitReached(budget.wait, window)\n    return budget",
            "    return budget",
        ),
        "tests/clients_app/test_limits.py::test_no_more_than_most_in_a_window",
    ),
    Guard(
        "the database counts",
        Change(
            "clients_app/limits.py",
            "SET count = clients_app_counter.count + excluded.count",
            "SET count = excluded.count",
        ),
        "tests/clients_app/test_limits.py::test_callers_at_the_same_instant_can_not_slip_through_together",
        on=POSTGRESQL,
    ),
    Guard(
        "whoever may not change is refused on the express lane",
        Change("tasks_app/api/express.py", "AccessToken.objects.live().that_change()", "AccessToken.objects.live()"),
        f"{EXPRESS}::test_who_may_not_is_told_so_by_the_usual_road",
        also=Change("tasks_app/api/express.py", ' or refusal_of(client.user, "POST"):', ":"),
    ),
    Guard(
        "a task that is switched off is refused on the express lane",
        Change(
            "tasks_app/api/express.py", "Task.objects.enabled().filter(pk=task_id)", "Task.objects.filter(pk=task_id)"
        ),
        f"{EXPRESS}::test_who_may_not_is_told_so_by_the_usual_road",
    ),
    Guard(
        "the express lane knows no Idempotency-Key",
        Change("tasks_app/api/express.py", ' or "HTTP_IDEMPOTENCY_KEY" in request.META', ""),
        f"{EXPRESS}::test_what_it_is_not_for_goes_the_usual_road",
    ),
    Guard(
        "the express lane refuses hosts that are not ours",
        Change("tasks_app/api/express.py", "        request.get_host()\n", "        pass\n"),
        f"{EXPRESS}::test_what_it_is_not_for_goes_the_usual_road",
    ),
    Guard(
        "the express lane before Django takes no plain HTTP",
        Change("config/express.py", "if is_secure or not settings.SECURE_SSL_REDIRECT:", "if True:"),
        f"{EXPRESS}::test_over_http_alone_it_is_refused_if_https_is_asked_for",
    ),
    Guard(
        "what goes wrong in the express lane is not tried again",
        Change("config/express.py", "            raise error\n", "            del error\n"),
        f"{EXPRESS}::test_what_goes_wrong_in_it_is_answered_as_anywhere",
    ),
    Guard(
        "the express lane takes no DOCTYPE",
        Change("tasks_app/api/plain.py", 'if b"<!" in body or b"<?" in body:', "if False:"),
        f"{EXPRESS}::test_xml_of_other_kinds",
    ),
    Guard(
        "a key belongs to its client",
        Change(
            "clients_app/idempotency.py",
            "StoredAnswer.objects.filter(caller_id=caller_id, key=key)",
            "StoredAnswer.objects.filter(key=key)",
        ),
        f"{KEYS}::test_a_key_belongs_to_its_client",
    ),
    Guard(
        "a key with another body is refused",
        Change("clients_app/idempotency.py", "if stored.fingerprint != fingerprint:", "if False:"),
        f"{KEYS}::test_another_body_or_endpoint_with_the_same_key_is_refused",
    ),
    Guard(
        "a key is free again after a day",
        Change("clients_app/idempotency.py", "mine.filter(created_at__gt=now - KEPT).first()", "mine.first()"),
        f"{KEYS}::test_after_a_day_the_key_is_free_again",
    ),
    Guard(
        "a secret in a stored answer is left out",
        Change("clients_app/api/operations.py", "if SHOWN_ONCE in response.data:", "if False:"),
        f"{KEYS}::test_a_secret_is_shown_once_all_the_same",
    ),
    Guard(
        "two with the same key at once take turns",
        Change("clients_app/idempotency.py", "if not cursor.fetchone()[0]:", "if False:"),
        f"{KEYS}::test_of_two_at_once_with_a_key_the_second_is_told",
        on=POSTGRESQL,
    ),
    Guard(
        "a key has one answer",
        Change(
            "clients_app/migrations/0003_rotation_and_idempotency.py",
            'fields=("caller_id", "key"), name',
            'fields=("caller_id", "key", "id"), name',
        ),
        f"{KEYS}::test_a_key_has_one_answer",
    ),
]
