"""
The shapes of clients; the names of the classes are the names of the wire, help_text and docstrings are what the schema
and the help pages say.
"""

from typing import Any

from rest_framework import serializers

from clients_app import clients
from clients_app.api import samples
from clients_app.api.fields import Guid, Text
from clients_app.api.paging import PageQuery, sort_field
from clients_app.models import Client
from clients_app.paging import SortKey


class ClientRequest(serializers.Serializer[Client]):
    """A client of the account. In XML the elements ID and AccountID are ignored."""

    sample = {"Name": "Billing", "Secret": samples.SECRET, "UserID": samples.USER}

    Name = Text(
        source="name",
        rule=clients.check_name,
        help_text=f"What people call it: 1 to {clients.LONGEST_NAME} characters.",
    )
    Secret = Text(
        source="secret",
        rule=clients.check_secret,
        limits={"minLength": clients.SHORTEST_SECRET, "maxLength": clients.LONGEST_SECRET},
        help_text=f"{clients.SHORTEST_SECRET} to {clients.LONGEST_SECRET} characters, best of them random.",
    )
    UserID = Guid(source="user_id", help_text="The user of the account on whose behalf it calls.")


class ClientUpdateRequest(ClientRequest):
    """The client as it is to be from now on. Without Secret the secret stays as it is."""

    sample = {"Name": "Billing", "UserID": samples.USER}
    wire_name = "ClientRequest"  # a PUT takes the published shape: its XML has the published root

    Secret = Text(
        source="secret",
        rule=clients.check_secret,
        limits={"minLength": clients.SHORTEST_SECRET, "maxLength": clients.LONGEST_SECRET},
        required=False,
        allow_null=True,
        help_text="A new secret; it ends the one before and all tokens at once. Absent or null leaves it as it is.",
    )


class ClientResponse(serializers.Serializer[Client]):
    """A client. Secret is `secret` of the context: in the answer that makes it, null ever after."""

    sample = {"ID": samples.CLIENT, "Name": "Billing", "Secret": None, "UserID": samples.USER}

    ID = Guid(source="id", help_text="The client: `client_id` at /Token.")
    Name = Text(source="name", help_text="What people call it.")
    Secret = serializers.SerializerMethodField(help_text="The secret, in the one answer that shows it; else null.")
    UserID = Guid(source="user_id", help_text="The user on whose behalf it calls.")

    def get_Secret(self, client: Client) -> Any:  # noqa: N802 (the wire's name)
        return self.context.get("secret")


class ClientsQuery(PageQuery):
    sample = {"sort": "-DateCreated", "limit": "20"}

    sort_keys = {"Name": SortKey("name", kind=str), "DateCreated": SortKey("created_at")}
    sort = sort_field(sort_keys, default="Name")
