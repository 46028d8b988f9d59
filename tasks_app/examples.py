"""Examples: parameters that a task's schema takes, to begin with. Pure."""

import re
from collections.abc import Mapping
from typing import Any

DEEPEST = 8  # levels of a schema that an example follows
MOST = 100  # items of a list

_OF_FORMATS = {
    "email": "ann@example.com",
    "uri": "https://example.com/",
    "date": "2030-01-31",
    "date-time": "2030-01-31T09:00:00Z",
    "uuid": "0f8fad5b-d9cb-469f-a165-70867728950e",
}


def example(schema: Any, depth: int = 0) -> Any:
    """
    A JSON value with the members that the schema requires. It is a beginning, not a promise: what a pattern or a
    combination of schemas asks for has to be put in by hand.
    """
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return {}
    for given in ("default", "const"):
        if given in schema:
            return schema[given]
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    kind = schema.get("type", "object" if "properties" in schema else "string" if depth else "object")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "object":
        members = schema.get("properties", {})
        return {name: example(members.get(name, {}), depth + 1) for name in schema.get("required", [])}
    if kind == "array":
        return [example(schema.get("items", {}), depth + 1)] * min(schema.get("minItems", 1), MOST)
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("maximum", 1))
    return {"boolean": True, "null": None}.get(kind, _text(schema)) if isinstance(kind, str) else {}


def _text(schema: Mapping[str, Any]) -> str:
    text = _OF_FORMATS.get(schema.get("format", ""), "text")
    try:
        pattern = re.compile(schema.get("pattern", ""))
    except (re.error, TypeError):  # JSON Schema has another dialect of them than Python
        return text
    return next((one for one in (text, *_OF_FORMATS.values()) if pattern.search(one)), text)
