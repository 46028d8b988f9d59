"""Everything that can be refused besides wrong input, one line of text each; `error_code` is what the API calls it."""


class Refusal(Exception):
    error_code = ""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TaskNotFound(Refusal):
    """TaskID is not in the catalogue of tasks, or that task is switched off."""

    error_code = "TASK_NOT_FOUND"


class ClientRequired(Refusal):
    """The account has no enabled client yet: register one before its first task."""

    error_code = "CLIENT_REQUIRED"
