from django.apps import AppConfig


class DistributedConfig(AppConfig):
    """What our deliveries need of procrastinate's tables; installed with them, and only where they are."""

    name = "tasks_app.engine"
    label = "tasks_engine"
