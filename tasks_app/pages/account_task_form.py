"""What the pages ask of an account task, but for its parameters."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clients_app.models import Account, Client
from tasks_app.enumerations import Frequency, TaskNotification
from tasks_app.pages.wall_clock import WallClockField
from tasks_app.schedules import Schedule

FREQUENCIES = {
    Frequency.NONE: "Once, or when somebody asks for it",
    Frequency.HOURLY: "Hourly: every 60 minutes, whatever the clocks do",
    Frequency.DAILY: "Daily: at the same time of the day",
    Frequency.WEEKLY: "Weekly: on the same day of the week",
    Frequency.MONTHLY: "Monthly: on the same day of the month, or its last one",
    Frequency.QUARTERLY: "Quarterly: every three months, on the same day",
    Frequency.YEARLY: "Yearly: on the same day of the year",
}
NOTIFICATIONS = {
    TaskNotification.NONE: "Of no run",
    TaskNotification.FAILURE: "Of runs that fail, and of the first that succeeds again",
    TaskNotification.SUCCESS: "Of runs that succeed",
    TaskNotification.ALL: "Of every run that finishes",
}


class ClientField(forms.ModelChoiceField[Client]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.user.email})"


class AccountTaskForm(forms.Form):
    """The schedule, whom it tells, and for a new one its client. `schedule` is there if the form has a right one."""

    client = ClientField(
        queryset=Client.objects.none(),
        empty_label=None,
        help_text="It is registered with this client, and the client's user hears of its runs.",
    )
    frequency = forms.TypedChoiceField(choices=FREQUENCIES.items(), coerce=lambda text: Frequency(int(text)))
    start_at = WallClockField(
        label="First run",
        help_text="All others are counted from it. Without it the first one comes a period from the registration.",
    )
    finish_at = WallClockField(
        label="Last moment", help_text="The last moment that may be a run. Without it there is no end."
    )
    notification = forms.TypedChoiceField(
        choices=NOTIFICATIONS.items(),
        coerce=lambda text: TaskNotification(int(text)),
        help_text="Of which runs the client's user hears, by e-mail and here.",
    )
    is_enabled = forms.TypedChoiceField(
        label="State",
        choices=[("True", "It runs on its schedule"), ("False", "Paused: it runs when somebody asks for it")],
        coerce=lambda text: text == "True",
    )

    schedule: Schedule | None = None

    def __init__(self, account: Account, data: Any = None, *, initial: dict[str, Any], is_new: bool) -> None:
        super().__init__(data, initial=initial)
        clients = Client.objects.for_account(account).enabled().select_related("user")
        for field in self._dates():
            field.zone, field.label = account.zone, f"{field.label} ({account.time_zone})"
        if is_new:
            self.fields["client"].queryset = clients  # type: ignore[attr-defined]
        self.fields.pop("is_enabled" if is_new else "client")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        if {"frequency", "start_at", "finish_at"} <= given.keys():
            try:
                self.schedule = Schedule(given["frequency"], given["start_at"], given["finish_at"])
            except ValidationError:
                self.add_error("finish_at", "It must not be before the first run.")
        return cleaned

    def shown_schedule(self) -> Schedule | None:
        """The schedule that stands in the form, typed or filled in; None while it is wrong."""
        if not self.is_bound:
            return Schedule(self.initial["frequency"], self.initial.get("start_at"), self.initial.get("finish_at"))
        self.is_valid()
        return self.schedule

    def shown_enabled(self) -> bool:
        """Whether it is to run on its schedule, as it stands in the form."""
        return "is_enabled" not in self.fields or str(self["is_enabled"].value()) != "False"

    def remarks(self) -> list[str]:
        """What clock changes make of the dates that were typed."""
        fields = {name: field for name, field in self.fields.items() if isinstance(field, WallClockField)}
        said = {field.label: field.remark(self[name].value()) for name, field in fields.items()}
        return [f"{label}: {remark}" for label, remark in said.items() if remark]

    def _dates(self) -> list[WallClockField]:
        return [field for field in self.fields.values() if isinstance(field, WallClockField)]
