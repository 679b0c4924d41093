"""The interviews there are, as integrators see them: made, looked up, listed. Nothing is opened."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from media_server.interview import events as ev
from media_server.interview.fold import evolve
from media_server.interview.spec import InterviewSpec
from media_server.interview.state import initial
from media_server.interview.status import Status
from media_server.live import damage, summary
from media_server.live.capacity import DEMO_PREFIX
from media_server.live.listing import find
from media_server.live.refusals import store_refusal
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.live.to_evaluate import ToEvaluate
from media_server.live.webhooks import create_own_urls, require_reachable
from media_server.ports import (
    DEFAULT_TENANT,
    InterviewRow,
    KeyReused,
    NewEntry,
    QuotaReached,
    Refused,
    StoreUnavailable,
    SummaryRow,
    UnknownInterview,
)
from media_server.ports.only import ALL, Only
from media_server.tenants import Tenant
from media_server.wall_clock import wall_s


class Catalogue:
    """The methods are those of `ports.InterviewService`."""

    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self.own_urls = create_own_urls(services)
        self._registry = registry
        self._to_evaluate = ToEvaluate(services.documents)

    async def create(
        self,
        spec: Any,
        *,
        idempotency_key: str | None,
        request_digest: str,
        demo: bool = False,
        tenant: str = DEFAULT_TENANT,
    ) -> Mapping[str, Any]:
        own = self._services.tenants().get(tenant)
        now_s = wall_s(self._services.clock)
        expires_s = now_s + self._services.settings.link_ttl_s
        if spec.expires_at is not None:
            expires_s = spec.expires_at.timestamp()
            if expires_s <= now_s:
                raise Refused(422, "expires_at_past", "expires_at lies in the past")
        self._require_words(spec, own)
        if spec.webhook is not None:
            require_reachable(self._services, tenant, spec.webhook.url)
        interview_id = f"{DEMO_PREFIX if demo else 'iv_'}{secrets.token_urlsafe(12)}"
        created = ev.Created(expires_s=expires_s)
        try:
            await self._before_it_is(interview_id, spec, tenant, now_s)
            row = await self._services.log.create(
                interview_id,
                spec=spec.model_dump(mode="json"),
                entries=[_entry(created)],
                status=Status.CREATED.value,
                now_s=now_s,
                summary=summary.of(evolve(initial(spec), created, now_s)),
                idempotency_key=idempotency_key,
                request_digest=request_digest,
                tenant=tenant,
                most_per_day=None if demo else own.limits.interviews_per_day,
            )
        except QuotaReached as reached:
            raise Refused(
                429,
                "day_is_full",
                f"{reached.most} interviews were made with your keys today, which is all that this "
                "server allows in a day of UTC; ask its operator for more, or try again tomorrow",
                retry_after_s=reached.retry_after_s,
            ) from None
        except KeyReused:
            raise _key_reused() from None
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        if row.interview_id != interview_id:
            await self._never_was(interview_id, spec)
        return await self._created(row.interview_id)

    async def _before_it_is(
        self, interview_id: str, spec: InterviewSpec, tenant: str, now_s: float
    ) -> None:
        """What must be there from its first moment on. Raises StoreUnavailable."""
        if spec.evaluation is not None:
            await self._to_evaluate.add(interview_id, now_s)
        if spec.webhook is not None:
            await self.own_urls.keep(interview_id, tenant, spec.webhook.url)

    async def _never_was(self, interview_id: str, spec: InterviewSpec) -> None:
        """It was made before, under another id. What is left over is let go of later."""
        with contextlib.suppress(StoreUnavailable):
            if spec.evaluation is not None:
                await self._to_evaluate.remove(interview_id)
            if spec.webhook is not None:
                await self.own_urls.drop(interview_id)

    async def repeated(
        self, *, idempotency_key: str, request_digest: str, tenant: str = DEFAULT_TENANT
    ) -> Mapping[str, Any] | None:
        try:
            found = await self._services.log.made_with(idempotency_key, tenant=tenant)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        if found is None:
            return None
        interview_id, digest = found
        if digest != request_digest:
            raise _key_reused()
        return await self._created(interview_id)

    async def _created(self, interview_id: str) -> Mapping[str, Any]:
        state = await self._registry.state(interview_id)
        fields = summary.answer(interview_id, state.status.value, summary.of(state), live=False)
        return {**fields, **summary.details(state.spec)}

    def _require_words(self, spec: Any, own: Tenant) -> None:
        """Raises Refused 422."""
        days = spec.retention.transcript_days
        days = own.retention.transcript_days if days is None else days
        days = self._services.transcript_days if days is None else days
        if spec.review and days == 0:
            raise Refused(
                422,
                "review_without_words",
                "A review needs the words, and this server deletes them at the end"
                " (MEDIA_SERVER_TRANSCRIPT_DAYS is 0): give retention.transcript_days 1 or more",
            )
        if spec.evaluation is not None and days == 0:
            raise Refused(
                422,
                "evaluation_without_words",
                "An evaluation needs the words, and this server deletes them at the end"
                " (MEDIA_SERVER_TRANSCRIPT_DAYS is 0): give retention.transcript_days 1 or more",
            )

    async def get(self, interview_id: str) -> Mapping[str, Any]:
        found = await self._summed_up(await self._registry.row(interview_id))
        if "damage" in found:
            return found
        return {**found, **summary.details((await self._registry.state(interview_id)).spec)}

    async def _summed_up(self, row: InterviewRow, *, keep: bool = False) -> Mapping[str, Any]:
        """One that is damaged is named as such, for its neighbours and its own erasing. `keep`:
        the next list shall not have to fold it."""
        interview_id = row.interview_id
        try:
            state = await self._registry.state(interview_id)
        except Refused as error:
            if error.code != damage.CODE:
                raise
            return damage.summary(row, self._registry.damaged.of(row))
        fields, live = summary.of(state), self._registry.in_call(interview_id)
        if keep and not live:
            with contextlib.suppress(StoreUnavailable, UnknownInterview):
                await self._services.log.save_summary(interview_id, row.version, fields)
        return summary.answer(interview_id, state.status.value, fields, live=live)

    async def owner(self, interview_id: str) -> str | None:
        try:
            return await self._services.log.owner(interview_id)
        except StoreUnavailable as error:
            raise store_refusal(error) from error

    async def page(
        self,
        after: str | None,
        limit: int,
        *,
        tenant: str = DEFAULT_TENANT,
        only: Only = ALL,
    ) -> tuple[Sequence[Mapping[str, Any]], str]:
        try:
            read = partial(self._services.log.summaries, tenant=tenant)
            rows, following = await find(read, only, after, limit)
        except UnknownInterview:
            detail = "cursor must be the next_cursor of a page that was answered here"
            raise Refused(400, "unknown_cursor", detail) from None
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        summaries = []
        for row in rows:
            try:
                summaries.append(await self._listed(row))
            except Refused as error:
                if error.code != "unknown_interview":  # erased since it was listed
                    raise
        return summaries, following

    async def _listed(self, row: SummaryRow) -> Mapping[str, Any]:
        """By what was kept with the row; folded only where that is missing."""
        interview_id = row.interview_id
        session = self._registry.get(interview_id)
        if session is not None:
            status, fields = session.state.status.value, summary.of(session.state)
            return summary.answer(interview_id, status, fields, live=session.connection is not None)
        if row.summary is None or row.damage or self._registry.damaged.of(row):
            return await self._summed_up(await self._registry.row(interview_id), keep=True)
        if not summary.is_whole(row.summary):
            return await self._summed_up(await self._registry.row(interview_id), keep=True)
        return summary.answer(interview_id, row.status, row.summary, live=False)


def _key_reused() -> Refused:
    detail = "This Idempotency-Key was used with another body; use a new key"
    return Refused(422, "idempotency_key_reused", detail)


def _entry(event: ev.Event) -> NewEntry:
    return NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}))
