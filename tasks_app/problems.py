"""Problems of parameters as sentences for people, to stand beside a field. Pure."""

from collections.abc import Callable
from typing import Final

from tasks_app.parameters import Problem

LONGEST: Final = 200  # characters of what a rule wants that a sentence shows


def sentence(problem: Problem, *, below: int = 0) -> str:
    """What to do. below: how many names of the path stand beside the sentence already; it begins with the others."""
    said = _SAID.get(problem.rule, _other)(problem)
    rest = problem.path[below:]
    if not rest:
        return said
    names = [f"entry {part + 1}" if isinstance(part, int) else str(part) for part in rest]
    where = ", ".join(names)[:LONGEST]
    return f"{where[:1].upper()}{where[1:]}: {said}"


def _other(problem: Problem) -> str:
    if isinstance(problem.wanted, dict | list | bool) or problem.wanted is None:
        return f"It does not satisfy the rule {problem.rule} of the task."
    return f"It must satisfy {problem.rule} {str(problem.wanted)[:LONGEST]}."


def _type(problem: Problem) -> str:
    wanted = problem.wanted if isinstance(problem.wanted, list) else [problem.wanted]
    return f"It must be {' or '.join(_TYPES.get(name, str(name)) for name in wanted)}."


def _least_length(problem: Problem) -> str:
    return "It must not be empty." if problem.wanted == 1 else f"It must have at least {problem.wanted} characters."


def _choice(problem: Problem) -> str:
    return f"It must be one of {', '.join(map(str, problem.wanted))[:LONGEST]}."


def _fixed(text: str) -> Callable[[Problem], str]:
    return lambda problem: text.format(str(problem.wanted)[:LONGEST])


_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object with members",
    "null": "null",
}
_FORMATS = {"email": "an e-mail address such as ann@example.org", "uri": "an address such as https://example.org/"}
_SAID: Final[dict[str, Callable[[Problem], str]]] = {
    "required": _fixed("It is required."),
    "type": _type,
    "minimum": _fixed("It must be at least {}."),
    "maximum": _fixed("It must be at most {}."),
    "exclusiveMinimum": _fixed("It must be more than {}."),
    "exclusiveMaximum": _fixed("It must be less than {}."),
    "multipleOf": _fixed("It must be a multiple of {}."),
    "minLength": _least_length,
    "maxLength": _fixed("It must have at most {} characters."),
    "minItems": _fixed("It must have at least {} of them."),
    "maxItems": _fixed("It must have at most {} of them."),
    "maxProperties": _fixed("It must have at most {} of them."),
    "uniqueItems": _fixed("No entry may stand there twice."),
    "enum": _choice,
    "format": lambda problem: f"It must be {_FORMATS.get(problem.wanted, f'of the format {problem.wanted}')}.",
    "pattern": _fixed("It is not written as the task wants it."),
    "not": _fixed("It is not written as the task wants it."),
    "propertyNames": _fixed("One of the names is not allowed."),
    "additionalProperties": _fixed("There are members that the task does not know."),
    "$ref": _fixed("The parameters can't be checked: the task's schema is broken."),
}
