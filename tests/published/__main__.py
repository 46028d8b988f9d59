"""Writes the file anew."""

import os

import django

import tests.environment  # noqa: F401 (the settings' values)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.published import FILE, as_text  # noqa: E402

FILE.write_text(as_text())
