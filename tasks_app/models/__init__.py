"""The tables of tasks and their runs."""

from tasks_app.models.account_task import AccountTask
from tasks_app.models.heartbeat import Heartbeat
from tasks_app.models.notification import Notification
from tasks_app.models.task import Task
from tasks_app.models.task_run import Attempt, TaskRun

__all__ = ["AccountTask", "Attempt", "Heartbeat", "Notification", "Task", "TaskRun"]
