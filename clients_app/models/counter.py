"""Counter: how often something happened in a stretch of time, counted by the database."""

from django.db import models


class Counter(models.Model):
    """
    One row for each key and window; `clients_app.limits` alone writes it. On PostgreSQL the table is unlogged: no call
    waits for the disk because it was counted, and after a crash of the server the counts begin anew.
    """

    key = models.CharField(max_length=200)
    window_ends_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_ends_at"], name="counter_key_and_window")]

    def __str__(self) -> str:
        return f"{self.count} times {self.key}"
