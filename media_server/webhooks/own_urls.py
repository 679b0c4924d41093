"""The URL that an interview brought with it: an endpoint beside those of its tenant.

It stands in the specification, which is erased with the interview; that it was erased must reach
the URL all the same. So it is also kept as a document, from before the interview is made until
`interview.deleted` has been taken or given up, and an hour longer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from media_server.ports import DEFAULT_TENANT, Document, Documents, EventLog, InterviewRow
from media_server.ports.deliveries import OWN_PREFIX, Deliveries, Delivery
from media_server.webhooks.endpoint import WebhookEndpoint

KIND = "interview-webhook"
"""Of the documents, under the interview's id. They belong to the server: of whichever tenant an
interview is."""
LOOK_AT_ONCE = 1_000
"""In 15 s: all of 100,000 interviews in half an hour."""
SETTLED_S = 3_600.0
"""After it was kept, the interview is made or never will be; after it was found erased, what tells
so has been read from the outbox."""
AGAIN_S = 600.0
"""Between two walks through all of them."""


def is_own(endpoint: str) -> bool:
    """Whether an endpoint's id is that of a URL which an interview brought."""
    return endpoint.startswith(OWN_PREFIX)


def own_id(url: str) -> str:
    """The same for every interview with this URL, so that a receiver that fails or answers 410 is
    known as one. It does not show the URL, which may hold a secret."""
    return OWN_PREFIX + hashlib.sha256(url.encode()).hexdigest()[:24]


def own_url(spec: Mapping[str, Any]) -> str | None:
    """Of a stored specification."""
    webhook = spec.get("webhook")
    url = webhook.get("url") if isinstance(webhook, Mapping) else None
    return url if isinstance(url, str) else None


class OwnUrls:
    """Raises StoreUnavailable. `secrets_of`: those that sign for a tenant."""

    def __init__(
        self,
        documents: Documents,
        log: EventLog,
        deliveries: Deliveries,
        secrets_of: Callable[[str], Sequence[str]],
        wall_s: Callable[[], float],
    ) -> None:
        self._documents = documents
        self._log = log
        self._deliveries = deliveries
        self._secrets_of = secrets_of
        self._wall_s = wall_s
        self._after: str | None = None
        self._again_s = float("-inf")

    async def keep(self, interview_id: str, tenant: str, url: str) -> None:
        """Before the interview is made: one without it would not be told of its end."""
        body = {"tenant": tenant, "url": url}
        document = Document(DEFAULT_TENANT, KIND, interview_id, 0, self._wall_s(), body)
        await self._documents.put(document, expected_version=None)

    async def drop(self, interview_id: str) -> None:
        """No interview was made under this id."""
        await self._documents.delete(DEFAULT_TENANT, KIND, interview_id)

    async def endpoint_id(self, row: InterviewRow | None, interview_id: str) -> str | None:
        """`row`: of the interview; None: it was erased. None: it brought no URL."""
        url = await self._kept_url(interview_id) if row is None else own_url(row.spec)
        return None if url is None else own_id(url)

    async def endpoint(self, delivery: Delivery) -> WebhookEndpoint | str:
        """Where this delivery goes, or why it cannot go now."""
        url = await self._kept_url(delivery.interview_id)
        if url is None:  # lost with the newest second of a Redis: the log was written again
            row = await self._log.row(delivery.interview_id)
            url = None if row is None else own_url(row.spec)
        if url is None or own_id(url) != delivery.endpoint:
            return "its address is not kept any more"
        secrets = tuple(self._secrets_of(delivery.tenant))
        if not secrets:
            return "no secret is set that would sign it"
        return WebhookEndpoint(delivery.endpoint, url, secrets, tenant=delivery.tenant)

    async def _kept_url(self, interview_id: str) -> str | None:
        found = await self._documents.get(DEFAULT_TENANT, KIND, interview_id)
        url = None if found is None else found.body.get("url")
        return url if isinstance(url, str) else None

    async def sweep(self) -> None:
        """Look at some, and let go of those that nobody needs any more."""
        now_s = self._wall_s()
        if self._after is None and 0 <= now_s - self._again_s < AGAIN_S:
            return
        self._again_s = now_s
        page = await self._documents.page(
            DEFAULT_TENANT, KIND, after=self._after, limit=LOOK_AT_ONCE
        )
        for one in page:
            if 0 <= now_s - one.created_s < SETTLED_S:
                continue
            if await self._log.owner(one.id) is None:
                await self._of_none(one, now_s)
        self._after = page[-1].id if len(page) == LOOK_AT_ONCE else None

    async def _of_none(self, one: Document, now_s: float) -> None:
        """Erased, or never made. First it is written down when that was seen."""
        gone_s = one.body.get("gone_s")
        if not one.damage and not isinstance(gone_s, int | float):
            seen = Document(DEFAULT_TENANT, KIND, one.id, 0, now_s, {**one.body, "gone_s": now_s})
            await self._documents.put(seen, expected_version=one.version)
            return
        if isinstance(gone_s, int | float) and 0 <= now_s - gone_s < SETTLED_S:
            return
        url = one.body.get("url")
        if isinstance(url, str):
            waiting, _ = await self._deliveries.page(
                str(one.body.get("tenant")), after=None, limit=1, interview_id=one.id,
                endpoint=own_id(url), status="pending",
            )  # fmt: skip
            if waiting:
                return
        await self.drop(one.id)
