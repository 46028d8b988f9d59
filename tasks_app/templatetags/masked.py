"""Parameters at the pages: wherever they are shown they go through one of these."""

from django import template

from tasks_app import masking

register = template.Library()


@register.filter
def masked(parameters: str) -> str:
    """All of them, a member on each line."""
    return masking.shown(parameters)


@register.filter
def masked_line(parameters: str, longest: int) -> str:
    """Their beginning, in one line of at most so many characters."""
    return masking.shown_in_a_line(parameters, longest)
