"""Encrypts what is stored encrypted with the newest key, so that the older ones can go."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from clients_app import secrets
from clients_app.models import Account, SecondFactor

ENCRYPTED: dict[type[models.Model], tuple[str, ...]] = {
    Account: ("signing_secret", "previous_signing_secret"),
    SecondFactor: ("secret",),
}


class Command(BaseCommand):
    help = "Encrypt all stored secrets with the first of ENCRYPTION_KEYS; then the others can be taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        done = sum(
            _encrypt_anew(model, key, names)
            for model, names in ENCRYPTED.items()
            for key in model._default_manager.order_by("pk").values_list("pk", flat=True)
        )
        self.stdout.write(f"{done} secrets are encrypted with the first of ENCRYPTION_KEYS.")


def _encrypt_anew(model: type[models.Model], key: Any, names: tuple[str, ...]) -> int:
    """One row at a time: nobody waits. How many secrets it has; none if it has gone meanwhile."""
    with transaction.atomic():
        row = model._default_manager.select_for_update().filter(pk=key).first()
        stored = {name: value for name in names if (value := getattr(row, name, ""))}
        try:
            fresh = {name: secrets.encrypted_anew(value) for name, value in stored.items()}
        except InvalidToken:
            sentence = (
                f"No key of ENCRYPTION_KEYS decrypts the {model._meta.verbose_name} {key}: add the one that does."
            )
            raise CommandError(sentence) from None
        if fresh:
            model._default_manager.filter(pk=key).update(**fresh)
    return len(fresh)
