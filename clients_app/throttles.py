"""How often a known caller may call: counted for the client, or the person without one, and for the account."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from clients_app import limits
from clients_app.callers import Caller
from clients_app.limits import Budget

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module through the settings


def budget_of(request: HttpRequest, caller: Caller) -> Budget:
    """What is left when this call is counted, once. Kept as `call_budget`, for the headers of the answer."""
    budget: Budget | None = getattr(request, "call_budget", None)
    if budget is None:
        most = {
            f"calls of account {caller.account.pk}": settings.CALLS_PER_MINUTE_OF_ACCOUNT,
            f"calls of {caller.id}": settings.CALLS_PER_MINUTE_OF_CLIENT,
        }
        budget = limits.count_all(most, window=limits.MINUTE, now=now())
        request.call_budget = budget  # type: ignore[attr-defined]
    return budget


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
