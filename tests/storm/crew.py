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

import django

GUARDS = ("unique", "fence", "lease")

fork_server = multiprocessing.get_context("forkserver")


def prepare() -> None:
    """What the server of forks imports."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tasks_app.management.commands import run_dispatcher, run_worker  # noqa: F401


def run_command(name: str, log: Path, without: str) -> None:
    """In the child: the command, perhaps with a guard taken away."""
    from django.core.management import call_command

    from tasks_app.models.task_run import State, TaskRunQuerySet

    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, sys.stderr.fileno())
    if without == "fence":
        TaskRunQuerySet.held = lambda self, run_id, fence: self.filter(pk=run_id, state=State.RUNNING)  # type: ignore[method-assign]
    if without == "lease":
        TaskRunQuerySet.abandoned = lambda self: self.filter(state=State.RUNNING)  # type: ignore[method-assign]
    call_command(name)


@dataclass
class Crew:
    """names: commands of manage.py, one for each process."""

    names: list[str]
    log: Path
    without: str = ""
    environs: dict[int, dict[str, str]] = field(default_factory=dict)
    killed: set[int] = field(default_factory=set)
    stopped: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        fork_server.set_forkserver_preload(["tests.storm.preload"])
        self.members = [self._start(name) for name in self.names]

    def _start(self, name: str) -> multiprocessing.process.BaseProcess:
        process = fork_server.Process(target=run_command, args=(name, self.log, self.without), daemon=True)
        process.start()
        return process

    def kill_one(self) -> None:
        """One that is not stopped at the moment; another one takes its place."""
        free = [number for number, process in enumerate(self.members) if process.pid not in self.stopped]
        number = random.choice(free)
        process = self.members[number]
        assert process.pid
        self.killed.add(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.members[number] = self._start(self.names[number])

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
