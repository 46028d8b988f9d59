"""
Looking: how an operator sees the pages of an account, as a reader of it would. What is looked at stands in the
operator's session; nothing of the operator's row changes, and nothing of the account can be changed.
"""

from copy import copy
from typing import cast
from uuid import UUID

from django.http import HttpRequest

from clients_app import audit
from clients_app.callers import caller_signed_in
from clients_app.models import Account, User
from clients_app.models.user import Role

LOOKS_AT = "looks_at"  # in the session: the ID of an account


def begin(request: HttpRequest, account: Account) -> None:
    """From now on the operator who has signed in sees the pages of this account, also of one that is switched off."""
    request.session[LOOKS_AT] = str(account.pk)
    by = caller_signed_in(request)
    audit.record("account looked at", account, by=by, account=account, before={}, after={"pages": "looked at"})


def end(request: HttpRequest) -> UUID | None:
    """The ID of the account that was looked at, if one was."""
    looked_at = looks_at(request)
    request.session.pop(LOOKS_AT, None)
    return looked_at


def looks_at(request: HttpRequest) -> UUID | None:
    """The ID of the account whose pages the operator looks at; None for everybody else."""
    if not isinstance(request.user, User) or not request.user.is_staff or LOOKS_AT not in request.session:
        return None
    return UUID(request.session[LOOKS_AT])


def reader(request: HttpRequest) -> User | None:
    """
    The operator as a reader of the account that is looked at, None if there is none. A copy for this request alone: it
    must not be saved.
    """
    account_id = looks_at(request)
    account = Account.objects.filter(pk=account_id).first() if account_id else None
    if account is None:
        return None
    user = copy(cast(User, request.user))
    user.account, user.role, user.is_looking = account, Role.READER, True
    return user
