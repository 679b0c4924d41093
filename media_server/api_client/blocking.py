"""The blocking client. Its twin is `concurrent.AsyncClient`: the same methods, awaited."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Literal, TypeVar

import httpx

from media_server.api_client import http, operations
from media_server.api_client.errors import ApiError, from_answer
from media_server.api_client.operations import Call
from media_server.api_client.operator import Operator
from media_server.api_client.sse import LiveEvent, Parser
from media_server.api_client.tries import DEADLINE_S, NO_MORE, REOPEN_S, Tries, may_be_done
from media_server.interview.evaluation import Evaluation
from media_server.interview.report import Report, SoundShown
from media_server.interview.result import Result
from media_server.interview.spec import InterviewSpec
from media_server.interview.template import InterviewFromTemplate, TemplateSpec
from signaling import schemas

T = TypeVar("T")


class Client(Operator):
    """Safe to use from several threads. Every method raises ApiError, in one of its kinds."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        deadline_s: float = DEADLINE_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url`: where the server is mounted. `deadline_s`: for one method, repetitions included;
        downloads may take longer. `transport`: for tests."""
        self._url = http.base_url(url)
        self._deadline_s = deadline_s
        self._http = httpx.Client(headers=http.headers(api_key), transport=transport)

    def __repr__(self) -> str:
        return f"<Client {self._url}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- interviews ---

    def create(
        self,
        spec: InterviewSpec | InterviewFromTemplate | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> schemas.InterviewCreated:
        """`idempotency_key`: of your own, so that another process may repeat this; None: one is
        made, so that this method may."""
        return self._ask(operations.create(spec, idempotency_key))

    def page(
        self, *, limit: int = 20, cursor: str = "", status: str = "", text: str = ""
    ) -> schemas.InterviewPage:
        """Newest first. `cursor`: `next_cursor` of the page before. `status`: one, or several
        with commas. `text`: in the title, the external id, the metadata or the id."""
        return self._ask(operations.page(limit, cursor, status, text))

    def interviews(
        self, *, page_size: int = 100, status: str = "", text: str = ""
    ) -> Iterator[schemas.InterviewSummary]:
        """All of them, newest first, page by page."""
        cursor = ""
        while True:
            found = self.page(limit=page_size, cursor=cursor, status=status, text=text)
            yield from found.interviews
            if not (cursor := found.next_cursor):
                return

    def get(self, interview_id: str) -> schemas.InterviewDetails:
        return self._ask(operations.get(interview_id))

    def cancel(self, interview_id: str) -> schemas.InterviewDetails:
        """End it; the answers so far are kept. Raises Conflict when it is over."""
        return self._ask(operations.cancel(interview_id))

    def erase(self, interview_id: str) -> None:
        """Everything of it, for good."""
        self._ask(operations.erase(interview_id))

    # --- what came of it ---

    def result(self, interview_id: str) -> Result:
        """Valid at any time, partial until it is over."""
        return self._ask(operations.result(interview_id))

    def transcript_vtt(self, interview_id: str) -> str:
        return self._ask(operations.transcript(interview_id, "vtt"))

    def transcript_text(self, interview_id: str) -> str:
        return self._ask(operations.transcript(interview_id, "txt"))

    def log(self, interview_id: str) -> Iterator[dict[str, Any]]:
        """The header, then every entry. Raises Unreachable when it breaks off: it is not all."""
        lines = http.Lines()
        with self._stream(operations.log(interview_id)) as response:
            for chunk in response.iter_bytes(http.CHUNK_BYTES):
                yield from map(operations.line, lines.add(chunk))
        if rest := lines.end():
            yield operations.line(rest)

    def export(self, interview_id: str, to: BinaryIO) -> int:
        """The log as lines of JSON, written to an open file; answers its bytes. When it raises, it
        is not all."""
        return self._download(operations.log(interview_id), to)

    def audio(self, interview_id: str, name: str, to: BinaryIO) -> int:
        """A recording that the result names, written to an open file; answers its bytes."""
        return self._download(operations.audio(interview_id, name), to)

    def bundle(self, interview_id: str, to: BinaryIO) -> int:
        """The evidence bundle, written to an open file; answers its bytes. When it raises, what is
        in the file is no bundle."""
        return self._download(operations.bundle(interview_id), to)

    def events(
        self, interview_id: str, *, after: str = "", words: bool = False
    ) -> Iterator[LiveEvent]:
        """What happens to it, up to its end; a lost stream is taken up again where it broke off.
        `after`: the id of the last event that you have. `words`: also what the candidate hears and
        says, for a key of the scope `watch`; these have no id, and some are lost with a stream."""
        tries = Tries(self._deadline_s, time.monotonic())
        while True:
            wait_s, opened = REOPEN_S, False
            try:
                with self._stream(operations.events(interview_id, after, words=words)) as stream:
                    if stream.status_code == NO_MORE:
                        return
                    parser, opened = Parser(), True
                    for chunk in stream.iter_bytes():
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
            time.sleep(wait_s)

    def evidence_key(self) -> schemas.EvidenceKey:
        """What signs evidence bundles."""
        return self._ask(operations.evidence_key())

    def link_svg(self, interview_id: str) -> str:
        """The join link as a QR code: a secret, like the link."""
        return self._ask(operations.link_svg(interview_id))

    # --- reports ---

    def report(self, interview_id: str) -> Report:
        """What its page shows: the result, both sides on one timeline, quality, coverage."""
        return self._ask(operations.report(interview_id))

    def waveform(self, interview_id: str) -> SoundShown:
        """Waited for: a report that is asked for first may have none yet."""
        return self._ask(operations.waveform(interview_id))

    def report_csv(self, interview_id: str) -> str:
        """A row per answer."""
        return self._ask(operations.report_csv(interview_id))

    def whole_audio(
        self,
        interview_id: str,
        to: BinaryIO,
        *,
        sides: Literal["both", "candidate"] = "both",
    ) -> int:
        """All of it as one recording, written to an open file; answers its bytes."""
        return self._download(operations.whole_audio(interview_id, sides), to)

    def answer_audio(self, interview_id: str, prompt_id: str, to: BinaryIO) -> int:
        """One answer, written to an open file; answers its bytes."""
        return self._download(operations.answer_audio(interview_id, prompt_id), to)

    def create_report_link(
        self, interview_id: str, *, ttl_s: int | None = None, scopes: Sequence[str] = ()
    ) -> schemas.ReportLinkCreated:
        """A link to its page, shown once: a secret. Left out: a week, to see and to hear."""
        return self._ask(operations.create_report_link(interview_id, ttl_s, scopes))

    def report_links(self, interview_id: str) -> schemas.ReportLinks:
        """Those that have not expired, without their secrets."""
        return self._ask(operations.report_links(interview_id))

    def revoke_report_link(self, interview_id: str, link_id: str) -> None:
        """It opens nothing from now on."""
        self._ask(operations.revoke_report_link(interview_id, link_id))

    # --- evaluations ---

    def evaluation(self, interview_id: str) -> Evaluation:
        """What is proposed, by which evidence, and what people decided."""
        return self._ask(operations.evaluation(interview_id))

    def evaluate_again(self, interview_id: str) -> Evaluation:
        """Begun again where it failed or is stale; as it is where nothing would change."""
        return self._ask(operations.evaluation(interview_id, "POST"))

    def decide(self, interview_id: str, decision: Mapping[str, Any]) -> Evaluation:
        """A person confirms a proposed score or gives another: body of `POST …/decisions`."""
        return self._ask(operations.decide(interview_id, decision))

    # --- legal holds ---

    def hold(
        self, interview_id: str, reason: str, *, artifacts: Sequence[str] = ()
    ) -> schemas.HoldShown:
        """Let nothing of it be deleted. `artifacts`: `audio`, `transcript`, `log`; none: all."""
        return self._ask(operations.hold(interview_id, reason, artifacts))

    def held(self, interview_id: str) -> schemas.HoldShown:
        """The hold and its history."""
        return self._ask(operations.held(interview_id, release=False))

    def release(self, interview_id: str) -> schemas.HoldShown:
        """End the hold: what is due is deleted then."""
        return self._ask(operations.held(interview_id, release=True))

    # --- templates ---

    def create_template(
        self, spec: TemplateSpec | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> schemas.TemplateAnswer:
        """`idempotency_key`: as for `create`."""
        return self._ask(operations.create_template(spec, idempotency_key))

    def template_page(self, *, limit: int = 20, cursor: str = "") -> schemas.TemplatePage:
        """Newest first. `cursor`: `next_cursor` of the page before."""
        return self._ask(operations.template_page(limit, cursor))

    def templates(self, *, page_size: int = 100) -> Iterator[schemas.TemplateSummary]:
        """All of them, newest first, page by page."""
        cursor = ""
        while True:
            found = self.template_page(limit=page_size, cursor=cursor)
            yield from found.templates
            if not (cursor := found.next_cursor):
                return

    def template(self, template_id: str, *, version: int | None = None) -> schemas.TemplateAnswer:
        """One version of it; None: the newest."""
        return self._ask(operations.template(template_id, version))

    def replace_template(
        self,
        template_id: str,
        spec: TemplateSpec | Mapping[str, Any],
        *,
        version: int | None,
    ) -> schemas.TemplateAnswer:
        """A new version in place of `version`; raises Conflict when another one is there by now.
        None: in place of whichever there is."""
        return self._ask(operations.replace_template(template_id, spec, version))

    def delete_template(self, template_id: str, *, version: int | None = None) -> None:
        """All its versions; interviews made from it go on. `version`: only if that is the newest,
        else Conflict."""
        self._ask(operations.delete_template(template_id, version))

    # --- webhooks ---

    def delivery_page(
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
        return self._ask(operations.delivery_page(limit, cursor, filters))

    def replay_delivery(self, delivery_id: str) -> schemas.WebhookDelivery:
        """Send it again, with the same id and body."""
        return self._ask(operations.replay_delivery(delivery_id))

    def test_webhook(self, endpoint: str) -> schemas.WebhookDelivery:
        """Send a `webhook.test` event to one endpoint."""
        return self._ask(operations.test_webhook(endpoint))

    def webhook_endpoints(self) -> schemas.WebhookEndpoints:
        """Where events go, and what waits for each."""
        return self._ask(operations.webhook_endpoints())

    def enable_webhook(self, endpoint: str) -> schemas.WebhookEndpointState:
        """One that answered 410: what waits for it is sent now."""
        return self._ask(operations.enable_webhook(endpoint))

    # --- how it is sent ---

    def _ask(self, call: Call[T]) -> T:
        tries, again = Tries(self._deadline_s, time.monotonic()), False
        while True:
            try:
                return self._once(call, tries, again=again)
            except ApiError as failure:
                wait_s = self._wait_s(tries, failure, repeatable=call.repeatable)
                if wait_s is None:
                    raise
                again = again or may_be_done(failure)
            time.sleep(wait_s)

    @staticmethod
    def _wait_s(tries: Tries, failure: ApiError, *, repeatable: bool) -> float | None:
        chance = random.random()  # noqa: S311  # spreads clients, guards nothing
        return tries.wait_s(failure, repeatable=repeatable, now_s=time.monotonic(), chance=chance)

    def _once(self, call: Call[T], tries: Tries, *, again: bool) -> T:
        left_s = max(0.001, tries.left_s(time.monotonic()))
        try:
            with self._http.stream(**self._request(call), timeout=left_s) as response:
                body = self._body(response, tries)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise http.unreachable(error, self._url) from None
        retry_after = response.headers.get("Retry-After")
        return call.answer(response.status_code, body, retry_after, again=again)

    def _body(self, response: httpx.Response, tries: Tries) -> bytes:
        """All of it, within the deadline and a bound."""
        body = bytearray()
        for chunk in response.iter_bytes(http.CHUNK_BYTES):
            body += chunk
            if len(body) > operations.MAX_ANSWER_BYTES:
                raise operations.too_long()
            if tries.left_s(time.monotonic()) <= 0:
                raise http.unreachable(TimeoutError("too slow"), self._url)
        return bytes(body)

    @contextmanager
    def _stream(self, call: Call[None]) -> Iterator[httpx.Response]:
        """An answer that may be long. It is not repeated: some of it may be used already."""
        try:
            with self._http.stream(**self._request(call), timeout=http.IDLE_S) as response:
                if not response.is_success:
                    status, after = response.status_code, response.headers.get("Retry-After")
                    body = self._body(response, Tries(self._deadline_s, time.monotonic()))
                    raise from_answer(status, body, after)
                yield response
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise http.unreachable(error, self._url) from None

    def _download(self, call: Call[None], to: BinaryIO) -> int:
        count = 0
        with self._stream(call) as response:
            for chunk in response.iter_bytes(http.CHUNK_BYTES):
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
