"""The tables of tasks and their runs."""

from tasks_app.models.account_task import AccountTask
from tasks_app.models.task import Task
from tasks_app.models.task_run import TaskRun

__all__ = ["AccountTask", "Task", "TaskRun"]
