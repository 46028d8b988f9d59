"""
FastAPI with SQLAlchemy's ORM, as one writes it who knows both: one joined query for the caller, a session and a
transaction for each call, prepared statements, Pydantic for both bodies, no response model that would check the answer
again. On PostgreSQL with asyncpg, on SQLite with aiosqlite.

What the product does besides is what the floor leaves out too.
"""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager
from uuid_utils.compat import uuid7

from tests.benchmarks.peers import rows, wire
from tests.benchmarks.peers.requests import AccountTaskRequest
from tests.benchmarks.peers.tables import AccountTask, Client, Task, Token, engine_of

engine = engine_of(os.environ["DATABASE_URL"])
app = FastAPI()


class Refused(Exception):
    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason


async def session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


async def calling(session: Session, authorization: Annotated[str, Header()] = "") -> Client:
    scheme, _, token = authorization.partition(" ")
    wanted = (
        select(Token)
        .join(Token.client)
        .join(Client.user)
        .where(Token.digest == rows.digest(token), Token.expires_at > datetime.now(UTC), Client.revoked_at.is_(None))
        .options(contains_eager(Token.client).contains_eager(Client.user))
    )
    found = await session.scalar(wanted) if scheme == "Bearer" else None
    if found is None:
        raise Refused(401, "UNAUTHENTICATED", "The access token is unknown, expired or revoked.")
    return found.client


async def asked_for(request: Request) -> AccountTaskRequest:
    body, content_type = await request.body(), request.headers.get("content-type", "")
    try:
        if wire.is_xml(content_type):
            return AccountTaskRequest.model_validate(wire.members(body, content_type))
        return AccountTaskRequest.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    except wire.MALFORMED:
        raise Refused(400, "MALFORMED_BODY", "The body is not well-formed.") from None


@app.post("/api/v2/admin/tasks/account", status_code=201)
async def register(
    request: Request,
    session: Session,
    client: Annotated[Client, Depends(calling)],
    asked: Annotated[AccountTaskRequest, Depends(asked_for)],
) -> Response:
    task = await session.get(Task, asked.TaskID)
    if task is None or not task.is_enabled:
        raise Refused(404, "TASK_NOT_FOUND", "TaskID is not in the catalogue of tasks.")
    now = datetime.now(UTC)
    account_task = AccountTask(
        id=uuid7(),
        account_id=client.account_id,
        client_id=client.id,
        task_id=task.id,
        **asked.columns,
        is_enabled=True,
        status="PENDING",
        created_at=now,
        modified_at=now,
        modified_by=client.user.email,
    )
    session.add(account_task)
    await session.commit()
    return answered(request, 201, wire.success(wire.detail(account_task, task.name), client.user_id))


def answered(request: Request, status: int, envelope: dict[str, Any]) -> Response:
    body, content_type = wire.written(envelope, request.headers.get("accept", ""))
    return Response(body, status, media_type=content_type)


@app.exception_handler(Refused)
async def refused(request: Request, error: Refused) -> Response:
    return answered(request, error.status, wire.failure(error.code, error.reason))


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, error: RequestValidationError) -> Response:
    return answered(request, 400, wire.failure("INVALID_REQUEST", str(error.errors())))
