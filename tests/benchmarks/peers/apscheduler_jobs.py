"""
APScheduler 3 with its jobs in PostgreSQL. As a command, with a number: that many hourly jobs, each a minute overdue;
without one it runs what is due.
"""

import os
import pickle
import sys
from datetime import UTC, datetime, timedelta

from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg://")


def nothing() -> None:
    """The job."""


def seed(count: int) -> None:
    """As add_job writes them, but many in one transaction."""
    due_at = datetime.now(UTC) - timedelta(minutes=1)
    scheduler, store = BlockingScheduler(timezone="UTC"), SQLAlchemyJobStore(url=URL)
    store.start(scheduler, "default")
    rows = []
    for number in range(count):
        job = Job(
            scheduler,
            id=str(number),
            func="tests.benchmarks.peers.apscheduler_jobs:nothing",
            trigger=IntervalTrigger(hours=1, start_date=due_at, timezone="UTC"),
            executor="default",
            args=(),
            kwargs={},
            name="nothing",
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            next_run_time=due_at,
        )
        state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
        rows.append({"id": job.id, "next_run_time": due_at.timestamp(), "job_state": state})
    with store.engine.begin() as connection:
        connection.execute(store.jobs_t.insert(), rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        seed(int(sys.argv[1]))
    else:
        scheduler = BlockingScheduler(timezone="UTC")
        scheduler.add_jobstore(SQLAlchemyJobStore(url=URL))
        scheduler.start()
