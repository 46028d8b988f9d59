"""Moments as the people of an account read them: in the account's time zone."""

from datetime import UTC, datetime

from django import template
from django.template import Context
from django.utils import dateformat
from django.utils.html import format_html

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, style: str = "j M Y H:i") -> str:
    """
    `{% moment value %}`: a `<time>`, or a dash. style: as of the filter `date`. At the ends of the calendar, where
    the zone has no such date, in UTC, which is then said.
    """
    if value is None:
        return "\N{EN DASH}"
    try:
        text = dateformat.format(value.astimezone(context["user"].account.zone), style)
    except OverflowError:
        text = f"{dateformat.format(value.astimezone(UTC), 'j M Y H:i')} UTC"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)
