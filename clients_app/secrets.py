"""Secrets: made, digested, encrypted. What is stored can't be used in place of what was shown."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

BYTES = 32  # 256 bits


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


def encrypt(secret: str) -> str:
    return _fernet().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """Raises cryptography.fernet.InvalidToken if none of ENCRYPTION_KEYS made it."""
    return _fernet().decrypt(stored.encode()).decode()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
