"""The weather of a storm: how many slots fall due, and what happens meanwhile."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Weather:
    """
    rate: slots a second. rewinds: schedules that go back to a slot that they had, as after a restored backup.
    bystanders: account tasks that are registered and not due. outage: for so many seconds, half-way, the fault, one of
    `faults.FAULTS`, harms the database.
    clocks: each process has another time, and one of them goes back in the middle. accounts: that the account tasks are
    of, in turn; is_behind: the slots of each account come after all of the one before.
    """

    runs: int
    rate: int
    kills: int = 0
    restarts: int = 0
    zombies: int = 0
    rewinds: int = 0
    lease: int = 60
    threads: int = 4
    workers: int = 4
    without: str = ""
    bystanders: int = 0
    outage: int = 0
    fault: str = ""
    clocks: bool = False
    accounts: int = 1
    is_behind: bool = False

    def __str__(self) -> str:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return ", ".join(
            f"{name} {value}" for name, value in values.items() if value and (name, value) != ("accounts", 1)
        )
