"""
Second factors: begin, confirm, check and remove one. Codes are those of an app (TOTP, RFC 6238: six digits, a new one
each half minute, the one before and the one after are good too), each good once; recovery codes are for a lost phone.
"""

import base64
import re
import secrets as random
from datetime import datetime
from hmac import compare_digest
from typing import Final

import pyotp
from django.db import transaction

from clients_app import audit, limits, secrets
from clients_app.callers import Caller
from clients_app.exceptions import NothingToConfirm, SecondFactorInUse, WrongCode
from clients_app.models import SecondFactor, User

STEP: Final = 30  # seconds
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 15  # 120 bits: nobody guesses them, so that a plain digest is enough to store
BLANKS: Final = re.compile(r"[\s-]+")
SIX_DIGITS: Final = re.compile(r"[0-9]{6}")


def is_on(user: User) -> bool:
    return SecondFactor.objects.confirmed().filter(user=user).exists()


def begin(user: User) -> None:
    """A fresh key, which counts for nothing until a code confirms it. Raises SecondFactorInUse."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if is_on(user):
            raise SecondFactorInUse
        fresh = {"secret": secrets.encrypt(pyotp.random_base32()), "last_step": 0}
        SecondFactor.objects.update_or_create(user=user, defaults=fresh)


def key_to_confirm(user: User) -> str | None:
    """What an app has to know, in Base32; None if nothing waits to be confirmed. It is not told again later."""
    waiting = SecondFactor.objects.filter(user=user, confirmed_at__isnull=True).first()
    return secrets.decrypt(waiting.secret) if waiting else None


def address_of(user: User, key: str) -> str:
    """The key as an app reads it from a QR code."""
    return pyotp.TOTP(key).provisioning_uri(name=user.email, issuer_name="Account Tasks")


def confirm(user: User, code: str, *, by: Caller, now: datetime) -> list[str]:
    """
    From now on codes are asked for. The recovery codes: shown once, as digests alone are stored.

    Raises NothingToConfirm, WrongCode, and LimitReached after too many wrong ones.
    """
    fresh = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    with limits.wrong_codes(user.pk, now=now), transaction.atomic():
        factor = _locked(user)
        if factor is None or factor.confirmed_at:
            raise NothingToConfirm
        _use_code(factor, code, now)
        factor.confirmed_at = now
        factor.recovery_digests = [secrets.digest(_bare(each)) for each in fresh]
        factor.save(update_fields=["confirmed_at", "last_step", "recovery_digests"])
        _record("second factor added", user, "added", by)
    return fresh


def check(user: User, code: str, *, by: Caller, now: datetime) -> None:
    """
    Use up a code of the app, or a recovery code.

    Raises WrongCode, also for one that was used before, and LimitReached after too many wrong ones.
    """
    with limits.wrong_codes(user.pk, now=now), transaction.atomic():
        factor = _locked(user)
        if factor is None or not factor.confirmed_at:
            raise WrongCode
        digest = secrets.digest(_bare(code))
        if digest in factor.recovery_digests:
            factor.recovery_digests = [each for each in factor.recovery_digests if each != digest]
            _record("recovery code used", user, f"{len(factor.recovery_digests)} recovery codes left", by)
        else:
            _use_code(factor, code, now)
        factor.save(update_fields=["last_step", "recovery_digests"])


def remove(user: User, *, by: Caller) -> None:
    """From now on the password is enough. Without a second factor it does nothing."""
    with transaction.atomic():
        factor = _locked(user)
        if factor is None:
            return
        if factor.confirmed_at:
            _record("second factor removed", user, "removed", by)
        factor.delete()


def _locked(user: User) -> SecondFactor | None:
    """Of two with the same code at once the second finds it used."""
    return SecondFactor.objects.select_for_update().filter(user=user).first()


def _use_code(factor: SecondFactor, code: str, now: datetime) -> None:
    offered, codes = _bare(code), pyotp.HOTP(secrets.decrypt(factor.secret))
    if not SIX_DIGITS.fullmatch(offered):
        raise WrongCode
    step = int(now.timestamp()) // STEP
    good = [each for each in (step - 1, step, step + 1) if compare_digest(codes.at(each), offered)]
    unused = [each for each in good if each > factor.last_step]
    if not unused:
        raise WrongCode
    factor.last_step = unused[0]


def _new_recovery_code() -> str:
    text = base64.b32encode(random.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _bare(code: str) -> str:
    return BLANKS.sub("", code).lower()


def _record(action: str, user: User, what: str, by: Caller) -> None:
    audit.record(action, user, by=by, account=user.account, before={}, after={"second factor": what})
