"""Hooks of schemathesis: half of the made-up calls are about rows that there are, else nearly all would get 404."""

import json
import os
import random
from typing import Any

import schemathesis

ROWS: dict[str, Any] = json.loads(os.environ["FUZZ_ROWS"])


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    if not path_parameters or random.random() < 0.5:
        return path_parameters
    path = context.operation.path
    if "/clients/" in path:
        return path_parameters | {"id": random.choice(ROWS["clients"])}
    if "/tasks/account/" in path:
        account_task, run = random.choice(ROWS["runs"])
        known = {"id": account_task, "run": run}
        return {name: known[name] for name in path_parameters}
    return path_parameters | {"id": ROWS["task"]}


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    if query and "id" in query and random.random() < 0.5:
        return query | {"id": random.choice(ROWS["runs"])[0]}
    return query


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    if isinstance(body, dict) and random.random() < 0.5:
        known = {"TaskID": ROWS["task"], "UserID": ROWS["user"]}
        return body | {name: value for name, value in known.items() if name in body}
    return body
