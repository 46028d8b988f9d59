"""
What is published of the API, as a file: endpoints, shapes, enumerations, error codes. `python -m tests.published`
writes it anew after a change that was meant, which then stands on the page /help/changes too.
"""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("published.json")


def published() -> dict[str, Any]:
    """As it is now. Members are `name: type`, with a `!` behind those that a request must have."""
    from config.api import operations
    from config.api.endpoints import all_endpoints
    from config.api.exceptions import ERROR_CODES
    from config.api.help_pages import enumerations, shapes_of

    endpoints, shapes, words = {}, {}, {}
    for each in all_endpoints():
        operation = each.operation
        endpoints[f"{each.method} {each.path}"] = {
            "request": operations.wire_name(operation.request) if operation.request else None,
            "answer": operations.root_name(operation),
            "status": operation.status,
            "errors": each.error_codes,
            "idempotent": operation.is_create,
            "if_match": operation.is_locking,
            "etag": operation.has_version,
            "forms": operation.takes_forms,
        }
        for shape in filter(None, (operation.query, operation.request, operation.answer)):
            for name, field in shape().fields.items():
                if hasattr(field, "words"):
                    words[f"{operations.wire_name(shape)}.{name}"] = list(field.words)
            for said in shapes_of(shape):
                members = [f"{member.name}: {member.type_name}{'!' * member.is_required}" for member in said.members]
                key = (
                    f"{said.name} of PUT" if shape.__name__ != said.name and said.name == "ClientRequest" else said.name
                )
                shapes[key] = members
    return {
        "endpoints": endpoints,
        "shapes": shapes,
        "words": words,
        "enumerations": {
            name: {str(each.name): each.value for each in found} for name, found in enumerations().items()
        },
        "error_codes": {code: int(status) for code, (status, _) in ERROR_CODES.items()},
    }


def as_text() -> str:
    return json.dumps(published(), indent=1, sort_keys=False) + "\n"
