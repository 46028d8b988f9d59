"""User: a person of one account, or an operator of the service, who has no account and is staff."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from clients_app.models.account import Account
from clients_app.models.keys import new_key


class Role(models.TextChoices):
    ADMINISTRATOR = "ADMINISTRATOR", "Administrator"
    READER = "READER", "Reader: sees, changes nothing"


class UserManager(BaseUserManager["User"]):
    """Finds users; `clients_app.accounts` makes them."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The whole address in lower case: people don't tell Ann@ from ann@, so neither does the login."""
        return (email or "").strip().lower()

    def who_administer(self, account: Account | None) -> "models.QuerySet[User]":
        """Those who can sign in and change something: switched on, and with a password."""
        active = self.filter(account=account, role=Role.ADMINISTRATOR, is_active=True)
        return active.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_email(username))


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    email = models.EmailField("e-mail", unique=True)
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        help_text="Empty for an operator of the service.",
    )
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.ADMINISTRATOR)
    is_active = models.BooleanField("active", default=True)
    is_staff = models.BooleanField("operator", default=False, help_text="May use this admin site.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    audited = ("email", "account_id", "role", "is_active", "is_staff", "is_superuser")

    class Meta:
        ordering = ("email",)
        constraints = [
            models.CheckConstraint(
                name="user_email_is_lower_case",
                condition=models.Q(email=Lower("email")),
                violation_error_message="The e-mail address must be in lower case.",
            ),
            models.CheckConstraint(
                name="user_has_account_or_is_operator",
                condition=models.Q(account__isnull=False, is_staff=False, is_superuser=False)
                | models.Q(account__isnull=True, is_staff=True),
                violation_error_message="A user either belongs to an account or is an operator.",
            ),
        ]

    def clean(self) -> None:
        self.email = UserManager.normalize_email(self.email)

    is_looking = False  # an operator who sees the pages of an account: see `clients_app.looking`

    @property
    def state(self) -> str:
        if not self.is_active:
            return "switched off"
        return "active" if self.has_usable_password() else "invited"

    @property
    def may_change(self) -> bool:
        return self.role == Role.ADMINISTRATOR
