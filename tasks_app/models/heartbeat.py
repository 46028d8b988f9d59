"""Heartbeat: when a part of the service was last at work."""

from django.db import models


class Heartbeat(models.Model):
    """`tasks_app.health` alone writes it. note: what that part wants to remember."""

    name = models.CharField(primary_key=True, max_length=50)
    at = models.DateTimeField()
    note = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.name
