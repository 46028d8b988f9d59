"""The checks that `python -m tests.proof` knows: what each is about, about how long it takes, and its commands."""

import sys
from dataclasses import dataclass

RELEASE_BEFORE = "b1ff78d"  # the last state whose history lies in one table: the upgrade cuts it into months
FAULTS = ("swallowed", "held_up", "frozen", "full", "read_only", "stalled", "sqlite_full", "sqlite_stalled")


@dataclass(frozen=True)
class Check:
    """minutes: on two quiet cores. commands: words after `python -m`; each tells its figures by `figures.tell`."""

    title: str
    minutes: int
    commands: tuple[str, ...]


def storms(*names: str) -> tuple[str, ...]:
    return tuple(f"tests.storm --only {name}" for name in names)


def tests(*paths: str) -> tuple[str, ...]:
    return tuple(f"pytest --quiet -m 'proof or not proof' {path}" for path in paths)


def on_both(*paths: str) -> tuple[str, ...]:
    """Files of tests on SQLite, then on PostgreSQL."""
    on_sqlite = tests(*paths)
    return (*on_sqlite, *(f"tests.postgresql {sys.executable} -m {command}" for command in on_sqlite))


CHECKS: dict[str, Check] = {
    "T1": Check("Crash storm, PostgreSQL", 12, storms("postgresql", "unique", "fence", "lease")),
    "T2": Check("Crash storm, SQLite", 12, storms("sqlite", "calm")),
    "T3": Check(
        "Every failpoint",
        15,
        (
            *on_both("tests/proof/test_failpoints.py"),
            "tests.proof.crashes --only sqlite",
            "tests.proof.crashes --only postgresql",
        ),
    ),
    "T4": Check("Schedule mathematics", 2, tests("tests/proof/test_schedule_arithmetic.py")),
    "T5": Check("Five years of a dispatcher", 5, tests("tests/proof/test_virtual_time.py")),
    "T6": Check("Clocks", 3, storms("clocks", "clock")),
    "T7": Check("Dependencies that fail", 35, storms("outage", *FAULTS, "patience")),
    "T8": Check("Lag, soak, growth", 42, (*storms("lag", "burst", "behind"), "tests.proof.soak")),
    "T9": Check("The wall of parsers", 4, tests("tests/proof/test_parser_wall.py")),
    "T10": Check("Made-up calls", 85, ("tests.fuzz", "tests.fuzz.parsers", *tests("tests/proof/test_any_order.py"))),
    "T11": Check("Bombs and slow clients", 5, tests("tests/proof/test_bombs.py", "tests/proof/test_slow_clients.py")),
    "T12": Check("The wall around the inside", 1, tests("tests/proof/test_outbound_wall.py")),
    "T13": Check(
        "Whose rows are whose",
        6,
        tests(
            "tests/proof/test_isolation_matrix.py",
            "tests/test_mass_assignment.py",
            "-k another_account tests/proof/test_timing.py",
        ),
    ),
    "T14": Check("Canaries for secrets", 6, on_both("tests/proof/test_canaries.py")),
    "T15": Check("A race for Idempotency-Keys", 3, on_both("tests/proof/test_idempotency_race.py")),
    "T16": Check(
        "The browser's walls",
        6,
        tests(
            "tests/test_cross_site.py",
            "tests/clients_app/test_sessions.py",
            "tests/acceptance/test_https.py",
            "tests/acceptance/test_framing.py",
            "tests/acceptance/test_pages.py",
            "tests/acceptance/test_naughty.py",
            "tests/acceptance/test_admin_browser.py",
        ),
    ),
    "T17": Check("Guessing", 15, tests("tests/proof/test_guessing.py", "-k a_known tests/proof/test_timing.py")),
    "T18": Check("Scanners, and ASVS", 40, ("tests.proof.scan", *tests("tests/proof/test_asvs.py"))),
    "T19": Check(
        "A rolling upgrade, and a dump that comes back", 10, (f"tests.proof.upgrade --from {RELEASE_BEFORE}",)
    ),
    "T20": Check("Guards switched off", 10, ("tests.mutations",)),
}
