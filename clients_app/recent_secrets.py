"""
Client secrets that this process has found right before, so that one costs a password hash once, and not with each
token. It keeps no secret, but digests by a key that is drawn when the process begins and that goes with it. A secret
that is replaced is not known any more: the stored hash is part of what is digested.
"""

import hashlib
from itertools import islice
from secrets import token_bytes
from typing import Final

from django.contrib.auth.hashers import check_password

MOST: Final = 10_000  # that are remembered; less than 2 MiB

_KEY: Final = token_bytes(32)
_right: dict[bytes, None] = {}  # the latest that were checked come last


def is_right(offered: set[str], stored: list[str]) -> bool:
    """
    Whether one of the secrets that were offered has one of the stored hashes. Unless it is known to be right, each is
    checked against each: where and how one is wrong changes nothing about the time it takes.
    """
    marks = {_mark(secret, hashed): (secret, hashed) for secret in offered for hashed in stored}
    if not _right.keys().isdisjoint(marks):
        return True
    right = [mark for mark, (secret, hashed) in marks.items() if check_password(secret, hashed)]
    _right.update(dict.fromkeys(right))
    for mark in list(islice(_right, max(0, len(_right) - MOST))):
        _right.pop(mark, None)
    return bool(right)


def _mark(secret: str, hashed: str) -> bytes:
    return hashlib.blake2b(f"{hashed}\0{secret}".encode("utf-8", "surrogateescape"), key=_KEY, digest_size=32).digest()
