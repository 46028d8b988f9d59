"""Schedule: how often and between which moments. Pure: it never asks what time it is."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from tasks_app.enumerations import Frequency


@dataclass(frozen=True)
class Schedule:
    """
    start_at: the first slot, None for "as registered". finish_at: the last moment that may be one, None for no end.

    Raises ValidationError under finish_at if that lies before start_at.
    """

    frequency: Frequency
    start_at: datetime | None = None
    finish_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.start_at and self.finish_at and self.finish_at < self.start_at:
            raise ValidationError({"finish_at": "must not be before the start date"})
