"""Every setting of the project. What differs between installations comes from the environment: see the README."""

import os
import zoneinfo
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from config import environment, logs

django_stubs_ext.monkeypatch()
zoneinfo.reset_tzpath(to=())  # time zones are those of the package tzdata, whatever the machine has

BASE_DIR = Path(__file__).resolve().parent.parent
environment.read_file(BASE_DIR / ".env")

# --- what an installation chooses -------------------------------------------------------------------------------------

SECRET_KEY = environment.secret_key("SECRET_KEY")
ENCRYPTION_KEYS = environment.fernet_keys("ENCRYPTION_KEYS")
DEBUG = environment.flag("DEBUG", "false")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", "")
HTTPS = environment.flag("HTTPS", "true")
TRUSTED_PROXY_COUNT = environment.number("TRUSTED_PROXY_COUNT", "0", least=0)
BASIC_AUTHENTICATION = environment.flag("BASIC_AUTHENTICATION", "true")
WRONG_CREDENTIALS_PER_MINUTE = environment.number("WRONG_CREDENTIALS_PER_MINUTE", "10", least=1)
WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR = environment.number(
    "WRONG_CREDENTIALS_AT_NEW_ADDRESSES_PER_HOUR", "100", least=1
)
WRONG_PASSWORDS_UNTIL_LOCK_OUT = environment.number("WRONG_PASSWORDS_UNTIL_LOCK_OUT", "20", least=1)
LOCK_OUT_MINUTES = environment.number("LOCK_OUT_MINUTES", "30", least=1)
SESSION_IDLE = timedelta(hours=environment.number("SESSION_IDLE_HOURS", "8", least=1))
SESSION_LIFETIME = timedelta(hours=environment.number("SESSION_HOURS", "168", least=1))
CALLS_PER_MINUTE_OF_CLIENT = environment.number("CALLS_PER_MINUTE_OF_CLIENT", "6000", least=1)
CALLS_PER_MINUTE_OF_ACCOUNT = environment.number("CALLS_PER_MINUTE_OF_ACCOUNT", "24000", least=1)
STATEMENT_SECONDS = environment.number("STATEMENT_SECONDS", "30", least=0)
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "Account Tasks <account-tasks@localhost>")
vars().update(environment.mail("EMAIL_URL", "consolemail://"))  # EMAIL_BACKEND, EMAIL_HOST, …
EMAIL_TIMEOUT = 15  # seconds
OUTBOUND_ALLOWED_NETWORKS = environment.networks("OUTBOUND_ALLOWED_NETWORKS", "")
WORKER_THREADS = environment.number("WORKER_THREADS", "8", least=1)
STOP_SECONDS = environment.number("STOP_SECONDS", "20", least=1)
LEASE = timedelta(seconds=environment.number("LEASE_SECONDS", "60", least=5))
DEMO_PASSWORD = environment.text("DEMO_PASSWORD", "")
METRICS_FOLDER = environment.text("METRICS_FOLDER", "")
OTEL_EXPORTER_OTLP_ENDPOINT = environment.collector("OTEL_EXPORTER_OTLP_ENDPOINT")
OTEL_SERVICE_NAME = environment.text("OTEL_SERVICE_NAME", "account-tasks")
OUTBOUND_TRACEPARENT = environment.flag("OUTBOUND_TRACEPARENT", "false")
LOG_LEVEL = environment.choice("LOG_LEVEL", "INFO", of=environment.LOG_LEVELS)
LOG_FORMAT = environment.choice("LOG_FORMAT", "json" if HTTPS else "text", of=logs.FORMATS)

# --- database ---------------------------------------------------------------------------------------------------------

_database = environment.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
_database["CONN_MAX_AGE"] = None  # one connection for each thread, kept
if _database["ENGINE"] == "config.sqlite":
    if _database["NAME"] != ":memory:":
        _database["NAME"] = str(BASE_DIR / _database["NAME"])  # a relative path starts at the project
    # IMMEDIATE: a transaction takes the write lock at once and waits for it; the default finds out too late to wait.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The log goes into the file when it has 32 MiB: pages that many transactions write go there once.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=8000;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True  # one that has died is replaced before it is used
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        # A peer that has vanished is found out about also where nothing is asked: by the thread that listens.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 4,
        "tcp_user_timeout": 30_000,  # milliseconds
        # To read at random costs what reading in order costs, on a solid-state disk or from memory: an index that holds
        # all that a list is filtered by is preferred to the table.
        "options": f"-c statement_timeout={STATEMENT_SECONDS}s"
        " -c lock_timeout=15s -c idle_in_transaction_session_timeout=60s"
        " -c random_page_cost=1.1",
        "server_side_binding": True,
        "prepare_threshold": 1,  # statements are planned once for each connection
        **_database.get("OPTIONS", {}),  # the URL goes first: who migrates wants other time-outs than who serves
    }
