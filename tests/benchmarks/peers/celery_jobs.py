"""
Celery with Redis and an empty job; no results are kept, and a message is done with once its job begins. As a command,
with a number: so many jobs to the queue.
"""

import os
import sys

from celery import Celery

app = Celery("jobs", broker=os.environ["BROKER_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=False,
    worker_prefetch_multiplier=64 // int(os.environ.get("CONCURRENCY", "8")),
    broker_connection_retry_on_startup=True,
)


@app.task(name="nothing")
def nothing() -> None:
    """The job."""


if __name__ == "__main__":
    with app.producer_pool.acquire() as producer:
        for _ in range(int(sys.argv[1])):
            app.send_task("nothing", producer=producer)
