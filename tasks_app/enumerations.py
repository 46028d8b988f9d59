"""The published enumerations. Pure. A number that is out in the world is never given to another name."""

from django.db.models import IntegerChoices, TextChoices


class Frequency(IntegerChoices):
    """How often an account task runs."""

    NONE = 0, "Once, or on demand"
    HOURLY = 1, "Hourly"
    DAILY = 2, "Daily"
    WEEKLY = 3, "Weekly"
    MONTHLY = 4, "Monthly"
    QUARTERLY = 5, "Quarterly"
    YEARLY = 6, "Yearly"


class TaskNotification(IntegerChoices):
    """Of which runs the client's user hears."""

    NONE = 0, "None"
    SUCCESS = 1, "Succeeded runs"
    FAILURE = 2, "Failed runs"
    ALL = 3, "All finished runs"


class ContentType(TextChoices):
    """The format that Parameters are written in."""

    JSON = "application/json", "JSON"
    XML = "application/xml", "XML"
