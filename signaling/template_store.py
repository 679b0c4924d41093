"""A tenant's templates, kept as documents: the newest version under the template's id, each earlier
one beside it.

A new version first copies the one it replaces, then takes its place by compare-and-set. Of several
writers one wins, and a crash in between leaves a copy that says what is still true.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from media_server.ports import Conflict, Document, Documents
from signaling.problems import Problem

KIND = "template"
VERSION_KIND = "template_version"
KEY_KIND = "template_key"
MAX_VERSIONS = 1000
"""Of one template: deleting it takes them all."""
_ID_HORIZON_MS = 16**11
"""Unix ms count down from here in an id, so that lists begin with the newest (until 2527)."""


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one template."""

    id: str
    version: int
    created_s: float
    updated_s: float
    content: Mapping[str, Any]
    """As `interview.template.content_of` made it; {} for one that cannot be read."""


class TemplateStore:
    """Of one tenant. Raises Problem, and StoreUnavailable: a write may then have been done."""

    def __init__(self, documents: Documents, tenant: str) -> None:
        self._documents = documents
        self._tenant = tenant

    async def create(
        self, content: Mapping[str, Any], *, now_s: float, key: str | None = None, digest: str = ""
    ) -> Template:
        """`key`: an Idempotency-Key, with the digest of the body. Raises Problem 422 where it came
        with another one."""
        template_id, key_name = _new_id(now_s), None
        if key is not None:
            key_name = hashlib.sha256(key.encode()).hexdigest()
            template_id = await self._id_of_key(key_name, digest, template_id, now_s)
        body = _body(content, now_s, key_name)
        stored = await self._put(template_id, body, created_s=now_s, expected=0)
        if isinstance(stored, Conflict):  # the same request came before
            return await self.get(template_id, 1)
        return _template(stored)

    async def get(self, template_id: str, version: int | None = None) -> Template:
        """`version` None: the newest. Raises Problem 404, and 409 for one that cannot be read."""
        head = await self._head(template_id)
        if version is None or version == head.version:
            return _template(head)
        found = await self._documents.get(
            self._tenant, VERSION_KIND, _version_id(template_id, version)
        )
        if version > head.version or found is None:
            raise Problem(404, "unknown_version", f"The newest version is {head.version}.")
        if found.damage:
            raise _damaged()
        return _template(found, template_id, version)

    async def page(self, after: str | None, limit: int) -> tuple[Template, ...]:
        """Newest first, of the newest versions."""
        found = await self._documents.page(self._tenant, KIND, after=after, limit=limit)
        return tuple(_template(document) for document in found)

    async def replace(
        self, template_id: str, content: Mapping[str, Any], *, expected: int | None, now_s: float
    ) -> Template:
        """A new version. `expected`: the one it replaces; None: whichever that is. Raises Problem
        404, 409 and 412."""
        while True:
            head = await self._head(template_id)
            if expected is not None and expected != head.version:
                raise _changed(head.version)
            if head.version >= MAX_VERSIONS:
                detail = f"A template has at most {MAX_VERSIONS} versions: make a new one."
                raise Problem(409, "too_many_versions", detail)
            copy = Document(
                self._tenant, VERSION_KIND, _version_id(template_id, head.version), 0,
                head.created_s, head.body,
            )  # fmt: skip
            await self._documents.put(copy, expected_version=None)
            body = _body(content, now_s, head.body.get("key"))
            stored = await self._put(
                template_id, body, created_s=head.created_s, expected=head.version
            )
            if not isinstance(stored, Conflict):
                return _template(stored)
            if stored.version == 0:  # deleted meanwhile: the copy must not stay
                await self._documents.delete(self._tenant, VERSION_KIND, copy.id)

    async def delete(self, template_id: str, *, expected: int | None) -> None:
        """All versions. Raises Problem 404 and 412, which change nothing; after any other error the
        same call again takes what is left."""
        while True:
            found = await self._documents.get(self._tenant, KIND, template_id)
            if found is None:
                await self._delete_versions(template_id)
                raise unknown_template()
            if expected is not None and expected != found.version:
                raise _changed(found.version)
            if key_name := found.body.get("key"):  # free again, as that of an erased interview
                await self._documents.delete(self._tenant, KEY_KIND, str(key_name))
            # The newest goes first: nobody adds a version to what is gone.
            deleted = await self._documents.delete(
                self._tenant, KIND, template_id, expected_version=found.version or None
            )
            if not isinstance(deleted, Conflict):
                return await self._delete_versions(template_id)

    async def _delete_versions(self, template_id: str) -> None:
        """Found by their ids: a template that is damaged does not say how many it has."""
        low = _version_id(template_id, "")
        while True:
            found = await self._documents.page(self._tenant, VERSION_KIND, after=low, limit=20)
            versions = [one.id for one in found if one.id.startswith(low)]
            for one in versions:
                await self._documents.delete(self._tenant, VERSION_KIND, one)
            if not versions:
                return

    async def _head(self, template_id: str) -> Document:
        found = await self._documents.get(self._tenant, KIND, template_id)
        if found is None:
            raise unknown_template()
        if found.damage:
            raise _damaged()
        return found

    async def _put(
        self,
        template_id: str,
        body: Mapping[str, Any],
        *,
        created_s: float,
        expected: int,
    ) -> Document | Conflict:
        document = Document(self._tenant, KIND, template_id, 0, created_s, body)
        try:
            return await self._documents.put(document, expected_version=expected)
        except ValueError:
            raise Problem(413, "body_too_large", "A template has at most 256 KiB.") from None

    async def _id_of_key(self, name: str, digest: str, template_id: str, now_s: float) -> str:
        body = {"template": template_id, "digest": digest}
        document = Document(self._tenant, KEY_KIND, name, 0, now_s, body)
        stored = await self._documents.put(document, expected_version=0)
        if isinstance(stored, Document):
            return template_id
        before = await self._documents.get(self._tenant, KEY_KIND, name)
        if before is None or before.body.get("digest") != digest:
            detail = "This Idempotency-Key was used with another body; use a new key"
            raise Problem(422, "idempotency_key_reused", detail)
        return str(before.body["template"])


def _body(content: Mapping[str, Any], now_s: float, key_name: str | None) -> dict[str, Any]:
    """As it is stored. `key_name`: of the document of its Idempotency-Key, which goes with it."""
    body = {"content": content, "updated_s": now_s}
    return body if key_name is None else {**body, "key": key_name}


def _template(
    document: Document, template_id: str | None = None, version: int | None = None
) -> Template:
    body = document.body
    return Template(
        template_id or document.id,
        version or document.version,
        document.created_s,
        float(body.get("updated_s", document.created_s)),
        body.get("content", {}),
    )


def _new_id(now_s: float) -> str:
    return f"tp_{_ID_HORIZON_MS - int(now_s * 1000):011x}{secrets.token_hex(5)}"


def _version_id(template_id: str, version: int | str) -> str:
    return f"{template_id}@{version}"


def unknown_template() -> Problem:
    """Also for another tenant's."""
    return Problem(404, "unknown_template", "No such template; it may have been deleted.")


def _changed(version: int) -> Problem:
    detail = "Another version is there by now: read the template, and decide again."
    return Problem(412, "version_changed", detail, headers={"ETag": f'"{version}"'})


def _damaged() -> Problem:
    detail = "What is stored of this template cannot be read: delete it and make it again."
    return Problem(409, "template_damaged", detail)
