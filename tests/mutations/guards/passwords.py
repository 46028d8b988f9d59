"""Passwords, letters with links, second factors, lock-outs: who signs in."""

from typing import Final

from tests.mutations.guard import Change, Guard

LETTERS, LOCKS = "tests/clients_app/test_letters.py", "tests/clients_app/test_lockouts.py"
FACTORS, PAGES = "tests/clients_app/test_second_factors.py", "tests/pages/test_second_factor.py"
SIGN_IN, USERS = "tests/pages/test_signing_in.py", "tests/pages/test_users.py"
FORGOTTEN = "tests/pages/test_forgotten_password.py"

GUARDS: Final[list[Guard]] = [
    Guard(
        "passwords go through Argon2id",
        Change(
            "config/settings.py",
            '["clients_app.hashers.Argon2Hasher"]',
            '["django.contrib.auth.hashers.PBKDF2PasswordHasher"]',
        ),
        "tests/clients_app/test_accounts.py::test_passwords_and_client_secrets_go_through_argon2",
    ),
    Guard(
        "Argon2id is dear",
        Change("clients_app/hashers.py", "memory_cost = 19 * 1024", "memory_cost = 8"),
        "tests/clients_app/test_accounts.py::test_passwords_and_client_secrets_go_through_argon2",
    ),
    Guard(
        "a password has 12 characters",
        Change("config/settings.py", '"OPTIONS": {"min_length": 12}', '"OPTIONS": {"min_length": 1}'),
        f"{SIGN_IN}::test_a_password_that_can_not_be",
    ),
    Guard(
        "a password is none that everybody has",
        Change(
            "config/settings.py",
            '    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},\n',
            "",
        ),
        f"{SIGN_IN}::test_a_password_that_can_not_be",
    ),
    Guard(
        "a password is not the address",
        Change(
            "config/settings.py",
            '    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},\n',
            "",
        ),
        f"{SIGN_IN}::test_a_password_that_can_not_be",
    ),
    Guard(
        "guessing passwords has to wait",
        Change("clients_app/limits.py", "        raise LimitReached(budget.wait, MINUTE)", "        pass"),
        f"{SIGN_IN}::test_guessing_has_to_wait_even_if_it_is_right_at_last",
    ),
    Guard(
        "guesses from many addresses are counted together",
        Change("clients_app/limits.py", "            count(key, most=limit, window=HOUR, now=now)", "            pass"),
        "tests/clients_app/test_guessing.py::test_all_addresses_that_are_new_share_what_a_name_has",
    ),
    Guard(
        "a lock-out is said before the password is looked at",
        Change(
            "clients_app/lockouts.py",
            "if failures and failures.failures_since_start >= settings.AXES_FAILURE_LIMIT:",
            "if False:",
        ),
        f"{LOCKS}::test_after_many_wrong_passwords_the_right_one_has_to_wait_too",
    ),
    Guard(
        "a lock-out holds without the door's own check",
        Change(
            "config/settings.py",
            '    "axes.backends.AxesStandaloneBackend",  # lets nobody through who is locked out\n',
            "",
        ),
        f"{LOCKS}::test_even_without_the_doors_own_check_nobody_gets_through",
    ),
    Guard(
        "nobody locks out somebody else",
        Change(
            "config/settings.py",
            'AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]',
            'AXES_LOCKOUT_PARAMETERS = ["username"]',
        ),
        f"{LOCKS}::test_nobody_locks_out_somebody_else",
    ),
    Guard(
        "a lock-out keeps nothing that was sent",
        Change("clients_app/lockouts.py", "bare = _bare(request) if request else None", "bare = request"),
        f"{LOCKS}::test_nothing_that_was_sent_is_kept_but_the_name",
    ),
    Guard(
        "a sign-in takes a code",
        Change(
            "clients_app/pages/signing_in.py",
            "if not second_factors.is_on(user):\n            return super",
            "if True:\n            return super",
        ),
        f"{PAGES}::test_a_sign_in_takes_a_code",
    ),
    Guard(
        "the admin site takes a code",
        Change("config/urls.py", '    path("admin/login/", signing_in.operator_sign_in),', "    #"),
        f"{PAGES}::test_an_operator_does_not_get_into_the_admin_site_without_a_code",
    ),
    Guard(
        "operators alone sign in to the admin site",
        Change(
            "clients_app/pages/forms.py",
            "class OperatorSignInForm(SignInForm, AdminAuthenticationForm):",
            "class OperatorSignInForm(SignInForm):",
        ),
        f"{SIGN_IN}::test_the_admin_site_lets_operators_in_alone",
    ),
    Guard(
        "a code follows soon",
        Change(
            "clients_app/pages/signing_in.py",
            'if pending is None or now - datetime.fromisoformat(pending["at"]) > PATIENCE:',
            "if pending is None:",
        ),
        f"{PAGES}::test_half_a_sign_in_ends",
    ),
    Guard(
        "another password ends half a sign-in",
        Change(
            "clients_app/pages/signing_in.py",
            'if user is None or not constant_time_compare(user.get_session_auth_hash(), pending["proof"]):',
            "if user is None:",
        ),
        f"{PAGES}::test_half_a_sign_in_ends",
    ),
    Guard(
        "the session changes its key with the password",
        Change("clients_app/pages/signing_in.py", "        self.request.session.cycle_key()\n", ""),
        f"{PAGES}::test_the_session_changes_its_key_with_the_password",
    ),
    Guard(
        "a code works once",
        Change("clients_app/second_factors.py", "if each > factor.last_step]", "if True]"),
        f"{FACTORS}::test_a_code_works_once_and_none_that_came_before_it",
    ),
    Guard(
        "a code is good for a minute and a half",
        Change("clients_app/second_factors.py", "in (step - 1, step, step + 1)", "in range(step - 9, step + 9)"),
        f"{FACTORS}::test_the_codes_before_and_after_are_good_too",
    ),
    Guard(
        "a recovery code works once",
        Change(
            "clients_app/second_factors.py",
            "[each for each in factor.recovery_digests if each != digest]",
            "factor.recovery_digests",
        ),
        f"{FACTORS}::test_a_recovery_code_works_once_and_leaves_its_trail",
    ),
    Guard(
        "of recovery codes digests alone are stored",
        Change("clients_app/second_factors.py", "[secrets.digest(_bare(each)) for each in fresh]", "fresh"),
        f"{FACTORS}::test_nothing_that_is_stored_is_a_secret",
    ),
    Guard(
        "the key of an app is stored encrypted",
        Change("clients_app/second_factors.py", "secrets.encrypt(pyotp.random_base32())", "pyotp.random_base32()"),
        f"{FACTORS}::test_nothing_that_is_stored_is_a_secret",
        also=Change("clients_app/secrets.py", "return _fernet().decrypt(stored.encode()).decode()", "return stored"),
    ),
    Guard(
        "guessing codes has to wait",
        Change("clients_app/limits.py", "    count(key, most=WRONG_CODES_PER_HOUR, window=HOUR, now=now)\n", ""),
        f"{FACTORS}::test_guessing_has_to_wait_from_wherever_and_right_codes_do_not_count",
    ),
    Guard(
        "a second factor is removed with the password",
        Change(
            "clients_app/pages/forms.py",
            'return _own_password(self._request, self.cleaned_data["password"])',
            'return str(self.cleaned_data["password"])',
        ),
        f"{PAGES}::test_it_is_removed_with_the_password_and_a_code",
    ),
    Guard(
        "what is on is not begun again",
        Change("clients_app/second_factors.py", "        if is_on(user):\n            raise SecondFactorInUse\n", ""),
        f"{FACTORS}::test_what_is_on_is_neither_confirmed_nor_begun_again",
    ),
    Guard(
        "a link is good for its time",
        Change("clients_app/links.py", ' and self._age_of(token or "") <= self.lifetime', ""),
        f"{LETTERS}::test_a_link_is_good_for_its_time",
    ),
    Guard(
        "a link of one kind is none of another",
        Change("clients_app/links.py", 'self.key_salt = f"{__name__} {name}"', "self.key_salt = __name__"),
        f"{LETTERS}::test_a_link_of_one_kind_or_user_is_not_that_of_another",
    ),
    Guard(
        "nobody who is switched off uses a link",
        Change("clients_app/links.py", "return user.is_active and user", "return user"),
        f"{LETTERS}::test_nobody_who_is_switched_off_gets_a_letter_or_uses_a_link",
    ),
    Guard(
        "a letter costs the same for nobody",
        Change(
            "clients_app/accounts.py",
            "    letters.order(links.RESET, user.pk if user else new_key(), origin=origin)",
            "    if user:\n        letters.order(links.RESET, user.pk, origin=origin)",
        ),
        f"{LETTERS}::test_the_queue_holds_no_secret_and_the_same_for_whom_nobody_knows",
    ),
    Guard(
        "letters are counted",
        Change("clients_app/accounts.py", "    if budget.left < 0:\n", "    if False:\n"),
        f"{LETTERS}::test_letters_are_counted_for_the_name_from_wherever",
    ),
    Guard(
        "the token of a link leaves the address",
        Change("clients_app/pages/passwords.py", "    if token != IN_SESSION:\n", "    if False:\n"),
        f"{FORGOTTEN}::test_the_token_does_not_stay_in_the_address",
    ),
    Guard(
        "the table of sessions does not tell the token of a link",
        Change(
            "clients_app/pages/passwords.py",
            "request.session[TOKEN] = secrets.encrypt(token)",
            "request.session[TOKEN] = token",
        ),
        f"{FORGOTTEN}::test_the_table_of_sessions_does_not_tell_the_token",
        also=Change(
            "clients_app/pages/passwords.py",
            'return secrets.decrypt(request.session.get(TOKEN) or "")',
            'return str(request.session.get(TOKEN) or "")',
        ),
    ),
    Guard(
        "an account is never left without an administrator",
        Change("clients_app/accounts.py", "if not User.objects.who_administer(user.account).exists():", "if False:"),
        f"{USERS}::test_an_account_is_never_left_without_an_administrator",
    ),
    Guard(
        "nobody changes the own role",
        Change("clients_app/accounts.py", "if by.user is not None and by.user.pk == user.pk:", "if False:"),
        f"{USERS}::test_nobody_changes_the_own_role_or_switches_oneself_off",
    ),
    Guard(
        "an account sends so many invitations",
        Change(
            "clients_app/accounts.py",
            "    except limits.LimitReached:\n        raise TooManyLetters from None",
            "    except limits.LimitReached:\n        pass",
        ),
        f"{USERS}::test_an_account_sends_so_many_invitations_in_an_hour",
    ),
    Guard(
        "whoever is switched off loses the sessions",
        Change("clients_app/accounts.py", "            user.sessions.all().delete()\n", "            pass\n"),
        "tests/pages/test_sessions.py::test_whoever_is_switched_off_is_not_in_again_once_switched_on",
    ),
    Guard(
        "nobody signs themselves out of what they work with",
        Change("clients_app/accounts.py", "if by.user == user and not (only or but):", "if False:"),
        "tests/pages/test_sessions.py::test_an_administrator_signs_somebody_out",
    ),
    Guard(
        "a session from before another password is none",
        Change("clients_app/sessions.py", " if constant_time_compare(shown, proof)]", "]"),
        "tests/pages/test_sessions.py::test_what_is_over_is_not_shown",
    ),
    Guard(
        "a session is ended with the password alone",
        Change(
            "clients_app/pages/forms.py",
            'return _own_password(self._request, self.cleaned_data["password"])',
            'return self.cleaned_data["password"]',
        ),
        "tests/pages/test_sessions.py::test_it_takes_the_password",
    ),
]
