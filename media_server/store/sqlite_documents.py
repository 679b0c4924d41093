"""Documents in the file of the SQLite log: a table of their own, written by the same thread."""

from __future__ import annotations

import sqlite3
from typing import Any

from media_server.ports import Conflict
from media_server.ports.documents import Document, check_limit, check_names
from media_server.store.document_encoding import dump_body, load_document
from media_server.store.sqlite_worker import SqliteWorker

_COLUMNS = "version, created_s, CAST(body AS BLOB)"
"""As bytes: SQLite refuses a whole query for one text in it that is no UTF-8."""
_ONE = "tenant = ? AND kind = ? AND id = ?"


class SqliteDocuments:
    """`Documents` of `media_server.ports`. Usable while the log that owns `worker` is open."""

    def __init__(self, worker: SqliteWorker) -> None:
        self._worker = worker

    async def get(self, tenant: str, kind: str, id_: str, /) -> Document | None:
        """As last committed, by whichever process."""
        check_names(tenant, kind, id_)

        def work(db: sqlite3.Connection) -> Document | None:
            found = _find(db, tenant, kind, id_)
            return None if found is None else load_document(tenant, kind, id_, *found)

        return await self._worker.read(work)

    async def put(self, document: Document, *, expected_version: int | None) -> Document | Conflict:
        """One transaction: of several that expect the same version, one is stored."""
        name = (document.tenant, document.kind, document.id)
        check_names(*name)
        text = dump_body(document.body)

        def work(db: sqlite3.Connection) -> Document | Conflict:
            found = _find(db, *name)
            before = None if found is None else load_document(*name, *found)
            version = 0 if before is None else before.version
            if _refused(before, expected_version):
                return Conflict(version)
            sound = before is not None and not before.damage
            created_s = before.created_s if before and sound else document.created_s
            row = (version + 1, created_s, text)
            db.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?)", (*name, *row))
            return load_document(*name, *row)

        return await self._worker.write(work)

    async def page(
        self, tenant: str, kind: str, *, after: str | None = None, limit: int = 100
    ) -> tuple[Document, ...]:
        """Read and parsed in the store's thread."""
        check_names(tenant, kind)
        check_limit(limit)

        def work(db: sqlite3.Connection) -> tuple[Document, ...]:
            found = db.execute(
                f"SELECT id, {_COLUMNS} FROM document"  # noqa: S608  # a constant
                " WHERE tenant = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?",
                (tenant, kind, after or "", limit),
            )
            return tuple(load_document(tenant, kind, *row) for row in found)

        return await self._worker.read(work)

    async def delete(
        self, tenant: str, kind: str, id_: str, /, *, expected_version: int | None = None
    ) -> bool | Conflict:
        """Its content is overwritten (`secure_delete`), once the journal has been copied too."""
        check_names(tenant, kind, id_)

        def work(db: sqlite3.Connection) -> bool | Conflict:
            found = _find(db, tenant, kind, id_)
            if found is None:
                return False
            before = load_document(tenant, kind, id_, *found)
            if _refused(before, expected_version):
                return Conflict(before.version)
            db.execute(f"DELETE FROM document WHERE {_ONE}", (tenant, kind, id_))  # noqa: S608  # a constant
            return True

        return await self._worker.write(work)


def _find(db: sqlite3.Connection, tenant: str, kind: str, id_: str) -> tuple[Any, ...] | None:
    found: tuple[Any, ...] | None = db.execute(
        f"SELECT {_COLUMNS} FROM document WHERE {_ONE}",  # noqa: S608  # constants
        (tenant, kind, id_),
    ).fetchone()
    return found


def _refused(before: Document | None, expected_version: int | None) -> bool:
    if expected_version is None:
        return False
    if before is None:
        return expected_version != 0
    return bool(before.damage) or before.version != expected_version
