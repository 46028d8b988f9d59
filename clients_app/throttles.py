"""How often a known caller may call: counted for the client, or the person without one, and for the account."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from clients_app import limits
from clients_app.callers import Caller
from clients_app.limits import Budget
from clients_app.statements import Statement

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module through the settings


OF_ACCOUNT: Final = "calls of account "
OF_CALLER: Final = "calls of "


def budget_of(request: HttpRequest, caller: Caller) -> Budget:
    """What is left when this call is counted, once. Kept as `call_budget`, for the headers of the answer."""
    budget: Budget | None = getattr(request, "call_budget", None)
    if budget is None:
        [budget] = budgets_of([(request, caller)])
    return budget


def budgets_of(calls: Sequence[tuple[HttpRequest, Caller]], *, then: Sequence[Statement] = ()) -> list[Budget]:
    """The same of several calls. then: what is done with the counts, as in `limits.count_one_by_one`."""
    most_of_account, most_of_caller = settings.CALLS_PER_MINUTE_OF_ACCOUNT, settings.CALLS_PER_MINUTE_OF_CLIENT
    counted = [
        {f"{OF_ACCOUNT}{caller.account.pk}": most_of_account, f"{OF_CALLER}{caller.id}": most_of_caller}
        for _, caller in calls
    ]
    budgets = limits.count_one_by_one(counted, window=limits.MINUTE, now=now(), then=then)
    for (request, _), budget in zip(calls, budgets, strict=True):
        request.call_budget = budget  # type: ignore[attr-defined]
    return budgets


class CallsPerMinute(BaseThrottle):
    """Refuses calls that are too many."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            return True
        budget = budget_of(request._request, caller)
        self._wait = budget.wait.total_seconds()
        return budget.left >= 0

    def wait(self) -> float:
        return self._wait
