"""Moments as the people of an account read them: in the account's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django import template
from django.template import Context
from django.utils import dateformat
from django.utils.html import format_html

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, style: str = "j M Y H:i") -> str:
    """
    `{% moment value %}`: a `<time>`, or a dash. style: as of the filter `date`. At the ends of the calendar, where
    the zone has no such date, in UTC, which is then said. Operators, who have no account, see UTC.
    """
    if value is None:
        return "\N{EN DASH}"
    account = context["user"].account
    zone = account.zone if account else ZoneInfo("UTC")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), written(value, zone, style))


def written(value: datetime, zone: ZoneInfo, style: str) -> str:
    """The moment in the zone; in UTC, which is then said, where the zone has no such date."""
    try:
        return dateformat.format(value.astimezone(zone), style)
    except OverflowError:
        return f"{dateformat.format(value.astimezone(UTC), 'j M Y H:i')} UTC"
