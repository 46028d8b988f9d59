"""Rows as tests compare them."""

from typing import Any

from django.db.models import Model


def facts(row: Model) -> dict[str, Any]:
    """What stands in its columns, by attribute."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
