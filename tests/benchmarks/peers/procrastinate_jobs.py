"""Procrastinate as it comes, with an empty job. As a command, with a number: so many jobs to the queue."""

import logging
import os
import sys

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector

URL = os.environ["DATABASE_URL"]
logging.getLogger("procrastinate").setLevel(logging.ERROR)

app = App(connector=PsycopgConnector(conninfo=URL), import_paths=["tests.benchmarks.peers.procrastinate_jobs"])


@app.task(name="nothing")
def nothing() -> None:
    """The job."""


if __name__ == "__main__":
    with app.replace_connector(SyncPsycopgConnector(conninfo=URL)) as here, here.open():
        if not here.check_connection():
            here.schema_manager.apply_schema()
        here.configure_task("nothing").batch_defer(*({} for _ in range(int(sys.argv[1]))))
