"""
Account tasks by the million: of several accounts and all frequencies, each with its next slot ahead, registered over
the past year. They are found again by their number, so that any of them can be made due.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.benchmarks import database
from tests.benchmarks.database import Connection

if TYPE_CHECKING:
    from tasks_app.models import AccountTask
    from tests.factories import Party

NAMES = ("Acme", "Bolt", "Crane", "Dune")
ZONES = ("UTC", "Asia/Tokyo", "America/Bogota", "Asia/Kolkata")  # whose clocks don't change: each day is alike
YEAR = timedelta(days=365)

# As often as they may be in practice, and how long before its next slot each began.
FREQUENCY = "(ARRAY[0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6])[1 + dice(number, 1) % 20]"
AGE = """
    CASE {frequency} WHEN 0 THEN interval '0' WHEN 1 THEN interval '100 hours' WHEN 2 THEN interval '30 days'
    WHEN 3 THEN interval '70 days' ELSE interval '4 years' END
"""
PERIOD = """
    CASE {frequency} WHEN 1 THEN interval '1 hour' WHEN 2 THEN interval '1 day' WHEN 3 THEN interval '7 days'
    WHEN 4 THEN interval '1 month' WHEN 5 THEN interval '3 months' WHEN 6 THEN interval '1 year' END
"""
CREATED = "(%(begin)s::timestamptz + number::float8 * %(step)s::interval)"
NEXT_RUN = (
    "(%(soon)s::timestamptz + (1 + dice(number, 2) % 28) * interval '1 day' + dice(number, 3) % 86400 * interval '1 s')"
)
PARAMETERS = """'{"Url": "https://example.com/hooks/' || to_hex(dice(number, 4)) || '", "Body": "' || number || '"}'"""
HAS_RUN = f"{FREQUENCY} <> 0"
LONG_SERVED = {  # of account tasks that have run lately, all but those that run once
    "last_run_at": f"CASE WHEN {HAS_RUN} THEN %(soon)s - (1 + dice(number, 6) % 28) * interval '1 day' END",
    "last_run_by": f"CASE WHEN {HAS_RUN} THEN 'SCHEDULER' END",
    "latest_run_id": f"CASE WHEN {HAS_RUN} THEN key_of(%(soon)s, number) END",
    "status": f"CASE WHEN {HAS_RUN} THEN 'SUCCEEDED' ELSE 'PENDING' END",
}
SEARCH_TEXT = "'https://example.com/hooks/' || to_hex(dice(number, 4)) || ' ' || number"


@dataclass(frozen=True)
class AccountTasks:
    """So many of them, of which some may be due. In the table they lie in the order of their registration."""

    count: int
    begin: datetime = field(default_factory=lambda: datetime.now(UTC) - YEAR)

    @property
    def values(self) -> dict[str, object]:
        return {"begin": self.begin, "step": (YEAR - timedelta(days=2)) / self.count}

    def insert(self, connection: Connection, like: "list[AccountTask]", *, place: str, **columns: str) -> None:
        """like: one of each account; place: which of them it is like. columns: more expressions."""
        soon = datetime.now(UTC) + timedelta(days=1)
        usual = {
            "id": f"key_of({CREATED}, number)",
            "frequency": FREQUENCY,
            "start_at": f"{NEXT_RUN} - {AGE.format(frequency=FREQUENCY)}",
            "next_run_at": NEXT_RUN,
            "parameters": PARAMETERS,
            "search_text": SEARCH_TEXT,
            "created_at": CREATED,
            "modified_at": CREATED,
        }
        database.grow(connection, like, self.count, usual | columns, place=place, values=self.values | {"soon": soon})

    def make_due(self, connection: Connection, count: int, *, shift: float, at: str) -> None:
        """
        So many of them, the same distance from each other. shift: of the first one, in distances; at: an expression of
        the moment, in which `place` counts from 0. Those that have run did so at the slot before.
        """
        update = f"""
            WITH chosen AS MATERIALIZED (
                SELECT place, 1 + (place * %(stride)s + %(shift)s) % %(size)s AS number
                FROM generate_series(0, %(count)s::bigint - 1) AS place
            ), due AS MATERIALIZED (SELECT key_of({CREATED}, number) AS id, {at} AS at FROM chosen)
            UPDATE tasks_app_accounttask AS own
            SET next_run_at = due.at, start_at = due.at - ({AGE.format(frequency="own.frequency")}),
                last_run_at = CASE
                    WHEN last_run_at IS NOT NULL THEN due.at - ({PERIOD.format(frequency="own.frequency")})
                END
            FROM due WHERE own.id = due.id
        """  # noqa: S608 (our own expressions)
        stride = self.count // count
        values = {"stride": stride, "shift": int(shift * stride), "size": self.count, "count": count}
        updated = database.run(connection, update, self.values | values).rowcount
        assert updated == count, f"{updated} of {count} were made due"


def parties(names: Iterable[str] = NAMES) -> "list[Party]":
    """New accounts, in one zone after the other, each with an administrator and a client."""
    from tests import factories

    found = []
    for number, name in enumerate(names):
        party = factories.party(name=name)
        party.account.time_zone = ZONES[number % len(ZONES)]
        party.account.save()
        found.append(party)
    return found


def known_parties() -> "list[Party]":
    """Those that were made before."""
    from clients_app.models import Account, Client
    from tests.factories import Party

    return [
        Party(account, account.users.get(), Client.objects.get(account=account), "")
        for account in Account.objects.order_by("pk")
    ]


def patterns(parties: "list[Party]", *, handler: str = "http_request") -> "list[AccountTask]":
    """An account task of each, which the others can be like; none of them is ever due."""
    from tasks_app.enumerations import Frequency
    from tasks_app.schedules import Schedule
    from tests import factories

    task = factories.task(name="Call a hook", handler=handler)
    never = Schedule(Frequency.NONE, datetime(9999, 1, 1, tzinfo=UTC))
    now = datetime.now(UTC)
    parameters_text = '{"Url": "https://example.com/hooks/0"}' if handler == "http_request" else "{}"
    return [
        factories.account_task(client=party.client, task=task, schedule=never, parameters_text=parameters_text, now=now)
        for party in parties
    ]
