"""
The processes under test. They are forked from a server that has imported everything, so that a new one is at work
within milliseconds; each runs a command of manage.py in its main thread, and writes its log to a file.
"""

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django

fork_server = multiprocessing.get_context("forkserver")
spawn = multiprocessing.get_context("spawn")

# In seconds, or many times as fast; for each process the next one.
CLOCKS = ("+3600", "-3600", "+0 x60", "+0", "+3600", "-3600")


def prepare() -> None:
    """What the server of forks imports."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tasks_app.management.commands import run_dispatcher, run_worker  # noqa: F401


def run_command(name: str, log: Path, without: str) -> None:
    """In the child: the command, perhaps with a guard taken away."""
    from django.core.management import call_command
    from django.db.models.functions import Now
    from django.utils import timezone

    from clients_app.models.keys import new_key
    from clients_app.prepared import Prepared, PreparedUpdate
    from tasks_app import clock
    from tasks_app.models import task_run
    from tasks_app.models.task_run import State, TaskRunQuerySet

    class OwnNow(Now):
        """What time this process thinks it is."""

        def as_sql(self, *args: Any, **kwargs: Any) -> Any:
            return "%s::timestamptz", [timezone.now()]

        as_postgresql = as_sql

    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, sys.stderr.fileno())
    if without == "fence":
        # A later attempt has the run, and the earlier one may write as well.
        TaskRunQuerySet.held = lambda self, run_id, fence: self.filter(  # type: ignore[method-assign]
            pk=run_id, state=State.RUNNING, fence__gte=fence
        )
    if without == "unique":
        vars(task_run)["key_of"] = lambda row, moment: new_key()  # the key of a slot's run would be refused too
    if without == "lease":
        TaskRunQuerySet.abandoned = lambda self: self.filter(state=State.RUNNING)  # type: ignore[method-assign]
    if without == "clock":
        clock.NOW = OwnNow()  # what leases are taken and judged by
        for kind in (Prepared, PreparedUpdate):  # it is another one each time
            kind._written = property(vars(kind)["_written"].func)  # type: ignore[assignment,method-assign]
    if without == "patience":
        from config.postgresql import base
        from tasks_app.engine import distributed

        base.patience = SimpleNamespace(get=lambda: 1e6)  # type: ignore[assignment,attr-defined]
        distributed.SILENCE_SECONDS = 1e6
    call_command(name)


def spawned(name: str, log: Path, without: str) -> None:
    prepare()
    run_command(name, log, without)


@dataclass
class Crew:
    """names: commands of manage.py, one for each process."""

    names: list[str]
    log: Path
    without: str = ""
    clocks: Path | None = None
    """A folder for the files that libfaketime reads; None for the right time."""
    killed: set[int] = field(default_factory=set)
    stopped: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        fork_server.set_forkserver_preload(["tests.storm.preload"])
        self.members = [self._start(name, number) for number, name in enumerate(self.names)]

    def _start(self, name: str, number: int) -> multiprocessing.process.BaseProcess:
        if self.clocks:
            return self._start_with_a_clock(name, number, self.clocks / f"clock{number}")
        process = fork_server.Process(target=run_command, args=(name, self.log, self.without), daemon=True)
        process.start()
        return process

    def _start_with_a_clock(self, name: str, number: int, file: Path) -> multiprocessing.process.BaseProcess:
        """In a fresh interpreter: the library is loaded before everything else."""
        file.write_text(CLOCKS[number % len(CLOCKS)])
        [library] = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
        faked = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
        }
        os.environ |= faked
        process = spawn.Process(target=spawned, args=(name, self.log, self.without), daemon=True)
        process.start()
        for variable in faked:
            del os.environ[variable]
        return process

    def set_a_clock_back(self) -> None:
        """The first worker's, by eleven minutes more."""
        if self.clocks:
            (self.clocks / "clock0").write_text("+2940")

    def kill_one(self) -> None:
        """One that is not stopped at the moment; another one takes its place."""
        free = [number for number, process in enumerate(self.members) if process.pid not in self.stopped]
        number = random.choice(free)
        process = self.members[number]
        assert process.pid
        self.killed.add(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.members[number] = self._start(self.names[number], number)

    def freeze_one(self, name: str) -> Callable[[], None] | None:
        """SIGSTOP, but for the last one; what is returned lets it go on."""
        free = [
            process
            for own, process in zip(self.names, self.members, strict=True)
            if own == name and process.pid not in self.stopped
        ]
        if len(free) == 1:
            return None
        pid = random.choice(free).pid
        assert pid
        self.stopped.add(pid)
        self.killed.add(pid)
        os.kill(pid, signal.SIGSTOP)

        def go_on() -> None:
            os.kill(pid, signal.SIGCONT)
            self.stopped.discard(pid)

        return go_on

    def dead(self) -> int:
        """How many have ended by themselves."""
        return sum(not process.is_alive() for process in self.members)

    def end(self) -> None:
        for process in self.members:
            process.terminate()
        give_up_at = time.monotonic() + 30
        for process in self.members:
            process.join(max(0, give_up_at - time.monotonic()))
            if process.is_alive():
                process.kill()
