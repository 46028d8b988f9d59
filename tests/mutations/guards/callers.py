"""Tokens, clients, secrets: who calls the API."""

from typing import Final

from tests.mutations.guard import Change, Guard

AUTH, TOKEN = "tests/api/test_authentication.py", "tests/api/test_token.py"
LIFE = "tests/api/test_client_life.py"
BASIC, SESSION = (
    '"clients_app.authentication.BasicAuthentication"',
    '"rest_framework.authentication.SessionAuthentication"',
)

GUARDS: Final[list[Guard]] = [
    Guard(
        "a secret is known to be right for its hash alone",
        Change("clients_app/recent_secrets.py", 'f"{hashed}\\0{secret}"', 'f"{secret}"'),
        "tests/clients_app/test_recent_secrets.py::test_it_is_known_for_the_hash_that_it_was_right_for",
    ),
    Guard(
        "a token expires",
        Change("clients_app/models/access_token.py", "filter(expires_at__gt=Now(), client", "filter(client"),
        f"{AUTH}::test_an_expired_token_is_refused",
    ),
    Guard(
        "a token of a revoked client is refused",
        Change(
            "clients_app/models/access_token.py",
            "expires_at__gt=Now(), client__revoked_at__isnull=True",
            "expires_at__gt=Now()",
        ),
        f"{AUTH}::test_a_token_that_outlived_its_clients_revocation_is_refused_too",
    ),
    Guard(
        "a token lives for eight hours",
        Change(
            "config/settings.py",
            "ACCESS_TOKEN_LIFETIME = timedelta(hours=8)",
            "ACCESS_TOKEN_LIFETIME = timedelta(hours=9)",
        ),
        f"{AUTH}::test_an_expired_token_is_refused",
    ),
    Guard(
        "of tokens the digest alone is stored",
        Change(
            "clients_app/secrets.py",
            'return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()',
            "return token",
        ),
        f"{TOKEN}::test_only_the_digest_of_the_token_is_stored",
    ),
    Guard(
        "what is stored of a token is no token",
        Change(
            "clients_app/bearers.py",
            "_LIVE.first(secrets.digest(token))",
            "_LIVE.first(token) or _LIVE.first(secrets.digest(token))",
        ),
        f"{AUTH}::test_the_stored_digest_is_no_token",
    ),
    Guard(
        "a generated secret has 256 bits",
        Change("clients_app/secrets.py", "BYTES = 32", "BYTES = 16"),
        "tests/clients_app/test_accounts.py::test_a_generated_secret_fits_the_wire_and_has_256_bits",
    ),
    Guard(
        "signing secrets are stored encrypted",
        Change("clients_app/secrets.py", "return _fernet().encrypt(secret.encode()).decode()", "return secret"),
        "tests/clients_app/test_accounts.py::test_the_signing_secret_is_stored_encrypted",
    ),
    Guard(
        "a revoked client gets no token",
        Change(
            "clients_app/clients.py",
            'Client.objects.enabled().select_related("account"',
            'Client.objects.select_related("account"',
        ),
        f"{TOKEN}::test_a_revoked_client_gets_no_token",
    ),
    Guard(
        "an unknown client costs as much work as a wrong secret",
        Change("clients_app/clients.py", "else [_nobodys_hash()]", "else []"),
        f"{TOKEN}::test_an_unknown_client_costs_as_much_work_as_a_wrong_secret",
    ),
    Guard(
        "a secret that was replaced is good for a while alone",
        Change("clients_app/clients.py", " and client.previous_secret_until > timezone.now()", ""),
        f"{LIFE}::test_a_rotated_secret_is_shown_once_and_the_old_one_lives_for_a_while",
    ),
    Guard(
        "there are never three secrets",
        Change("clients_app/clients.py", "stored.append(client.previous_secret_hash)", "return client"),
        f"{LIFE}::test_there_are_never_three_secrets",
    ),
    Guard(
        "another secret ends all tokens",
        Change(
            "clients_app/clients.py",
            "            client.access_tokens.all().delete()\n            audit",
            "            audit",
        ),
        f"{LIFE}::test_a_put_with_a_secret_ends_the_old_one_and_the_tokens",
    ),
    Guard(
        "a secret has its least length",
        Change("clients_app/clients.py", "if not SHORTEST_SECRET <= len(secret)", "if not 1 <= len(secret)"),
        "tests/api/test_clients.py::test_wrong_members_are_named_and_leave_no_row",
    ),
    Guard(
        "a client is tied to a user of its account",
        Change(
            "clients_app/clients.py",
            "filter(pk=user_id, account=account, is_active=True)",
            "filter(pk=user_id, is_active=True)",
        ),
        "tests/api/test_isolation.py::test_a_client_can_not_be_tied_to_a_foreign_user",
    ),
    Guard(
        "a switched-off user gets no client",
        Change("clients_app/clients.py", "account=account, is_active=True)", "account=account)"),
        "tests/api/test_clients.py::test_a_switched_off_user_gets_no_client",
    ),
    Guard(
        "credentials come in one way",
        Change("clients_app/tokens.py", "    if request.client_secret:\n", "    if False:\n"),
        f"{TOKEN}::test_credentials_come_once_and_in_one_way",
    ),
    Guard(
        "wrong secrets are counted",
        Change(
            "clients_app/tokens.py",
            "with limits.wrong_credentials(str(client_id), address=self._address, now=timezone.now()):",
            "if True:",
        ),
        f"{TOKEN}::test_guessing_is_slowed_down_and_the_right_secret_works_elsewhere",
    ),
    Guard(
        "Basic can be switched off",
        Change(
            "clients_app/authentication.py",
            'if scheme != b"basic" or not settings.BASIC_AUTHENTICATION:',
            'if scheme != b"basic":',
        ),
        f"{AUTH}::test_basic_can_be_switched_off",
    ),
    Guard(
        "a password alone does not replace a second factor at the API",
        Change("clients_app/authentication.py", "if second_factors.is_on(user):", "if False:"),
        "tests/pages/test_second_factor.py::test_the_api_refuses_the_password_of_whoever_has_a_second_factor",
    ),
    Guard(
        "a person calls through a client of the own account",
        Change(
            "clients_app/authentication.py",
            "Client.objects.enabled().for_account(user.account)",
            "Client.objects.enabled()",
        ),
        f"{AUTH}::test_an_older_client_of_another_account_is_never_used",
    ),
    Guard(
        "the API knows no session of a browser",
        Change(
            "config/settings.py",
            '        "clients_app.authentication.BasicAuthentication",\n',
            f"{' ' * 8}{BASIC},\n{' ' * 8}{SESSION},\n",
        ),
        f"{AUTH}::test_the_session_of_a_browser_is_not_accepted",
        also=Change(
            "clients_app/permissions.py",
            "if not isinstance(caller, Caller) or caller.user is None:",
            "caller = caller or Caller(user=request.user)\n        if not request.user:",
        ),
    ),
]
