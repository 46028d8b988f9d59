"""
`python -m tests.benchmarks.create`: how many account tasks are created in a second, by the product with all that it
does and by applications that do the same work and less (`peers/`). Each has two processes, a database of its own on one
durable PostgreSQL server, and 200 callers; `--sqlite` gives each a file instead. They are measured in turn while the
others rest, with wrk on 16 connections; medians of the rounds. The product is all that `make run` starts: its CPU and
memory are those of web server, dispatcher and worker.
"""

import argparse
import os
import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass

from tests.benchmarks import answers, candidates, load, pgbench, places, report
from tests.benchmarks.candidates import FASTAPI, FLOOR, PRODUCT, Candidate, Kind
from tests.benchmarks.report import Target

FORMATS: tuple[load.Format, ...] = ("json", "xml")


@dataclass(frozen=True)
class Run:
    """app, database: microseconds of CPU for each account task. unanswered: rows inserted without a 201."""

    figures: load.Figures
    app: float
    database: float
    unanswered: int
    resident_mb: float


@dataclass(frozen=True)
class Medians:
    per_second: float
    p50: float
    p99: float
    app: float
    database: float
    resident_mb: float


Runs = dict[tuple[Kind, load.Format], list[Run]]
Found = dict[tuple[Kind, load.Format], Medians]


def run(candidate: Candidate, place: places.Place, body: load.Format, seconds: float) -> Run:
    rows, app, database = candidate.count(), candidate.cpu_seconds(), place.cpu_seconds()
    figures = load.put_on(candidate.port, body, seconds=seconds)
    app, database = candidate.cpu_seconds() - app, place.cpu_seconds() - database
    time.sleep(0.3)  # until what was on its way at the end has arrived
    share = 10**6 / max(1, figures.created)
    unanswered = candidate.count() - rows - figures.created
    return Run(figures, app * share, database * share, unanswered, candidate.resident_mb())


def medians_of(runs: list[Run]) -> Medians:
    return Medians(
        per_second=statistics.median(run.figures.per_second for run in runs),
        p50=statistics.median(run.figures.p50 for run in runs),
        p99=statistics.median(run.figures.p99 for run in runs),
        app=statistics.median(run.app for run in runs),
        database=statistics.median(run.database for run in runs),
        resident_mb=statistics.median(run.resident_mb for run in runs),
    )


def measure(*, is_sqlite: bool, rounds: int, seconds: float) -> bool:
    with places.opened(is_sqlite=is_sqlite) as place, ExitStack() as stack:
        peers = [stack.enter_context(candidates.running(kind, place)) for kind in candidates.PEERS]
        product = stack.enter_context(candidates.running(PRODUCT, place))
        for candidate in (*peers, product):
            answers.check(candidate)
            for body in FORMATS:
                load.put_on(candidate.port, body, seconds=1)
        bench = None if is_sqlite else pgbench.Bench(place.new("pgbench"))
        runs: Runs = {(kind, body): [] for kind in candidates.ALL for body in FORMATS}

        def take_turns(those: list[Candidate]) -> None:
            for candidate in those:
                for body in FORMATS:
                    runs[candidate.kind, body].append(run(candidate, place, body, seconds))

        for _ in range(rounds):
            with product.resting():
                take_turns(peers)
                if bench:
                    bench.run(seconds)
            time.sleep(1)  # until its dispatcher and its worker are at rest again
            take_turns([product])
    found = {key: medians_of(each) for key, each in runs.items()}
    show("SQLite" if is_sqlite else "PostgreSQL, durable", found, rounds, seconds)
    if bench:
        bench.show()
    targets = [*targets_of(found, is_sqlite=is_sqlite), *soundness(runs)]
    return report.targets(targets)


def show(database: str, found: Found, rounds: int, seconds: float) -> None:
    floor = found[FLOOR, "json"].per_second
    header = ("", "JSON /s", "x floor", "p50 ms", "p99 ms", "app us", "database us", "XML /s", "MB")
    lines = []
    for kind in candidates.ALL:
        json, xml = found[kind, "json"], found[kind, "xml"]
        speed = (f"{json.per_second:,.0f}", f"{json.per_second / floor:.2f}", f"{json.p50:.1f}", f"{json.p99:.1f}")
        cost = (f"{json.app:.0f}", f"{json.database:.0f}")
        lines.append((kind.name, *speed, *cost, f"{xml.per_second:,.0f}", f"{json.resident_mb:.0f}"))
    how = f"{load.CONNECTIONS} connections, medians of {rounds} rounds of {seconds:g} s"
    report.table(f"Account tasks created, {database}; {how}", header, lines)


def targets_of(found: Found, *, is_sqlite: bool) -> list[Target]:
    targets = []
    wanted = [(FASTAPI, 3.0)] if is_sqlite else [(FASTAPI, 2.0), (FLOOR, 0.5)]
    for body in FORMATS:
        for peer, times in wanted:
            figure = found[PRODUCT, body].per_second / found[peer, body].per_second
            targets.append(at_least(times, f"{body.upper()} a second, times {peer.name}", figure))
    figure = found[PRODUCT, "xml"].per_second / found[PRODUCT, "json"].per_second
    targets.append(at_least(0.9, "XML a second, times JSON", figure))
    if not is_sqlite:
        own, of_peer = found[PRODUCT, "json"].p99, found[FASTAPI, "json"].p99
        wanted_p99 = f"at most {of_peer:.1f} ms"
        targets.append(Target(f"p99, that of {FASTAPI.name}", wanted_p99, f"{own:.1f} ms", own <= of_peer))
    return targets


def soundness(runs: Runs) -> list[Target]:
    """What must be so for the figures to mean anything."""
    every = [run for each in runs.values() for run in each]
    errors = sum(run.figures.errors for run in every)
    least, most = min(run.unanswered for run in every), max(run.unanswered for run in every)
    is_sound = least >= 0 and most <= load.CONNECTIONS
    return [
        Target("answers that are not 201", "0", f"{errors}", errors == 0),
        Target("rows of a run without a 201", f"0 to {load.CONNECTIONS}", f"{least} to {most}", is_sound),
    ]


def at_least(wanted: float, what: str, figure: float) -> Target:
    return Target(what, f"at least {wanted:g}", f"{figure:.2f}", figure >= wanted)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    asked = parser.parse_args()
    load.check_that_wrk_is_here()
    os.environ["HTTPS"] = "false"
    return 0 if measure(is_sqlite=asked.sqlite, rounds=asked.rounds, seconds=asked.seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
