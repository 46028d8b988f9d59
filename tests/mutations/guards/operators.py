"""What operators may do, and what they leave behind."""

from typing import Final

from tests.mutations.guard import Change, Guard

LOOKING, SITE = "tests/admin/test_looking.py", "tests/admin/test_admin_site.py"
OF_ROW = "_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:\n        return "

GUARDS: Final[list[Guard]] = [
    Guard(
        "an operator who looks changes nothing",
        Change(
            "clients_app/permissions.py",
            "if request.method not in SAFE_METHODS:\n                raise",
            "if False:\n                raise",
        ),
        f"{LOOKING}::test_nothing_can_be_changed",
    ),
    Guard(
        "looking takes an operator",
        Change("tasks_app/admin/accounts.py", "self.admin_site.admin_view(self.look)", "self.look"),
        f"{LOOKING}::test_only_operators_look_and_only_by_a_form",
    ),
    Guard(
        "looking takes a form",
        Change("tasks_app/admin/accounts.py", "    @method_decorator(require_POST)\n", ""),
        f"{LOOKING}::test_only_operators_look_and_only_by_a_form",
    ),
    Guard(
        "the trail says who has looked",
        Change("clients_app/looking.py", 'after={"pages": "looked at"}', "after={}"),
        f"{LOOKING}::test_an_operator_sees_what_a_reader_sees_and_the_trail_says_so",
    ),
    Guard(
        "history is read-only for operators",
        Change(
            "clients_app/admin/base.py",
            f"has_change{OF_ROW}False",
            f"has_change{OF_ROW}True",
        ),
        f"{SITE}::test_history_is_read_only",
    ),
    Guard(
        "operators delete nothing",
        Change(
            "clients_app/admin/base.py",
            f"has_delete{OF_ROW}False",
            f"has_delete{OF_ROW}True",
        ),
        f"{SITE}::test_nothing_is_deleted",
    ),
    Guard(
        "changes of operators leave a trail",
        Change(
            "clients_app/admin/base.py",
            "audit.record(action, obj, by",
            "(lambda *given, **named: None)(action, obj, by",
        ),
        "tests/admin/test_accounts.py::test_a_user_changes_in_all_but_the_account",
    ),
]
