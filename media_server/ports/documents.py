"""Small things that an integrator or operator made and that outlive a process: templates, links to
reports, the state of a webhook's endpoint, legal holds.

A document belongs to a tenant and has a kind; its id is unique within both. Nothing of what a
candidate said belongs into one: erasing an interview does not look here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from media_server.ports.log import Conflict

MAX_BODY_BYTES = 256 * 1024
"""Of one document, as JSON. Parsing it on the event loop takes a few ms."""
MAX_PAGE = 1000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")


@dataclass(frozen=True, slots=True)
class Document:
    """One of them, as it is stored. `put` takes tenant, kind, id, created_s and body of it."""

    tenant: str
    kind: str
    id: str
    version: int
    """1 for the first, one more with each `put`. The store counts; what `put` is given is ignored.
    One that was deleted and made again begins with 1."""
    created_s: float
    """Unix seconds; that of the first `put` stays."""
    body: Mapping[str, Any]
    """JSON object."""
    damage: str = ""
    """What of it could not be read, "" for nothing; the body is empty and the version 0 then."""


class Documents(Protocol):
    """SQLite and Redis pass one suite.

    Every method answers or raises StoreUnavailable within 1 s; a write may then have been done or
    not. Names (tenant, kind, id) are 1 to 128 of `A-Z a-z 0-9 . _ @ -`, beginning with a letter or
    digit: ValueError for others.
    """

    async def get(self, tenant: str, kind: str, id_: str, /) -> Document | None:
        """None: there is none. One that cannot be read says so in `damage`."""

    async def put(self, document: Document, *, expected_version: int | None) -> Document | Conflict:
        """As it is stored now. `expected_version`: of the one that this replaces; 0: there must be
        none; None: whatever there is, one that cannot be read as well. Conflict, with the version
        there is (0: none, or one that cannot be read), changes nothing.

        ValueError for a body of over 256 KiB, or one that JSON cannot say.
        """

    async def page(
        self, tenant: str, kind: str, *, after: str | None = None, limit: int = 100
    ) -> tuple[Document, ...]:
        """In the order of ids (by their bytes), those above `after`, which need not exist any more;
        at most `limit`, which is 1 to 1000."""

    async def delete(
        self, tenant: str, kind: str, id_: str, /, *, expected_version: int | None = None
    ) -> bool | Conflict:
        """False: there was none. `expected_version`: Conflict where it is another one."""


def check_names(*names: str) -> None:
    """Raises ValueError, which does not repeat what was given."""
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError(
            "tenant, kind and id of a document are 1 to 128 of A-Z a-z 0-9 . _ @ - and begin with "
            "a letter or digit"
        )


def check_limit(limit: int) -> None:
    """Raises ValueError."""
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"a page has 1 to {MAX_PAGE} documents")
