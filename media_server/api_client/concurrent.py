"""The async client. Its twin is `blocking.Client`: the same methods, not awaited."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, Literal, TypeVar

import httpx

from media_server.api_client import http, operations
from media_server.api_client.errors import ApiError, from_answer
from media_server.api_client.operations import Call
from media_server.api_client.operator import AsyncOperator
from media_server.api_client.sse import LiveEvent, Parser
from media_server.api_client.tries import DEADLINE_S, NO_MORE, REOPEN_S, Tries, may_be_done
from media_server.interview.evaluation import Evaluation
from media_server.interview.report import Report, SoundShown
from media_server.interview.result import Result
from media_server.interview.spec import InterviewSpec
from media_server.interview.template import InterviewFromTemplate, TemplateSpec
from signaling import schemas

T = TypeVar("T")


class AsyncClient(AsyncOperator):
    """For one event loop. Every method raises ApiError, in one of its kinds."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        deadline_s: float = DEADLINE_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`url`: where the server is mounted. `deadline_s`: for one method, repetitions included;
        downloads may take longer. `transport`: for tests."""
        self._url = http.base_url(url)
        self._deadline_s = deadline_s
        self._http = httpx.AsyncClient(headers=http.headers(api_key), transport=transport)

    def __repr__(self) -> str:
        return f"<AsyncClient {self._url}>"

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    # --- interviews ---

    async def create(
        self,
        spec: InterviewSpec | InterviewFromTemplate | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> schemas.InterviewCreated:
        """`idempotency_key`: of your own, so that another process may repeat this; None: one is
        made, so that this method may."""
        return await self._ask(operations.create(spec, idempotency_key))

    async def page(
        self, *, limit: int = 20, cursor: str = "", status: str = "", text: str = ""
    ) -> schemas.InterviewPage:
        """Newest first. `cursor`: `next_cursor` of the page before. `status`: one, or several
        with commas. `text`: in the title, the external id, the metadata or the id."""
        return await self._ask(operations.page(limit, cursor, status, text))

    async def interviews(
        self, *, page_size: int = 100, status: str = "", text: str = ""
    ) -> AsyncIterator[schemas.InterviewSummary]:
        """All of them, newest first, page by page."""
        cursor = ""
        while True:
            found = await self.page(limit=page_size, cursor=cursor, status=status, text=text)
            for one in found.interviews:
                yield one
            if not (cursor := found.next_cursor):
                return

    async def get(self, interview_id: str) -> schemas.InterviewDetails:
        return await self._ask(operations.get(interview_id))

    async def cancel(self, interview_id: str) -> schemas.InterviewDetails:
        """End it; the answers so far are kept. Raises Conflict when it is over."""
        return await self._ask(operations.cancel(interview_id))

    async def erase(self, interview_id: str) -> None:
        """Everything of it, for good."""
        await self._ask(operations.erase(interview_id))

    # --- what came of it ---

    async def result(self, interview_id: str) -> Result:
        """Valid at any time, partial until it is over."""
        return await self._ask(operations.result(interview_id))

    async def transcript_vtt(self, interview_id: str) -> str:
        return await self._ask(operations.transcript(interview_id, "vtt"))

    async def transcript_text(self, interview_id: str) -> str:
        return await self._ask(operations.transcript(interview_id, "txt"))

    async def log(self, interview_id: str) -> AsyncIterator[dict[str, Any]]:
        """The header, then every entry. Raises Unreachable when it breaks off: it is not all."""
        lines = http.Lines()
        async with self._stream(operations.log(interview_id)) as response:
            async for chunk in response.aiter_bytes(http.CHUNK_BYTES):
                for line in lines.add(chunk):
                    yield operations.line(line)
        if rest := lines.end():
            yield operations.line(rest)

    async def export(self, interview_id: str, to: BinaryIO) -> int:
        """The log as lines of JSON, written to an open file; answers its bytes. When it raises, it
        is not all."""
        return await self._download(operations.log(interview_id), to)

    async def audio(self, interview_id: str, name: str, to: BinaryIO) -> int:
        """A recording that the result names, written to an open file; answers its bytes."""
        return await self._download(operations.audio(interview_id, name), to)

    async def bundle(self, interview_id: str, to: BinaryIO) -> int:
        """The evidence bundle, written to an open file; answers its bytes. When it raises, what is
        in the file is no bundle."""
        return await self._download(operations.bundle(interview_id), to)

    async def events(
        self, interview_id: str, *, after: str = "", words: bool = False
    ) -> AsyncIterator[LiveEvent]:
        """What happens to it, up to its end; a lost stream is taken up again where it broke off.
        `after`: the id of the last event that you have. `words`: also what the candidate hears and
        says, for a key of the scope `watch`; these have no id, and some are lost with a stream."""
        tries = Tries(self._deadline_s, time.monotonic())
        while True:
            wait_s, opened = REOPEN_S, False
            try:
                async with self._stream(
                    operations.events(interview_id, after, words=words)
                ) as stream:
                    if stream.status_code == NO_MORE:
                        return
                    parser, opened = Parser(), True
                    async for chunk in stream.aiter_bytes():
                        for event in parser.add(chunk):
                            after = event.id or after
                            yield event
                            if event.name == "end":
                                return
                tries = Tries(self._deadline_s, time.monotonic())
            except ApiError as failure:
                if opened:  # from now on: a quiet stream may have lasted for hours
                    tries = Tries(self._deadline_s, time.monotonic())
                again_s = self._wait_s(tries, failure, repeatable=True)
                if again_s is None:
                    raise
                wait_s = again_s
            await asyncio.sleep(wait_s)

    async def evidence_key(self) -> schemas.EvidenceKey:
        """What signs evidence bundles."""
        return await self._ask(operations.evidence_key())

    async def link_svg(self, interview_id: str) -> str:
        """The join link as a QR code: a secret, like the link."""
        return await self._ask(operations.link_svg(interview_id))

    # --- reports ---

    async def report(self, interview_id: str) -> Report:
        """What its page shows: the result, both sides on one timeline, quality, coverage."""
        return await self._ask(operations.report(interview_id))

    async def waveform(self, interview_id: str) -> SoundShown:
        """Waited for: a report that is asked for first may have none yet."""
        return await self._ask(operations.waveform(interview_id))

    async def report_csv(self, interview_id: str) -> str:
        """A row per answer."""
        return await self._ask(operations.report_csv(interview_id))

    async def whole_audio(
        self,
        interview_id: str,
        to: BinaryIO,
        *,
        sides: Literal["both", "candidate"] = "both",
    ) -> int:
        """All of it as one recording, written to an open file; answers its bytes."""
        return await self._download(operations.whole_audio(interview_id, sides), to)

    async def answer_audio(self, interview_id: str, prompt_id: str, to: BinaryIO) -> int:
        """One answer, written to an open file; answers its bytes."""
        return await self._download(operations.answer_audio(interview_id, prompt_id), to)

    async def create_report_link(
        self, interview_id: str, *, ttl_s: int | None = None, scopes: Sequence[str] = ()
    ) -> schemas.ReportLinkCreated:
        """A link to its page, shown once: a secret. Left out: a week, to see and to hear."""
        return await self._ask(operations.create_report_link(interview_id, ttl_s, scopes))

    async def report_links(self, interview_id: str) -> schemas.ReportLinks:
        """Those that have not expired, without their secrets."""
        return await self._ask(operations.report_links(interview_id))

    async def revoke_report_link(self, interview_id: str, link_id: str) -> None:
        """It opens nothing from now on."""
        await self._ask(operations.revoke_report_link(interview_id, link_id))

    # --- evaluations ---

    async def evaluation(self, interview_id: str) -> Evaluation:
        """What is proposed, by which evidence, and what people decided."""
        return await self._ask(operations.evaluation(interview_id))

    async def evaluate_again(self, interview_id: str) -> Evaluation:
        """Begun again where it failed or is stale; as it is where nothing would change."""
        return await self._ask(operations.evaluation(interview_id, "POST"))

    async def decide(self, interview_id: str, decision: Mapping[str, Any]) -> Evaluation:
        """A person confirms a proposed score or gives another: body of `POST …/decisions`."""
        return await self._ask(operations.decide(interview_id, decision))

    # --- legal holds ---

    async def hold(
        self, interview_id: str, reason: str, *, artifacts: Sequence[str] = ()
    ) -> schemas.HoldShown:
        """Let nothing of it be deleted. `artifacts`: `audio`, `transcript`, `log`; none: all."""
        return await self._ask(operations.hold(interview_id, reason, artifacts))

    async def held(self, interview_id: str) -> schemas.HoldShown:
        """The hold and its history."""
        return await self._ask(operations.held(interview_id, release=False))

    async def release(self, interview_id: str) -> schemas.HoldShown:
        """End the hold: what is due is deleted then."""
        return await self._ask(operations.held(interview_id, release=True))

    # --- templates ---

    async def create_template(
        self, spec: TemplateSpec | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> schemas.TemplateAnswer:
        """`idempotency_key`: as for `create`."""
        return await self._ask(operations.create_template(spec, idempotency_key))

    async def template_page(self, *, limit: int = 20, cursor: str = "") -> schemas.TemplatePage:
        """Newest first. `cursor`: `next_cursor` of the page before."""
        return await self._ask(operations.template_page(limit, cursor))

    async def templates(self, *, page_size: int = 100) -> AsyncIterator[schemas.TemplateSummary]:
        """All of them, newest first, page by page."""
        cursor = ""
        while True:
            found = await self.template_page(limit=page_size, cursor=cursor)
            for one in found.templates:
                yield one
            if not (cursor := found.next_cursor):
                return

    async def template(
        self, template_id: str, *, version: int | None = None
    ) -> schemas.TemplateAnswer:
        """One version of it; None: the newest."""
        return await self._ask(operations.template(template_id, version))

    async def replace_template(
        self,
        template_id: str,
        spec: TemplateSpec | Mapping[str, Any],
        *,
        version: int | None,
    ) -> schemas.TemplateAnswer:
        """A new version in place of `version`; raises Conflict when another one is there by now.
        None: in place of whichever there is."""
        return await self._ask(operations.replace_template(template_id, spec, version))

    async def delete_template(self, template_id: str, *, version: int | None = None) -> None:
        """All its versions; interviews made from it go on. `version`: only if that is the newest,
        else Conflict."""
        await self._ask(operations.delete_template(template_id, version))

    # --- webhooks ---

    async def delivery_page(
        self,
        *,
        limit: int = 20,
        cursor: str = "",
        interview: str = "",
        endpoint: str = "",
        status: Literal["", "pending", "delivered", "failed"] = "",
    ) -> schemas.WebhookDeliveryPage:
        """What was sent, newest first, each with its attempts. With a filter a page may be short
        although others follow: go by `next_cursor`."""
        filters = {"interview": interview, "endpoint": endpoint, "status": status}
        return await self._ask(operations.delivery_page(limit, cursor, filters))

    async def replay_delivery(self, delivery_id: str) -> schemas.WebhookDelivery:
        """Send it again, with the same id and body."""
        return await self._ask(operations.replay_delivery(delivery_id))

    async def test_webhook(self, endpoint: str) -> schemas.WebhookDelivery:
        """Send a `webhook.test` event to one endpoint."""
        return await self._ask(operations.test_webhook(endpoint))

    async def webhook_endpoints(self) -> schemas.WebhookEndpoints:
        """Where events go, and what waits for each."""
        return await self._ask(operations.webhook_endpoints())

    async def enable_webhook(self, endpoint: str) -> schemas.WebhookEndpointState:
        """One that answered 410: what waits for it is sent now."""
        return await self._ask(operations.enable_webhook(endpoint))

    # --- how it is sent ---

    async def _ask(self, call: Call[T]) -> T:
        tries, again = Tries(self._deadline_s, time.monotonic()), False
        while True:
            try:
                return await self._once(call, tries, again=again)
            except ApiError as failure:
                wait_s = self._wait_s(tries, failure, repeatable=call.repeatable)
                if wait_s is None:
                    raise
                again = again or may_be_done(failure)
            await asyncio.sleep(wait_s)

    @staticmethod
    def _wait_s(tries: Tries, failure: ApiError, *, repeatable: bool) -> float | None:
        chance = random.random()  # noqa: S311  # spreads clients, guards nothing
        return tries.wait_s(failure, repeatable=repeatable, now_s=time.monotonic(), chance=chance)

    async def _once(self, call: Call[T], tries: Tries, *, again: bool) -> T:
        left_s = max(0.001, tries.left_s(time.monotonic()))
        try:
            async with self._http.stream(**self._request(call), timeout=left_s) as response:
                body = await self._body(response, tries)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise http.unreachable(error, self._url) from None
        retry_after = response.headers.get("Retry-After")
        return call.answer(response.status_code, body, retry_after, again=again)

    async def _body(self, response: httpx.Response, tries: Tries) -> bytes:
        """All of it, within the deadline and a bound."""
        body = bytearray()
        async for chunk in response.aiter_bytes(http.CHUNK_BYTES):
            body += chunk
            if len(body) > operations.MAX_ANSWER_BYTES:
                raise operations.too_long()
            if tries.left_s(time.monotonic()) <= 0:
                raise http.unreachable(TimeoutError("too slow"), self._url)
        return bytes(body)

    @asynccontextmanager
    async def _stream(self, call: Call[None]) -> AsyncIterator[httpx.Response]:
        """An answer that may be long. It is not repeated: some of it may be used already."""
        try:
            async with self._http.stream(**self._request(call), timeout=http.IDLE_S) as response:
                if not response.is_success:
                    status, after = response.status_code, response.headers.get("Retry-After")
                    body = await self._body(response, Tries(self._deadline_s, time.monotonic()))
                    raise from_answer(status, body, after)
                yield response
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise http.unreachable(error, self._url) from None

    async def _download(self, call: Call[None], to: BinaryIO) -> int:
        count = 0
        async with self._stream(call) as response:
            async for chunk in response.aiter_bytes(http.CHUNK_BYTES):
                to.write(chunk)
                count += len(chunk)
        return count

    def _request(self, call: Call[Any]) -> dict[str, Any]:
        return {
            "method": call.method,
            "url": self._url + call.path,
            "params": dict(call.params) or None,
            "content": call.body,
            "headers": dict(call.headers),
        }
