"""The tables as SQLAlchemy's ORM maps them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from tests.benchmarks.peers import rows

CONNECTIONS = 8  # of each worker: half of the calls that are on their way
CONNECTIONS_OF_SQLITE = 2  # more only wait for each other


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    email: Mapped[str]


class Client(Base):
    __tablename__ = "clients"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Token(Base):
    __tablename__ = "tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    expires_at: Mapped[datetime]
    client: Mapped[Client] = relationship()


class Task(Base):
    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_enabled: Mapped[bool]


class AccountTask(Base):
    __tablename__ = "account_tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    frequency: Mapped[str]
    start_at: Mapped[datetime | None]
    finish_at: Mapped[datetime | None]
    parameters: Mapped[str]
    content_type: Mapped[str]
    notification: Mapped[str]
    is_enabled: Mapped[bool]
    status: Mapped[str]
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    modified_by: Mapped[str]


def engine_of(url: str) -> AsyncEngine:
    """url: as DATABASE_URL has it."""
    path = rows.sqlite_path(url)
    if path is None:
        place = url.partition("://")[2]
        return create_async_engine(f"postgresql+asyncpg://{place}", pool_size=CONNECTIONS, max_overflow=0)
    connect_args = {"timeout": 20}
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", pool_size=CONNECTIONS_OF_SQLITE, max_overflow=0, connect_args=connect_args
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        for pragma in rows.SQLITE.split(";"):
            cursor.execute(pragma)
        cursor.close()

    return engine
