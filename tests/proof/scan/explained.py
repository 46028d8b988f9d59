"""What scanners find and what is nothing to mend, with the reason: by tool, rule, and a pattern of where it is."""

PASSWORDS = "a sentence, a name in a session or a sample: none of them lets anybody in"
OF_TESTS = "passwords of accounts that live as long as a test"
ELEMENTS = "the class Element or escaping; what reads XML is clients_app.documents, with DOCTYPE forbidden"
OWN_SQL = "the text is put together from names of our own tables and columns; values are parameters"
OWN_XML = "a sample that the service has written itself"
NO_DOCTYPE = "the lane hands on whatever holds `<!` or a processing instruction"
JITTER = "spreads attempts over time; nobody has to be kept from guessing it"

EXPLAINED: dict[tuple[str, str, str], str] = {
    **{
        ("bandit", "B101", where): "tells the type checker what is known; nothing is decided by it"
        for where in (
            "clients_app/admin/clients.py",
            "clients_app/pages/client_forms.py",
            "clients_app/prepared.py",
            "tasks_app/api/batch.py",
            "tasks_app/api/requests.py",
            "tasks_app/bulk.py",
            "tasks_app/claims.py",
            "tasks_app/pages/account_settings.py",
        )
    },
    **{
        ("bandit", "B105", where): PASSWORDS
        for where in (
            "clients_app/accounts.py",
            "clients_app/api/serializers.py",
            "clients_app/api/token_schema.py",
            "clients_app/api/views.py",
            "clients_app/authentication.py",
            "clients_app/clients.py",
            "clients_app/pages/passwords.py",
            "config/api/media_types.py",
            "config/api/samples.py",
            "config/metrics.py",
        )
    },
    ("bandit", "B311", "tasks_app/endings.py"): JITTER,
    ("bandit", "B311", "tasks_app/notifications.py"): JITTER,
    ("bandit", "B314", "config/api/samples.py"): OWN_XML,
    ("bandit", "B314", "tasks_app/api/express.py"): NO_DOCTYPE,
    **{
        ("bandit", "B405", where): ELEMENTS
        for where in (
            "clients_app/documents.py",
            "config/api/samples.py",
            "tasks_app/api/express.py",
            "tasks_app/masking.py",
            "tasks_app/parameters.py",
            "tasks_app/xml_values.py",
        )
    },
    ("bandit", "B406", "tasks_app/masking.py"): ELEMENTS,
    ("bandit", "B606", "manage.py"): "starts itself anew with the same words; no shell",
    ("bandit", "B608", "clients_app/limits.py"): OWN_SQL,
    ("bandit", "B608", "clients_app/writes.py"): OWN_SQL,
    ("bandit", "B608", "tasks_app/partitions.py"): "tables of months, whose names the service has made itself",
    ("bandit", "B608", "tasks_app/models/account_task.py"): "around a query of the ORM, whose values stay parameters",
    ("bandit", "B703", "clients_app/pages/second_factor.py"): "an SVG of segno's with nothing but numbers in it",
    ("semgrep", "clocks-are-of-the-database", "tasks_app/handlers/http_request.py"): (
        "the moment that a signature names, for the clock of the receiver; nothing is due by it"
    ),
    ("semgrep", "csrf-is-checked", "clients_app/api/views.py"): "POST /Token, which takes credentials and no cookie",
    (
        "semgrep",
        "html-is-escaped",
        "clients_app/pages/second_factor.py",
    ): "an SVG of segno's, nothing but numbers in it",
    ("semgrep", "one-way-for-mail", "clients_app/mail.py"): "this is it",
    ("semgrep", "one-way-out", "tasks_app/outbound.py"): "this is it",
    ("semgrep", "one-way-out", "clients_app/spans.py"): "the operators' own collector, which their settings name",
    ("semgrep", "one-way-out", "config/metrics.py"): "a counter that is named requests",
    ("semgrep", "secrets-are-not-printed", "config/api/exceptions.py"): "the id of an incident, a fresh UUID",
    ("semgrep", "secrets-are-random", "clients_app/second_factors.py"): "the module secrets under another name",
    ("semgrep", "secrets-are-random", "tasks_app/endings.py"): JITTER,
    ("semgrep", "secrets-are-random", "tasks_app/notifications.py"): JITTER,
    ("semgrep", "sql-is-not-formatted", "clients_app/limits.py"): OWN_SQL,
    ("semgrep", "sql-is-not-formatted", "clients_app/writes.py"): OWN_SQL,
    ("semgrep", "sql-is-not-formatted", "tasks_app/clock.py"): OWN_SQL,
    ("semgrep", "sql-is-not-formatted", "tasks_app/migrations/0012_history_by_the_month.py"): OWN_SQL,
    ("semgrep", "xml-is-defused", "config/api/samples.py"): OWN_XML,
    ("semgrep", "xml-is-defused", "tasks_app/api/express.py"): NO_DOCTYPE,
    **{
        ("detect-secrets", "Secret Keyword", where): PASSWORDS
        for where in ("README.md", "clients_app/accounts.py", "clients_app/api/views.py", "clients_app/clients.py")
    },
    ("detect-secrets", "Secret Keyword", "clients_app/authentication.py"): PASSWORDS,
    ("detect-secrets", "Secret Keyword", "tests/*"): OF_TESTS,
    ("detect-secrets", "Base64 High Entropy String", "clients_app/api/views.py"): "a sample that says EXAMPLE",
    ("detect-secrets", "Base64 High Entropy String", "tests/api/test_list_account_tasks.py"): "a cursor",
    ("detect-secrets", "Base64 High Entropy String", "tests/environment.py"): OF_TESTS,
    ("detect-secrets", "Hex High Entropy String", "tests/pages/test_run.py"): "the id of an incident",
    (
        "wapiti",
        "Secure Flag cookie",
        "/",
    ): "the scan speaks HTTP; by TLS cookies are Secure (tests/acceptance/test_https.py)",
    ("detect-secrets", "Basic Auth Credentials", "README.md"): "the form of an address: user:password",
    ("detect-secrets", "Basic Auth Credentials", "config/deploy/guide.md"): "the form of an address: user:password",
    ("detect-secrets", "Secret Keyword", "config/deploy/postgresql.conf"): "how passwords are stored, and none of them",
    ("detect-secrets", "Basic Auth Credentials", "config/environment.py"): "the form of an address: user:password",
    ("detect-secrets", "Basic Auth Credentials", "tests/tasks_app/test_outbound_addresses.py"): OF_TESTS,
}
