"""Everything that can be refused besides wrong input, one line of text each; `error_code` is what the API calls it."""

from clients_app.exceptions import Refusal


class TaskNotFound(Refusal):
    """TaskID is not in the catalogue of tasks, or that task is switched off."""

    error_code = "TASK_NOT_FOUND"


class RunInProgress(Refusal):
    """A run of this account task is going on: wait until it is finished, or cancel it."""

    error_code = "RUN_IN_PROGRESS"


class RunNotFinished(Refusal):
    """The run is not finished yet: wait until it is, or cancel it."""

    error_code = "RUN_IN_PROGRESS"


class RunFinished(Refusal):
    """The run is finished already."""

    error_code = "RUN_FINISHED"


class VersionConflict(Refusal):
    """If-Match names another version than the one that is there: read it again, and decide anew."""

    error_code = "PRECONDITION_FAILED"


class ClientRequired(Refusal):
    """The account has no enabled client yet: register one before its first task."""

    error_code = "CLIENT_REQUIRED"


class NothingChosen(Refusal):
    """None of the chosen tasks is there any more: choose among those that are."""


class MoreThanExpected(Refusal):
    """More tasks match by now than when you looked: look again, then decide."""


class BulkChangeFinished(Refusal):
    """The bulk change is finished already."""


class NotUndoable(Refusal):
    """There is nothing to undo: it goes on, or has changed nothing, or was undone already, or has no reverse."""
