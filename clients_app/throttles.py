"""How often a known caller may call: counted for the client, or the person without one, and for the account."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.timezone import now
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from clients_app import limits
from clients_app.callers import Caller

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module through the settings


class CallsPerMinute(BaseThrottle):
    """What is left is kept as `call_budget` of the request, for the headers of the answer."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            return True
        most = {
            f"calls of account {caller.account.pk}": settings.CALLS_PER_MINUTE_OF_ACCOUNT,
            f"calls of {caller.id}": settings.CALLS_PER_MINUTE_OF_CLIENT,
        }
        budget = limits.count_all(most, window=limits.MINUTE, now=now())
        request._request.call_budget = budget  # type: ignore[attr-defined]
        self._wait = budget.wait.total_seconds()
        return budget.left >= 0

    def wait(self) -> float:
        return self._wait
