"""Slots, claims, leases, attempts: exactly one run for a slot, and one worker that has it."""

from typing import Final

from tests.mutations.guard import POSTGRESQL, Change, Guard

DISPATCH, RUN = "tests/tasks_app/test_dispatch.py", "tests/tasks_app/test_running.py"
LEASES, ENDINGS = "tests/tasks_app/test_leases.py", "tests/tasks_app/test_endings.py"
ON_DEMAND = "tests/tasks_app/test_running_on_demand.py"

GUARDS: Final[list[Guard]] = [
    Guard(
        "a batch of slots and its deliveries are one transaction",
        Change(
            "tasks_app/dispatch.py",
            'with tracing.span("dispatch"), transaction.atomic():',
            'with tracing.span("dispatch"):',
        ),
        f"{DISPATCH}::test_runs_and_deliveries_come_together_or_not_at_all",
    ),
    Guard(
        "no two dispatchers move the same account task on",
        Change("tasks_app/dispatch.py", "due.select_for_update(skip_locked=True)[:limit]", "due[:limit]"),
        f"{DISPATCH}::test_what_another_dispatcher_has_is_left_to_it",
        on=POSTGRESQL,
    ),
    Guard(
        "no dispatcher waits for another one",
        Change("tasks_app/dispatch.py", "select_for_update(skip_locked=True)", "select_for_update()"),
        f"{DISPATCH}::test_what_another_dispatcher_has_is_left_to_it",
        on=POSTGRESQL,
    ),
    Guard(
        "slots follow from the last slot, not from now",
        Change("tasks_app/dispatch.py", "moved_on(account_task.next_run_at or now, now)", "moved_on(now, now)"),
        f"{DISPATCH}::test_of_the_slots_that_were_missed_the_latest_runs_and_the_others_are_one_skip",
    ),
    Guard(
        "a slot of long ago is not run",
        Change("tasks_app/dispatch.py", "if now - slots.last_at >= STILL_FRESH:", "if False:"),
        f"{DISPATCH}::test_a_slot_of_24_hours_ago_is_not_run_any_more",
    ),
    Guard(
        "a slot is skipped while a run goes on",
        Change("tasks_app/dispatch.py", "    if is_busy:", "    if False:"),
        f"{DISPATCH}::test_a_slot_that_falls_due_while_a_run_goes_on_is_skipped",
    ),
    Guard(
        "slots of an account that is switched off are skipped",
        Change("tasks_app/dispatch.py", "if not account_task.account.is_enabled:", "if False:"),
        f"{DISPATCH}::test_what_is_switched_off_is_skipped_with_the_reason",
    ),
    Guard(
        "slots of a task that is switched off are skipped",
        Change(
            "tasks_app/dispatch.py",
            "    if not account_task.task.is_enabled:\n        return",
            "    if False:\n        return",
        ),
        f"{DISPATCH}::test_what_is_switched_off_is_skipped_with_the_reason",
    ),
    Guard(
        "a broken row stops no other",
        Change(
            "tasks_app/dispatch.py", "except Exception:\n        # One broken", "except EOFError:\n        # One broken"
        ),
        f"{DISPATCH}::test_one_broken_row_stops_no_other",
    ),
    Guard(
        "a broken row is pushed ahead",
        Change("tasks_app/dispatch.py", "account_task.next_run_at = now + PUSHED_AHEAD", "pass"),
        f"{DISPATCH}::test_one_broken_row_stops_no_other",
    ),
    Guard(
        "one run at a time on demand",
        Change(
            "tasks_app/dispatch.py",
            "if TaskRun.objects.unfinished().filter(account_task=account_task).exists():",
            "if False:",
        ),
        f"{ON_DEMAND}::test_one_run_at_a_time",
    ),
    Guard(
        "what is switched off in the catalogue is not run on demand",
        Change(
            "tasks_app/dispatch.py",
            "    if not account_task.task.is_enabled:\n        raise",
            "    if False:\n        raise",
        ),
        f"{ON_DEMAND}::test_a_task_that_is_switched_off_is_not_run_at_once",
    ),
    Guard(
        "a run that is not over is not run again",
        Change("tasks_app/dispatch.py", "if not run.is_finished:", "if False:"),
        f"{ON_DEMAND}::test_a_run_that_is_not_finished_is_not_run_again",
    ),
    Guard(
        "a run is claimed once",
        Change("tasks_app/claims.py", "TaskRun.objects.ready().filter(pk=key)", "TaskRun.objects.filter(pk=key)"),
        "tests/tasks_app/test_claims.py::test_whoever_comes_second_gets_nothing",
    ),
    Guard(
        "each claim raises the fence number",
        Change("tasks_app/claims.py", '"fence": F("fence") + 1', '"fence": F("fence") * 0 + 1'),
        f"{LEASES}::test_what_a_worker_writes_after_it_lost_its_lease_is_refused",
    ),
    Guard(
        "whoever lost the fence number writes nothing",
        Change(
            "tasks_app/models/task_run.py",
            "filter(pk=run_id, state=State.RUNNING, fence=fence)",
            "filter(pk=run_id, state=State.RUNNING)",
        ),
        f"{LEASES}::test_what_a_worker_writes_while_another_one_has_the_run_is_refused",
    ),
    Guard(
        "a living worker keeps its runs",
        Change(
            "tasks_app/models/task_run.py", "state=State.RUNNING, leased_until__lt=clock.NOW", "state=State.RUNNING"
        ),
        f"{LEASES}::test_a_lease_that_still_holds_is_respected",
    ),
    Guard(
        "the database's clock judges leases",
        Change("tasks_app/models/task_run.py", "leased_until__lt=clock.NOW", "leased_until__lt=timezone.now()"),
        f"{LEASES}::test_a_machine_whose_clock_is_wrong_takes_no_lease",
    ),
    Guard(
        "the database's clock gives leases",
        Change(
            "tasks_app/claims.py",
            "ExpressionWrapper(clock.NOW + Value",
            "ExpressionWrapper(Value(__import__('django.utils.timezone').utils.timezone.now()) + Value",
        ),
        f"{LEASES}::test_a_machine_whose_clock_is_wrong_takes_no_lease",
    ),
    Guard(
        "an attempt waits for its time",
        Change(
            "tasks_app/models/task_run.py",
            "filter(state=State.QUEUED, next_attempt_at__lte=clock.NOW)",
            "filter(state=State.QUEUED)",
        ),
        f"{RUN}::test_an_attempt_does_not_begin_before_its_time",
    ),
    Guard(
        "a worker renews its leases",
        Change("tasks_app/running.py", "not one.mine.update(leased_until=claims.lease())", "not one.mine.exists()"),
        f"{LEASES}::test_a_worker_renews_the_leases_of_what_it_executes",
    ),
    Guard(
        "an attempt has a limit of time",
        Change("tasks_app/running.py", "if time.monotonic() > one.deadline:", "if False:"),
        f"{LEASES}::test_an_attempt_that_takes_too_long_is_ended_and_tried_again",
    ),
    Guard(
        "a delivery that was lost is made again",
        Change("tasks_app/running.py", "    if lost:\n", "    if False:\n"),
        f"{LEASES}::test_a_delivery_that_got_lost_is_made_again",
    ),
    Guard(
        "a run that can not be taken back stops no other",
        Change("tasks_app/running.py", "except Exception:  # one that can't", "except EOFError:  # one that can't"),
        f"{LEASES}::test_a_run_that_can_not_be_taken_back_stops_no_other",
    ),
    Guard(
        "an attempt that a stop cut short does not count",
        Change("tasks_app/endings.py", "attempts=run.attempts - 1", "attempts=run.attempts"),
        f"{LEASES}::test_a_worker_that_goes_down_releases_its_runs_and_the_attempt_does_not_count",
    ),
    Guard(
        "the eighth attempt is the last",
        Change("tasks_app/endings.py", "if run.attempts >= MOST_ATTEMPTS:", "if False:"),
        f"{ENDINGS}::test_the_eighth_attempt_is_the_last",
    ),
    Guard(
        "no attempt begins after 24 hours",
        Change("tasks_app/endings.py", "elif at > run.created_at + OLDEST:", "elif False:"),
        f"{ENDINGS}::test_no_attempt_begins_after_24_hours",
    ),
    Guard(
        "a wait that was asked for is kept",
        Change("tasks_app/endings.py", "max(ending.wait, wait_after(", "max(timedelta(0), wait_after("),
        f"{ENDINGS}::test_a_wait_that_was_asked_for_is_kept",
    ),
    Guard(
        "waits have full jitter",
        Change("tasks_app/endings.py", "return chance * min(", "return min("),
        f"{ENDINGS}::test_waits_grow_with_full_jitter_and_end_within_24_hours",
    ),
    Guard(
        "a cancelled run is not tried again",
        Change("tasks_app/endings.py", "elif run.cancel_asked_at:", "elif False:"),
        f"{RUN}::test_a_cancelled_run_is_not_tried_again",
    ),
    Guard(
        "runs of a deleted account task do nothing",
        Change(
            "tasks_app/running.py", "if run.cancel_asked_at or run.account_task.deleted_at:", "if run.cancel_asked_at:"
        ),
        f"{RUN}::test_runs_of_a_deleted_account_task_are_cancelled",
    ),
    Guard(
        "what was switched off meanwhile is not executed",
        Change(
            "tasks_app/running.py", "if not (task.is_enabled and run.account_task.account.is_enabled):", "if False:"
        ),
        f"{ENDINGS}::test_what_was_switched_off_meanwhile_is_not_executed",
    ),
    Guard(
        "what breaks in a handler is told without the error",
        Change("tasks_app/running.py", '"An internal error has occurred."', "__import__('traceback').format_exc()"),
        f"{ENDINGS}::test_an_internal_error_is_logged_with_its_traceback_and_shown_without",
    ),
    Guard(
        "parameters are checked again when they are used",
        Change("tasks_app/running.py", "        read.check(handler.schema)\n", ""),
        f"{ENDINGS}::test_a_task_that_asks_for_less_than_its_handler_does_not_call_it",
    ),
    Guard(
        "what is over can not be cancelled",
        Change("tasks_app/running.py", "        if run.is_finished:\n            raise RunFinished\n", ""),
        f"{RUN}::test_a_finished_run_can_not_be_cancelled",
    ),
    Guard(
        "an account does not wait for all of another",
        Change("tasks_app/engine/distributed.py", "        if owners:\n", "        if not owners:\n"),
        "tests/tasks_app/test_turns.py::test_an_account_does_not_wait_for_all_of_another",
        on=POSTGRESQL,
    ),
]
