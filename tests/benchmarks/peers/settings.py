"""Django's settings for the peers that are written with it: the least, and connections that stay open."""

import os

from tests.benchmarks.peers import rows

_path = rows.sqlite_path(os.environ["DATABASE_URL"])
if _path:
    _place = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _path,
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": rows.SQLITE},
    }
else:
    _host, _, _name = os.environ["DATABASE_URL"].rpartition("@")[2].partition("/")
    _place = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _name,
        "USER": "postgres",
        "HOST": _host.partition(":")[0],
        "PORT": _host.partition(":")[2],
    }
DATABASES = {"default": _place | {"CONN_MAX_AGE": None}}
SECRET_KEY = "-"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["tests.benchmarks.peers"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = os.environ["PEER"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REST_FRAMEWORK = {
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework_xml.parsers.XMLParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework_xml.renderers.XMLRenderer",
    ],
    "UNAUTHENTICATED_USER": None,
}
