"""The published shapes of clients; the names of the classes are the names of the wire."""

from typing import Any

from rest_framework import serializers

from clients_app import clients
from clients_app.api.fields import Guid, Text
from clients_app.models import Client


class ClientRequest(serializers.Serializer[Client]):
    Name = Text(source="name", rule=clients.check_name)
    Secret = Text(source="secret", rule=clients.check_secret)
    UserID = Guid(source="user_id")


class ClientResponse(serializers.Serializer[Client]):
    """Secret is `secret` of the context: in the answer to the registration, null ever after."""

    ID = Guid(source="id")
    Name = Text(source="name")
    Secret = serializers.SerializerMethodField()
    UserID = Guid(source="user_id")

    def get_Secret(self, client: Client) -> Any:  # noqa: N802 (the wire's name)
        return self.context.get("secret")
