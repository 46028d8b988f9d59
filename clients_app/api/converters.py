"""Converters of URL patterns."""

from uuid import UUID

from django.urls import register_converter

from clients_app.api.values import read_guid


class GuidConverter:
    """`<guid:…>` matches GUIDs alone, in any of their forms."""

    regex = "[^/]+"

    def to_python(self, value: str) -> UUID:
        guid = read_guid(value)
        if guid is None:
            raise ValueError(value)
        return guid

    def to_url(self, value: UUID) -> str:
        return str(value)


register_converter(GuidConverter, "guid")
