"""The tables of tasks and their runs."""

from tasks_app.models.account_task import AccountTask
from tasks_app.models.bulk_change import BulkChange, BulkItem
from tasks_app.models.heartbeat import Heartbeat
from tasks_app.models.notification import Notification
from tasks_app.models.task import Task
from tasks_app.models.task_run import Attempt, TaskRun

__all__ = ["AccountTask", "Attempt", "BulkChange", "BulkItem", "Heartbeat", "Notification", "Task", "TaskRun"]
