"""Parameter members: which control a form shows for each member of a schema. Pure."""

from typing import Any, Final

from referencing.exceptions import Unresolvable

from tasks_app.parameter_fields import Kind, Member, Members, enumerated, key_of, leaves
from tasks_app.schema_references import References, Schema, types

DEEPEST: Final = 2  # levels of groups in each other
MOST: Final = 200  # members that a form shows
LONG: Final = 200  # characters, from which on a text gets several lines
NAMES_OF_LONG: Final = ("body", "content", "message", "text")

_SCALARS = ("string", "integer", "number", "boolean")


def members(schema: Schema) -> Members:
    """Those of the parameters, in the order of the schema; none if no form can be made of it."""
    try:
        found = _members(References(schema), schema, (), is_asked=True)
    except Unresolvable:
        return ()
    return found if sum(1 for _ in leaves(found)) <= MOST else ()


def _members(known: References, schema: Schema, path: tuple[str, ...], *, is_asked: bool) -> Members:
    schema = known.resolved(schema)
    properties = schema.get("properties")
    if not properties or types(schema) not in ((), ("object",)):
        return ()
    required = schema.get("required", ())
    return tuple(_member(known, inner, (*path, name), name in required, is_asked) for name, inner in properties.items())


def _member(known: References, schema: Any, path: tuple[str, ...], is_required: bool, is_asked: bool) -> Member:
    resolved = known.resolved(schema)
    is_asked = is_asked and is_required
    inner: Members = ()
    items = known.resolved(resolved.get("items", {}))
    kind = _kind(resolved, path[-1], items, known)
    if kind == Kind.GROUP:
        inner = _members(known, resolved, path, is_asked=is_asked) if len(path) <= DEEPEST else ()
        kind = kind if inner else Kind.JSON
    return Member(path, resolved, kind, is_required, is_asked, inner, items)


def _kind(schema: Schema, name: str, items: Schema, known: References) -> Kind:
    of = types(schema)
    if "enum" in schema or "const" in schema:
        keys = [key_of(value) for value in enumerated(schema)]
        return Kind.CHOICE if all(keys) and len(set(keys)) == len(keys) else Kind.JSON
    if len(of) != 1:
        return Kind.JSON
    if of[0] == "array":
        is_plain = len(types(items)) == 1 and types(items)[0] in _SCALARS and "prefixItems" not in schema
        return Kind.LINES if is_plain else Kind.JSON
    if of[0] == "object":
        others = known.resolved(schema.get("additionalProperties", {}))
        if "properties" in schema:
            return Kind.GROUP
        return Kind.PAIRS if types(others) == ("string",) and "patternProperties" not in schema else Kind.JSON
    if of[0] == "string":
        return Kind.LONG_TEXT if _is_long(schema, name) else Kind.TEXT
    simple = {"boolean": Kind.CHOICE, "integer": Kind.NUMBER, "number": Kind.NUMBER}
    return simple.get(of[0], Kind.JSON)


def _is_long(schema: Schema, name: str) -> bool:
    if "format" in schema:
        return False
    if "maxLength" in schema:
        return bool(schema["maxLength"] > LONG)
    return "contentMediaType" in schema or name.lower() in NAMES_OF_LONG
