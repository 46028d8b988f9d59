"""How often a known caller may call: counted for the client, or the person without one, and for the account."""

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from clients_app import limits
from clients_app.callers import Caller
from clients_app.limits import Budget
from clients_app.prepared import Prepared

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module through the settings


OF_ACCOUNT: Final = "calls of account "
OF_CALLER: Final = "calls of "

# From `bearers.FACTS`.
KEYS: Final = (f"'{OF_ACCOUNT}' || client__account__id", f"'{OF_CALLER}' || client__id")
# Whether there may be so many, `most` of each.
ALLOWED: Final = " AND ".join(f"{limits.count_of(key)} <= %s" for key in KEYS)


def budget_of(request: HttpRequest, caller: Caller) -> Budget:
    """What is left when this call is counted, once. Kept as `call_budget`, for the headers of the answer."""
    budget: Budget | None = getattr(request, "call_budget", None)
    if budget is None:
        of_account, of_caller = most()
        counted = {f"{OF_ACCOUNT}{caller.account.pk}": of_account, f"{OF_CALLER}{caller.id}": of_caller}
        budget = limits.count_all(counted, window=limits.MINUTE, now=now())
        request.call_budget = budget  # type: ignore[attr-defined]
    return budget


def first_and_count(
    query: Prepared, request: HttpRequest, *values: Any, more: tuple[Any, ...]
) -> tuple[Any, ...] | None:
    """
    The row of a query that has `limits.counting(*KEYS, …)` around it, without the counts: the call is counted now.
    more: what is asked behind the end of the window.
    """
    at = now()
    found = query.first(*values, more=(limits.end_of_window(at, limits.MINUTE), *more))
    if found is None:
        return None
    counts = zip(found[-2:], most(), strict=True)
    request.call_budget = limits.budget_from(list(counts), window=limits.MINUTE, now=at)  # type: ignore[attr-defined]
    return found[:-2]


def most() -> tuple[int, int]:
    """That an account and a caller may call in a minute."""
    return settings.CALLS_PER_MINUTE_OF_ACCOUNT, settings.CALLS_PER_MINUTE_OF_CLIENT


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
