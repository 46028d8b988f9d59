"""Writes the file anew."""

import django

import tests.environment  # noqa: F401 (the settings' values)

django.setup()

from tests.published import FILE, as_text  # noqa: E402

FILE.write_text(as_text())
