"""
    python -m tests.storm                       the storms of the README, and controls that must be red
    python -m tests.storm --only postgresql     one of them
    python -m tests.storm --help                their names

A control has a guard taken away, and proves that its storm would see it.
"""

import argparse
import dataclasses
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping

import tests.environment  # noqa: F401 (secrets for the tests)
from tests.proof import figures
from tests.storm import crew, storm
from tests.storm.storm import Weather

GREEN, RED = 0, 3

ROUGH = Weather(runs=2_000, rate=80, kills=20, zombies=6, rewinds=100, lease=6)
STORMS: dict[str, tuple[str, Weather]] = {
    "postgresql": (
        "postgresql",
        Weather(runs=20_000, rate=110, kills=200, restarts=5, zombies=20, rewinds=500, lease=6),
    ),
    "sqlite": ("sqlite", Weather(runs=10_000, rate=50, kills=200, rewinds=200, lease=60)),
    "calm": ("sqlite", Weather(runs=20_000, rate=60, lease=60)),
    "lag": ("postgresql", Weather(runs=6_000, rate=100, workers=2, bystanders=100_000)),
    "outage": ("postgresql", Weather(runs=6_000, rate=50, workers=2, outage=60, lease=6)),
    "clocks": ("postgresql", Weather(runs=3_000, rate=60, clocks=True)),
    "unique": ("postgresql", dataclasses.replace(ROUGH, without="unique")),
    "fence": ("postgresql", dataclasses.replace(ROUGH, without="fence")),
    "lease": ("postgresql", dataclasses.replace(ROUGH, without="lease")),
    "clock": ("postgresql", Weather(runs=2_000, rate=60, clocks=True, without="clock")),
    "small": ("postgresql", dataclasses.replace(ROUGH)),
}
CHECKS = {
    "postgresql": "T1", "unique": "T1", "fence": "T1", "lease": "T1", "small": "T1", "sqlite": "T2", "calm": "T2",
    "clocks": "T6", "clock": "T6", "outage": "T7", "lag": "T8",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=STORMS)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--here", choices=STORMS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        return blow_here(asked.here, asked.seed)
    names = [asked.only] if asked.only else [name for name in STORMS if name != "small"]
    failed = [name for name in names if not is_as_expected(name, asked.seed)]
    print(f"Not as expected: {', '.join(failed)}" if failed else "All as expected.")
    return len(failed)


def is_as_expected(name: str, seed: int) -> bool:
    """In a process of its own: the settings are read once."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.storm", "--here", name, "--seed", str(seed)]
    verdict = {GREEN: "green", RED: "red"}.get(subprocess.run(command, check=False).returncode, "broken")
    expected = "red" if STORMS[name][1].without else "green"
    print(f"{name}: {verdict}, should be {expected}; {time.monotonic() - began:.0f} s\n", flush=True)
    return verdict == expected


def blow_here(name: str, seed: int) -> int:
    engine, weather = STORMS[name]
    random.seed(seed)
    print(f"{name} (seed {seed})", flush=True)
    with storm.database(engine) as (url, restart):
        os.environ.update(storm.environ(url, weather))
        crew.prepare()
        damage = storm.blow(weather, restart)
    figures.tell(
        CHECKS[name],
        f"storm on {engine}: {weather} (seed {seed})",
        found=f"{_listed(damage.wrong)}; {_listed(damage.told)}",
        wanted="not all 0: it has to be seen" if weather.without else "0 of what is before the semicolon",
        met=damage.is_none != bool(weather.without),
    )
    return GREEN if damage.is_none else RED


def _listed(found: Mapping[str, object]) -> str:
    return ", ".join(f"{what} {figure}" for what, figure in found.items())


if __name__ == "__main__":
    sys.exit(main())
