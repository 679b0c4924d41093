"""Documents in memory behind `ports.Documents`."""

from __future__ import annotations

from dataclasses import replace

from media_server.ports import Conflict, Document
from media_server.ports.documents import check_limit, check_names
from media_server.store.encoding import dump, load


class MemoryDocuments:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], Document] = {}

    async def get(self, tenant: str, kind: str, id_: str, /) -> Document | None:
        check_names(tenant, kind, id_)
        return self.kept.get((tenant, kind, id_))

    async def put(self, document: Document, *, expected_version: int | None) -> Document | Conflict:
        name = (document.tenant, document.kind, document.id)
        check_names(*name)
        before = self.kept.get(name)
        version = before.version if before else 0
        if expected_version not in (None, version):
            return Conflict(version)
        self.kept[name] = replace(
            document,
            version=version + 1,
            created_s=before.created_s if before else document.created_s,
            body=load(dump(document.body)),
        )
        return self.kept[name]

    async def page(
        self, tenant: str, kind: str, *, after: str | None = None, limit: int = 100
    ) -> tuple[Document, ...]:
        check_names(tenant, kind)
        check_limit(limit)
        ids = sorted(name[2] for name in self.kept if name[:2] == (tenant, kind))
        return tuple(self.kept[tenant, kind, id_] for id_ in ids if after is None or id_ > after)[
            :limit
        ]

    async def delete(
        self, tenant: str, kind: str, id_: str, /, *, expected_version: int | None = None
    ) -> bool | Conflict:
        check_names(tenant, kind, id_)
        before = self.kept.get((tenant, kind, id_))
        if before is None:
            return False
        if expected_version not in (None, before.version):
            return Conflict(before.version)
        del self.kept[tenant, kind, id_]
        return True
