"""What takes long to import and is not ours: imported once by the server of forks, and not by each process anew."""

from importlib import import_module

for name in (
    "argon2", "cryptography.fernet", "defusedxml.ElementTree", "django.core.handlers.wsgi", "django.core.management",
    "django.db.models", "django.forms", "django.template", "hypothesis.strategies", "jsonschema", "psycopg_pool",
    "pytest", "structlog",
):  # fmt: skip
    import_module(name)
