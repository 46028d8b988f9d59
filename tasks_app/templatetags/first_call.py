"""`{% first_call client secret url %}`: what an integration may begin with."""

from django import template

from clients_app.models import Client
from tasks_app import first_call as calls

register = template.Library()


@register.simple_tag
def first_call(client: Client, secret: str, url: str) -> str:
    return calls.line(client, secret, url=url)
