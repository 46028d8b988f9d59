"""StoredAnswer: what a create with an Idempotency-Key has answered, so that a repeat gets the same."""

from django.db import models

from clients_app.models.keys import new_key


class StoredAnswer(models.Model):
    """`caller_id`: the client, for a person without one the user. `clients_app.idempotency` alone writes these rows."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    caller_id = models.UUIDField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the endpoint and of what was sent to it.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    detail = models.TextField(help_text="JSON, with the members in the order that they were sent in.")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller_id", "key"], name="stored_answer_of_key")]

    def __str__(self) -> str:
        return f"{self.status} of {self.created_at}"
