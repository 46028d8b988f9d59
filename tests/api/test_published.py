"""A published shape does not change by accident."""

import json

from tests.published import FILE, published


def test_what_is_published_is_as_it_was() -> None:
    was, now = json.loads(FILE.read_text()), json.loads(json.dumps(published()))

    meant = "If this change is meant: say it in templates/help/changes.html, then run python -m tests.published"
    assert [*was.items()] == [*now.items()], meant
    assert [list(shape) for shape in was.values()] == [list(shape) for shape in now.values()], meant
