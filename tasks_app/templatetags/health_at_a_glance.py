"""How the service is, for the first page of the admin site."""

from typing import Any

from django import template

from tasks_app import clock, health

register = template.Library()


@register.inclusion_tag("admin/health.html")
def health_at_a_glance() -> dict[str, Any]:
    return {"glance": health.glance(clock.now())}
