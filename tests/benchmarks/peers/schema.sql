-- The tables of all peers: the least that the work needs. SQLite has other names for two types, see rows.py.

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    name varchar(100) NOT NULL
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    email varchar(254) NOT NULL
);

CREATE TABLE clients (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    user_id uuid NOT NULL REFERENCES users (id),
    revoked_at timestamptz
);

CREATE TABLE tokens (
    digest varchar(64) PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES clients (id),
    expires_at timestamptz NOT NULL
);

CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    name varchar(100) NOT NULL,
    is_enabled boolean NOT NULL
);

CREATE TABLE account_tasks (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    client_id uuid NOT NULL REFERENCES clients (id),
    task_id uuid NOT NULL REFERENCES tasks (id),
    frequency varchar(10) NOT NULL,
    start_at timestamptz,
    finish_at timestamptz,
    parameters text NOT NULL,
    content_type varchar(20) NOT NULL,
    notification varchar(10) NOT NULL,
    is_enabled boolean NOT NULL,
    status varchar(10) NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    modified_by varchar(254) NOT NULL
);

CREATE INDEX account_tasks_of_account ON account_tasks (account_id, created_at);
