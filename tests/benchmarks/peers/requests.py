"""The body of a request as Pydantic reads it, for the peers that are written with it."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, model_validator

FrequencyName = Literal["NONE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"]
NotificationName = Literal["NONE", "SUCCESS", "FAILURE", "ALL"]


class AccountTaskRequest(BaseModel):
    TaskID: UUID
    Frequency: FrequencyName
    StartDate: AwareDatetime | None = None
    FinishDate: AwareDatetime | None = None
    Parameters: str
    ContentType: Literal["application/json", "application/xml"]
    Notification: NotificationName = "NONE"

    @model_validator(mode="after")
    def window(self) -> "AccountTaskRequest":
        if self.StartDate and self.FinishDate and self.FinishDate < self.StartDate:
            raise ValueError("FinishDate must not be before StartDate")
        return self

    @property
    def columns(self) -> dict[str, object]:
        """Those of a row that come from the body, but for the task."""
        return {
            "frequency": self.Frequency,
            "start_at": self.StartDate,
            "finish_at": self.FinishDate,
            "parameters": self.Parameters,
            "content_type": self.ContentType,
            "notification": self.Notification,
        }
