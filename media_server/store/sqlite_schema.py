"""Tables of the SQLite log, and how an older file becomes a newer one.

`PRAGMA user_version` names the schema. Migration n turns version n into n + 1, in one transaction;
a published migration is never edited, a change is a new one at the end of the list.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from media_server.ports import StoreUnavailable

_V1 = """
CREATE TABLE interview (
  id TEXT PRIMARY KEY,
  created_s REAL NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  spec TEXT NOT NULL,
  idempotency_key TEXT UNIQUE,
  request_digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX interview_newest ON interview (created_s, id);
CREATE INDEX interview_by_status ON interview (status, created_s, id);
CREATE TABLE entry (
  interview_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at_s REAL NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (interview_id, seq)
) WITHOUT ROWID;
CREATE TABLE operation (
  interview_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (interview_id, operation_id)
) WITHOUT ROWID;
CREATE INDEX operation_by_age ON operation (interview_id, last_seq);
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  interview_id TEXT NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  at_s REAL NOT NULL
);
CREATE INDEX outbox_by_interview ON outbox (interview_id);
CREATE TABLE snapshot (
  interview_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE lease (
  interview_id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  lease_epoch INTEGER NOT NULL,
  expires_boot_s REAL NOT NULL,
  boot_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE audit (
  interview_id TEXT NOT NULL,
  what TEXT NOT NULL,
  at_s REAL NOT NULL,
  created_s REAL NOT NULL,
  counts TEXT NOT NULL,
  PRIMARY KEY (interview_id, what)
) WITHOUT ROWID;
"""

_V2 = """
CREATE TABLE wanted (interview_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
"""Leases that another owner has asked for. No column: a process of the former release may still
write the table of leases."""

_V3 = """
CREATE TABLE summary (
  interview_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE probe (id INTEGER PRIMARY KEY, at_s REAL NOT NULL);
"""
"""Summaries for lists, with the version of the log they are of: a process of the former release
writes none, and the next list sees that. And one row to try whether anything can be written."""

_V4 = """
CREATE TABLE document (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_s REAL NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) WITHOUT ROWID;
"""
"""Small things that integrators and operators make, such as templates (see `ports.documents`)."""

_V5 = """
CREATE TABLE owner (
  interview_id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  created_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX owner_newest ON owner (tenant, created_s, interview_id);
INSERT INTO owner SELECT id, 'default', created_s FROM interview;
CREATE TRIGGER interview_owned AFTER INSERT ON interview BEGIN
  INSERT OR IGNORE INTO owner VALUES (NEW.id, 'default', NEW.created_s);
END;
CREATE TABLE former_owner (interview_id TEXT PRIMARY KEY, tenant TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE made (
  tenant TEXT NOT NULL,
  day INTEGER NOT NULL,
  interviews INTEGER NOT NULL,
  PRIMARY KEY (tenant, day)
) WITHOUT ROWID;
"""
"""Whose each interview is, and whose an erased one was: a cursor may name it. No column, and a
trigger: a process of the former release may still insert into the table of interviews. And how
many interviews a tenant with a limit has made in a day."""

_V6 = """
DELETE FROM outbox;
ALTER TABLE outbox ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
CREATE TABLE webhook_delivery (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT UNIQUE NOT NULL,
  tenant TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  interview_id TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  created_s REAL NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  tries TEXT NOT NULL,
  next_s REAL NOT NULL
);
CREATE INDEX webhook_delivery_newest ON webhook_delivery (tenant, n);
CREATE INDEX webhook_delivery_of ON webhook_delivery (interview_id, n);
CREATE INDEX webhook_delivery_made ON webhook_delivery (created_s);
CREATE INDEX webhook_delivery_pending ON webhook_delivery (tenant, endpoint, interview_id, n,
  created_s, status) WHERE status = 'pending';
CREATE TABLE webhook_lane (
  tenant TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  interview_id TEXT NOT NULL,
  due_s REAL NOT NULL,
  set_s REAL NOT NULL,
  token TEXT NOT NULL,
  held_boot_s REAL NOT NULL,
  boot_id TEXT NOT NULL,
  PRIMARY KEY (tenant, endpoint, interview_id)
) WITHOUT ROWID;
CREATE INDEX webhook_lane_due ON webhook_lane (tenant, endpoint, due_s);
CREATE INDEX webhook_lane_of ON webhook_lane (interview_id);
CREATE TABLE webhook_disabled (
  tenant TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  since_s REAL NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant, endpoint)
) WITHOUT ROWID;
CREATE TABLE webhook_watch (
  interview_id TEXT PRIMARY KEY,
  due_s REAL NOT NULL,
  set_s REAL NOT NULL
) WITHOUT ROWID;
"""
"""What is to be sent to whom (see `ports.deliveries`). Former releases wrote an outbox that nobody
read: what happened then is no news."""

_V7 = """
CREATE TABLE listed (
  interview_id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  status TEXT NOT NULL,
  created_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX listed_by_status ON listed (tenant, status, created_s, interview_id);
INSERT INTO listed SELECT i.id, COALESCE(o.tenant, 'default'), i.status, i.created_s
  FROM interview i INDEXED BY interview_by_status LEFT JOIN owner o ON o.interview_id = i.id;
CREATE TRIGGER interview_listed AFTER INSERT ON interview BEGIN
  INSERT OR REPLACE INTO listed VALUES (NEW.id, COALESCE(
    (SELECT tenant FROM owner WHERE interview_id = NEW.id), 'default'), NEW.status, NEW.created_s);
END;
CREATE TRIGGER interview_moved AFTER UPDATE OF status ON interview
  WHEN NEW.status IS NOT OLD.status BEGIN
  UPDATE listed SET status = NEW.status WHERE interview_id = NEW.id;
END;
CREATE TRIGGER interview_unlisted AFTER DELETE ON interview BEGIN
  DELETE FROM listed WHERE interview_id = OLD.id;
END;
"""
"""The interviews of a tenant by status: a page costs the same however few of them have it. By
triggers, so that a process of the former release keeps it as well. It is filled from an
index: the table has the specifications, and who writes meanwhile waits (100,000 interviews: 0.6 s,
not 5)."""

MIGRATIONS: tuple[str, ...] = (_V1, _V2, _V3, _V4, _V5, _V6, _V7)


def prepare(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS
) -> None:
    """Durable at each commit, other processes welcome, deleted content overwritten."""
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")  # WAL + FULL: fsync at every commit
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA wal_autocheckpoint = 8000").fetchall()  # the worker is earlier
    connection.execute("PRAGMA journal_size_limit = 8388608").fetchall()
    migrate(connection, path, migrations)


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS
) -> None:
    """Safe when several processes start at once: the second finds the work done."""
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(migrations):
                raise StoreUnavailable(
                    f"{path} has schema {version}, this release knows {len(migrations)}: "
                    "start the newer release, or restore the backup made before the upgrade"
                )
            if version == len(migrations):
                return
            for statement in _statements(migrations[version]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit. The body of a trigger has semicolons, too."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip("; \n"):
                yield statement
            statement = ""
