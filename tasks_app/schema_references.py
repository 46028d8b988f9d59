"""Schema references: what a schema's $ref leads to inside of it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from referencing import Registry
from referencing.jsonschema import DRAFT202012

Schema = Mapping[str, Any]

LONGEST_CHAIN = 32  # references that lead to each other


class References:
    """Those of one schema, whose own parts they name."""

    def __init__(self, schema: Schema) -> None:
        # An empty registry: the library's own one would fetch what a $ref names.
        self._resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))

    def look_up(self, reference: str) -> Any:
        """Raises referencing.exceptions.Unresolvable."""
        return self._resolver.lookup(reference).contents

    def resolved(self, schema: Any) -> Schema:
        """
        The schema with what a chain of $ref leads to; what stands beside a $ref goes first. {} where the schema is a
        boolean, or the chain a circle. Raises referencing.exceptions.Unresolvable.
        """
        for _ in range(LONGEST_CHAIN):
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            target = self.look_up(schema["$ref"])
            beside = {name: value for name, value in schema.items() if name != "$ref"}
            schema = {**target, **beside} if isinstance(target, dict) else {}
        return schema if isinstance(schema, dict) and "$ref" not in schema else {}


def named(schema: Any) -> Iterator[str]:
    """Each reference that stands in a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from named(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from named(value)


def types(schema: Schema) -> tuple[str, ...]:
    """The types that it allows; none if it names none."""
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)
