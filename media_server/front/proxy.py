"""One request: to the worker that it is for, and the answer back, both as they come.

Nothing is kept whole but small bodies, so that memory is bounded by the number of connections: who
reads slowly slows down who writes. A client that goes away ends its request at the worker, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from aiohttp import HttpVersion11, web
from yarl import URL

from media_server.front.addressing import JOIN_PATH, About, about, of_join
from media_server.front.answers import problem_answer
from media_server.front.bodies import Body
from media_server.front.choice import Choice, NoWorker, Target
from media_server.front.headers import UPGRADE, Pairs, to_client, to_worker, upgrades
from media_server.front.tunnel import tunnel
from media_server.front.workers import Workers
from media_server.http_settings import HttpSettings
from media_server.placement import STARTING_S
from signaling.front_peer import Peer
from signaling.problems import Problem

logger = logging.getLogger(__name__)

TRIES = 2
ALL_S = 4.0
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""RFC 9110 §9.2.2."""
_SMALL = 4096
"""No problem of ours is longer."""
_FRONT_ALONE = "/internal/"

_AT_ONCE = 16 * 1024
"""An answer up to this is written with one call."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer that is not passed on as it comes."""

    status: int
    headers: Pairs
    body: bytes


class Proxy:
    def __init__(
        self,
        settings: HttpSettings,
        workers: Workers,
        choice: Choice,
        count: Callable[[str], None],
    ) -> None:
        """`count`: takes the name of what went wrong, each time."""
        self._settings = settings
        self._workers = workers
        self._choice = choice
        self._count = count

    async def forward(self, request: web.BaseRequest) -> web.StreamResponse:
        """The worker's answer, or a problem where none is there to give one."""
        if request.path.startswith(_FRONT_ALONE):
            return self._problem(request, Problem(404, "not_found", "There is nothing here."))
        body, found = (
            Body(request),
            about(request.method, request.path, request.headers.get("Authorization", "")),
        )
        joins = request.method == "POST" and request.path == JOIN_PATH
        if joins or found.offer:
            await body.read(self._settings.body_timeout_s)
        if joins and body.in_hand:
            found = About(of_join(body.in_hand), candidate=True)
        tried: set[int] = set()
        for left in reversed(range(TRIES)):
            target = self._choice.choose(request, found, without=tried)
            if isinstance(target, NoWorker):
                return self._no_worker(request, target)
            tried.add(target.worker)
            answer = await self._try(request, target, body, last=not left)
            if answer is not None:
                return answer
        return self._lost(request)

    async def _try(
        self, request: web.BaseRequest, target: Target, body: Body, *, last: bool
    ) -> web.StreamResponse | None:
        """None: another worker may be asked, as this one has not answered a byte."""
        taken: bool | None = None
        try:
            upstream = await self._ask(request, target, body)
            async with upstream:
                taken = _taken(upstream.status)
                if not last and body.again and await self._is_elsewhere(upstream, target):
                    return None
                return await self._answer(request, upstream)
        except (aiohttp.ClientConnectorError, KeyError) as error:
            taken = False
            self._count("worker_refused")
            if isinstance(error, aiohttp.ClientConnectorError):
                self._workers.lost(target.worker, error.os_error)
            return None if body.again and not last else self._lost(request)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            if request.content.exception() is not None:
                taken = False
                detail = "The body breaks its transfer or content encoding."
                return self._problem(request, Problem(400, "bad_encoding", detail, close=True))
            self._count("worker_lost")
            number = self._workers.number(target.worker)
            logger.warning("worker %d broke off: %s", number, type(error).__name__)
            repeatable = request.method in _IDEMPOTENT and body.again and not target.offer
            return None if repeatable and not last else self._lost(request)
        finally:
            self._choice.answered(target, taken=taken)

    async def _ask(
        self, request: web.BaseRequest, target: Target, body: Body
    ) -> aiohttp.ClientResponse:
        transport = request.transport
        peer = Peer(
            address=request.remote,
            local=None if transport is None else transport.get_extra_info("sockname"),
            http_1_0=request.version < HttpVersion11,
            refusal=target.refusal,
        )
        headers = to_worker(request.headers, peer)
        url = URL(f"http://worker{request.raw_path}", encoded=True)
        return await self._workers.session(target.worker).request(
            request.method, url, headers=headers, data=body.data(), allow_redirects=False
        )

    async def _is_elsewhere(self, upstream: aiohttp.ClientResponse, target: Target) -> bool:
        """The worker says that another has the interview, and there is one: look it up again. The
        answer stays readable where this is not so."""
        length = upstream.content_length
        if upstream.status not in (409, 503) or length is None or length > _SMALL:
            return False
        if target.interview is None or b'"elsewhere"' not in await upstream.read():
            return False
        await self._workers.look_at_all()
        return self._choice.moved(target)

    async def _answer(
        self, request: web.BaseRequest, upstream: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            status=upstream.status, reason=upstream.reason, headers=to_client(upstream.headers)
        )
        if upstream.status == 101:
            if not upgrades(request.headers):
                raise aiohttp.ClientPayloadError("an upgrade that nobody asked for")
            response.headers.update(UPGRADE)
            response.force_close()
            await response.prepare(request)
            await tunnel(request, upstream)
            return response
        if not request.content.is_eof():
            response.force_close()  # the rest of the request is not worth reading
        await response.prepare(request)
        try:
            if upstream.content_length is not None and upstream.content_length <= _AT_ONCE:
                await response.write_eof(await upstream.read())
                return response
            async for chunk in upstream.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            self._count("answer_broken")
            if request.transport is not None:
                request.transport.abort()  # the client must not take it for whole
        return response

    async def ask_any(self, request: web.BaseRequest) -> aiohttp.ClientResponse:
        """A request without a body to the least loaded worker; the caller closes the answer.
        Raises Problem 503 where none gives one."""
        for _ in range(TRIES):
            target = self._choice.choose(request, About())
            if isinstance(target, NoWorker):
                break
            try:
                return await self._ask(request, target, Body(request))
            except (aiohttp.ClientError, TimeoutError, ConnectionError, KeyError):
                await self._workers.look_at_all()
        raise _no_worker("No worker is ready; try again", STARTING_S)

    async def ask_all(self, request: web.BaseRequest) -> dict[int, Whole]:
        """A request without a body to every worker: their answers, by number. One that gives none
        in time is left out. Raises Problem 503: none gives any."""

        async def one(number: int) -> Whole | None:
            process = self._workers.named(number)
            if process is None:
                return None
            try:
                async with asyncio.timeout(ALL_S):
                    target = Target(process.key)
                    async with await self._ask(request, target, Body(request)) as upstream:
                        body = await upstream.read()
                        return Whole(upstream.status, to_client(upstream.headers), body)
            except (aiohttp.ClientError, TimeoutError, ConnectionError, KeyError):
                return None

        numbers = self._workers.numbers
        answers = await asyncio.gather(*(one(number) for number in numbers))
        found = {n: a for n, a in zip(numbers, answers, strict=True) if a is not None}
        if not found:
            raise _no_worker("No worker is ready; try again", STARTING_S)
        return found

    async def answer(
        self, request: web.BaseRequest, upstream: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        """A worker's answer, passed on."""
        return await self._answer(request, upstream)

    def _no_worker(self, request: web.BaseRequest, none: NoWorker) -> web.Response:
        return self._problem(request, _no_worker(none.reason, none.retry_after_s))

    def _lost(self, request: web.BaseRequest) -> web.Response:
        detail = "The worker that had this request has ended; another takes its place. Try again."
        headers = {"Retry-After": "1"}
        return self._problem(request, Problem(503, "worker_lost", detail, headers=headers))

    def _problem(self, request: web.BaseRequest, problem: Problem) -> web.Response:
        if not request.content.is_eof():
            problem.close = True
        return problem_answer(request, problem, self._settings)


def _no_worker(reason: str, retry_after_s: int) -> Problem:
    headers = {"Retry-After": str(retry_after_s)}
    return Problem(503, "no_worker", reason, headers=headers)


def _taken(status: int) -> bool | None:
    """Whether an offer that was answered like this has a call. After an upgrade the worker only
    begins to look for a place: nobody knows yet."""
    return None if status == 101 else 200 <= status < 300