DATABASES = {"default": _database}

# --- what carries runs from the dispatcher to the workers -------------------------------------------------------------

_on_postgresql = _database["ENGINE"] == "config.postgresql"
ENGINE = environment.choice("ENGINE", "distributed" if _on_postgresql else "embedded", of=("embedded", "distributed"))
if ENGINE == "distributed" and not _on_postgresql:
    raise ImproperlyConfigured("ENGINE is wrong. The distributed engine needs PostgreSQL: set it to embedded.")
TASKS = {"default": {"BACKEND": f"tasks_app.engine.{ENGINE}.Backend"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Django -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "clients_app",
    "tasks_app",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
    *(["django_tasks_db"] if ENGINE == "embedded" else ["procrastinate.contrib.django", "tasks_app.engine"]),
]
MIDDLEWARE = [
    "config.logs.of_requests",
    "config.headers.always",
    "config.api.views.refuse_plain_http",
    "django.middleware.security.SecurityMiddleware",
    "config.api.paths.normalize",
    "config.api.limits.tell",
    "config.express.lane",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.of_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "clients_app.sessions.end_in_time",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # wants to be the last
]
if METRICS_FOLDER:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER  # which its library reads once, when it is imported
    MIDDLEWARE.insert(0, "config.metrics.count")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # the API takes both forms of a path, the pages name theirs exactly
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tasks_app.pages.inbox.unread",
            ],
        },
    },
]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.Storage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_HANDLERS = ["clients_app.uploads.SmallUploads"]

# --- security ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "clients_app.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # lets nobody through who is locked out
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["clients_app.hashers.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "clients_app.passwords.OwnWordsValidator"},
]
MESSAGE_STORAGE = "config.messages.Storage"
LOGIN_URL = "sign-in"
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600  # of an invitation; that of a password reset is shorter
LOGIN_REDIRECT_URL = "home"
ACCESS_TOKEN_LIFETIME = timedelta(hours=8)
CLIENT_SECRET_OVERLAP = timedelta(days=7)  # how long a secret is good beside the one that replaced it by rotation

# Beside the counts of the minute, which are for client secrets too: see clients_app.lockouts.
AXES_HANDLER = "clients_app.lockouts.Handler"
AXES_FAILURE_LIMIT = WRONG_PASSWORDS_UNTIL_LOCK_OUT
AXES_COOLOFF_TIME = timedelta(minutes=LOCK_OUT_MINUTES)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # nobody can lock out somebody else
AXES_CLIENT_IP_CALLABLE = "clients_app.callers.address_of"
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "clients_app.lockouts.name_of"
AXES_LOCKOUT_CALLABLE = "clients_app.lockouts.as_answered"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # clients_app.admin has its own page of them
AXES_VERBOSE = False

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # asked by machines next to the process
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A browser takes a cookie of such a name over TLS alone and from this very host: no neighbour in the domain can set it.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
SESSION_ENGINE = "clients_app.sessions"
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# --- the HTTP API: its house rules, named here once for all views -----------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "clients_app.authentication.BearerAuthentication",
        "clients_app.authentication.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["clients_app.permissions.MayCall"],
    "DEFAULT_THROTTLE_CLASSES": ["clients_app.throttles.CallsPerMinute"],
    "DEFAULT_PARSER_CLASSES": [
        "config.api.parsers.JSONParser",
        "config.api.parsers.XMLParser",
        "config.api.parsers.FormParser",
        "config.api.parsers.RefusingParser",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "config.api.renderers.JSONRenderer",
        "config.api.renderers.XMLRenderer",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.negotiation.ContentNegotiation",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "config.api.exceptions.answer",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Account Tasks",
    "DESCRIPTION": (
        "Register recurring tasks on an account, and see what became of them. All paths are the same under `/api/v1` "
        "and `/api/v2`, in any case, with or without a slash at the end. Bodies are JSON, XML or forms by their "
        "Content-Type; answers are JSON or XML by Accept, in one envelope. The members of a JSON body may be written "
        "in any case, a GUID in any of its usual forms; an enumeration in JSON or in a form also as a number, and a "
        "date with or without time and offset (without one it is UTC)."
    ),
    "VERSION": "2",
    "OAS_VERSION": "3.1.0",
    "PREPROCESSING_HOOKS": ["config.api.endpoints.as_of_v2"],
    "POSTPROCESSING_HOOKS": ["config.api.schema.with_headers", "clients_app.api.token_schema.with_token"],
    "SORT_OPERATIONS": False,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "/Token", "scopes": {}}},
                "description": "A client's ID and secret get a token of 8 hours from /Token (RFC 6749, section 4.4).",
            },
            "password": {
                "type": "http",
                "scheme": "basic",
                "description": "A user's e-mail address and password, for people at a command line.",
            },
        }
    },
}

# --- logs -------------------------------------------------------------------------------------------------------------

LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)
