"""Documents in Redis, beside the log and below the same prefix.

    ms:document:<tenant>:<kind>:<id>    hash    version, created_s, body (JSON)
    ms:documents:<tenant>:<kind>        zset    ids, all of score 0: in the order of their bytes

A write changes both in one script. A Redis that loses its newest second loses documents with it:
nobody holds them in memory to write them again.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from typing import Any

from media_server.ports import Conflict
from media_server.ports.documents import Document, check_limit, check_names
from media_server.store.document_encoding import dump_body, load_document
from media_server.store.redis_client import RedisClient, is_of_another_kind

_FIELDS = ("version", "created_s", "body")
_READ_PAGE = 50
"""Documents in one answer."""

_HEAD = """
-- KEYS: prefix; ARGV: tenant, kind, id, expected version or '', ...
local tail = ARGV[1] .. ':' .. ARGV[2]
local name = KEYS[1] .. ':document:' .. tail .. ':' .. ARGV[3]
local index = KEYS[1] .. ':documents:' .. tail
local kind = redis.call('TYPE', name).ok
local version, created = 0, nil
if kind == 'hash' then
  local found = redis.call('HMGET', name, 'version', 'created_s')
  version, created = nil, found[2]
  local text = found[1] or ''
  if string.match(text, '^[1-9]%d*$') and #text < 16 then version = tonumber(text) end
elseif kind ~= 'none' then
  version = nil
end
local refused = ARGV[4] ~= '' and tonumber(ARGV[4]) ~= version
"""
_PUT = (
    _HEAD
    + """
-- ..., created_s, body. A key of another kind is damage, and replaced.
if refused then return {'conflict', version or 0} end
redis.call('ZADD', index, 0, ARGV[3])
if version == nil then redis.call('DEL', name) end
local at = tonumber(created or '')
if not version or not at or at ~= at or math.abs(at) == math.huge then created = ARGV[5] end
version = (version or 0) + 1
redis.call('HSET', name, 'version', version, 'created_s', created, 'body', ARGV[6])
return {'ok', version, created}
"""
)
_DELETE = (
    _HEAD
    + """
if kind == 'none' then return {'none'} end
if refused then return {'conflict', version or 0} end
redis.call('ZREM', index, ARGV[3])
redis.call('DEL', name)
return {'ok'}
"""
)


class RedisDocuments:
    """`Documents` of `media_server.ports`. Usable while the log that owns `client` is open."""

    def __init__(self, client: RedisClient, *, prefix: str = "ms") -> None:
        self._client = client
        self._prefix = prefix

    async def get(self, tenant: str, kind: str, id_: str, /) -> Document | None:
        """As the server has it now."""
        check_names(tenant, kind, id_)
        (found,) = await self._read(tenant, kind, [id_])
        return found

    async def put(self, document: Document, *, expected_version: int | None) -> Document | Conflict:
        """One script: of several that expect the same version, one is stored."""
        name = (document.tenant, document.kind, document.id)
        check_names(*name)
        text = dump_body(document.body)
        answer = await self._run(
            _PUT, *name, _number(expected_version), repr(document.created_s), text
        )
        if answer[0] == b"conflict":
            return Conflict(int(answer[1]))
        return load_document(*name, answer[1], answer[2], text)

    async def page(
        self, tenant: str, kind: str, *, after: str | None = None, limit: int = 100
    ) -> tuple[Document, ...]:
        """Read in small pages, so that parsing never holds the loop. What is in the index and not
        there (deleted meanwhile, or lost) is passed over."""
        check_names(tenant, kind)
        check_limit(limit)
        low = "-" if not after else f"({after}"
        index = f"{self._prefix}:documents:{tenant}:{kind}"
        documents: list[Document] = []
        while len(documents) < limit:
            ids: list[bytes] = await self._client.call(
                functools.partial(
                    _ids_above, index=index, low=low, limit=min(_READ_PAGE, limit - len(documents))
                )
            )
            if not ids:
                break
            names = [id_.decode() for id_ in ids]
            found = await self._read(tenant, kind, names)
            documents += [document for document in found if document is not None]
            low = f"({names[-1]}"
        return tuple(documents)

    async def delete(
        self, tenant: str, kind: str, id_: str, /, *, expected_version: int | None = None
    ) -> bool | Conflict:
        """One of another kind of key goes as well."""
        check_names(tenant, kind, id_)
        answer = await self._run(_DELETE, tenant, kind, id_, _number(expected_version))
        if answer[0] == b"conflict":
            return Conflict(int(answer[1]))
        return bool(answer[0] == b"ok")

    async def _run(self, script: str, *values: str) -> list[Any]:
        answer: list[Any] = await self._client.run(script, [self._prefix], values)
        return answer

    async def _read(self, tenant: str, kind: str, ids: Sequence[str]) -> list[Document | None]:
        async def ask(redis: Any) -> list[Any]:
            async with redis.pipeline(transaction=False) as pipeline:
                for id_ in ids:
                    pipeline.hmget(f"{self._prefix}:document:{tenant}:{kind}:{id_}", *_FIELDS)
                found: list[Any] = await pipeline.execute(raise_on_error=False)
            for answer in found:
                if isinstance(answer, Exception) and not is_of_another_kind(answer):
                    raise answer
            return found

        documents: list[Document | None] = []
        for id_, fields in zip(ids, await self._client.call(ask), strict=True):
            if isinstance(fields, Exception):
                fields = (b"", b"", b"")
            there = any(field is not None for field in fields)
            documents.append(load_document(tenant, kind, id_, *fields) if there else None)
            await asyncio.sleep(0)
        return documents


def _ids_above(redis: Any, *, index: str, low: str, limit: int) -> Any:
    return redis.zrangebylex(index, low, "+", start=0, num=limit)


def _number(expected_version: int | None) -> str:
    return "" if expected_version is None else str(expected_version)
