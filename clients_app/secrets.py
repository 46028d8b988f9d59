"""Secrets: made, digested, encrypted. What is stored can't be used in place of what was shown."""

import base64
import hashlib
import re
import secrets
from typing import Final

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

BYTES = 32  # 256 bits
# What a line of the log, or a span, may say that it is about.
ABOUT: Final = ("request_id", "account", "client", "user", "account_task", "run", "attempt")
HIDDEN: Final = "[hidden]"

# Our own secrets by their prefixes; the tokens of links in letters, which stand in paths, and Django tells the path of
# what it refuses; what an Authorization header or a URL with a password holds; named values.
_SECRETS: Final = re.compile(
    r"\b(?:acs|act|whsec)_[\w+/=-]+"
    r"|\b[0-9a-z]{6,7}-[0-9a-f]{32}\b"
    r"|(?<=bearer )[^\s'\",;]+|(?<=basic )[^\s'\",;]+"
    r"|(?<=://)[^\s/'\"@]+(?=@)"
    r"|(?:(?<=password=)|(?<=secret=)|(?<=token=))[^\s&'\",;]+",
    re.IGNORECASE,
)


def new_client_secret() -> str:
    """47 characters; the prefix lets scanners for leaked secrets find it."""
    return f"acs_{secrets.token_urlsafe(BYTES)}"


def new_access_token() -> str:
    return f"act_{secrets.token_urlsafe(BYTES)}"


def digest(token: str) -> str:
    """SHA-256 in hexadecimal digits: enough for a token, which nobody can guess; not for what people choose."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_signing_secret() -> str:
    """In the form of Standard Webhooks: `whsec_` and Base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(BYTES)).decode()}"


def taken_out(text: str) -> str:
    """The text without the secrets that may have got into it, for logs and spans."""
    return _SECRETS.sub(HIDDEN, text)


def encrypt(secret: str) -> str:
    return _fernet().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """Raises cryptography.fernet.InvalidToken if none of ENCRYPTION_KEYS made it."""
    return _fernet().decrypt(stored.encode()).decode()


def encrypted_anew(stored: str) -> str:
    """By the first of ENCRYPTION_KEYS, so that the others can go. Raises like `decrypt`."""
    return _fernet().rotate(stored.encode()).decode()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
