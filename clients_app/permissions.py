"""What a known caller may do at all; whose rows are whose is decided by the queries."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from clients_app.callers import Caller

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module through the settings


class MayCall(BasePermission):
    """
    In the order of the wire contract: a caller that is known, a method that the endpoint has, a user and an account
    that are switched on, and the right to change something for whoever asks for a change.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        caller = request.auth
        if not isinstance(caller, Caller) or caller.user is None:
            raise NotAuthenticated("Credentials are missing: send Authorization: Bearer and a token from /Token.")
        # request.method is upper case whatever was sent, and methods are case-sensitive.
        if request.META["REQUEST_METHOD"] not in view.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        if not caller.user.is_active:
            raise PermissionDenied("The user of this client is switched off.")
        if caller.user.account is None:
            raise PermissionDenied("Operators have no account to act on: use the admin site.")
        if not caller.user.account.is_enabled:
            raise PermissionDenied("This account is switched off.")
        if request.method not in SAFE_METHODS and not caller.user.may_change:
            raise PermissionDenied("Readers see everything and change nothing: ask an administrator of the account.")
        return True
