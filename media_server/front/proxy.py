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

from media_server.endings import end
from media_server.front.addressing import JOIN_PATH, About, about, of_join
from media_server.front.answers import problem_answer
from media_server.front.bodies import Body
from media_server.front.choice import Choice, NoWorker, Target
from media_server.front.headers import UPGRADE, Pairs, to_client, to_worker, upgrades
from media_server.front.tunnel import tunnel
from media_server.front.workers import Workers
from media_server.http_settings import HttpSettings
from media_server.placement import STARTING_S
from signaling.front_peer import REFUSED, Peer
from signaling.problems import Problem

logger = logging.getLogger(__name__)

TRIES = 2
ALL_S = 4.0
LAST_WORD_S = 1.0
"""So long a worker may still say what becomes of an offer whose client has left."""
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


class _Outcome:
    """Of one try: the placement learns of it once."""

    def __init__(self, choice: Choice, target: Target) -> None:
        self._choice = choice
        self._target = target
        self._told = False

    def is_(self, taken: bool | None) -> None:
        """`taken` as in `Placement.answered`. The first word counts."""
        if not self._told:
            self._told = True
            self._choice.answered(self._target, taken=taken)


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
        if not request.rel_url.raw_path.startswith("/"):
            detail = "What is asked for must be a path that begins with / (RFC 9112 §3.2)."
            return self._problem(request, Problem(400, "no_path", detail))
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
        outcome = _Outcome(self._choice, target)
        try:
            upstream = await self._head(request, target, body, outcome)
            async with upstream:
                if upstream.status == 101:
                    return await self._switch(request, upstream, outcome)
                outcome.is_(_taken(upstream))
                if not last and body.again and await self._is_elsewhere(upstream, target):
                    return None
                return await self._answer(request, upstream)
        except (aiohttp.ClientConnectorError, KeyError) as error:
            outcome.is_(False)
            self._count("worker_refused")
            if isinstance(error, aiohttp.ClientConnectorError):
                self._workers.lost(target.worker, error.os_error)
            return None if body.again and not last else self._lost(request)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            if request.content.exception() is not None:
                outcome.is_(False)
                detail = "The body breaks its transfer or content encoding."
                return self._problem(request, Problem(400, "bad_encoding", detail, close=True))
            self._count("worker_lost")
            number = self._workers.number(target.worker)
            logger.warning("worker %d broke off: %s", number, type(error).__name__)
            repeatable = request.method in _IDEMPOTENT and body.again and not target.offer
            return None if repeatable and not last else self._lost(request)
        finally:
            outcome.is_(None)

    async def _head(
        self, request: web.BaseRequest, target: Target, body: Body, outcome: _Outcome
    ) -> aiohttp.ClientResponse:
        """The worker's answer, as far as its head.

        Whose offer has a place and who leaves is answered to the end of `LAST_WORD_S` all the same:
        else everybody could hold places, without a credential, by asking and leaving.
        """
        if target.placed is None:
            return await self._ask(request, target, body)
        asking = asyncio.ensure_future(self._ask(request, target, body))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            try:
                await asyncio.wait((asking,), timeout=LAST_WORD_S)
            finally:
                await end((asking,))
            if not asking.cancelled() and asking.exception() is None:
                outcome.is_(_taken(asking.result()))
                asking.result().close()
            raise

    async def _ask(
        self, request: web.BaseRequest, target: Target, body: Body | None = None
    ) -> aiohttp.ClientResponse:
        """None: without the body that the request may have."""
        transport = request.transport
        peer = Peer(
            address=request.remote,
            local=None if transport is None else transport.get_extra_info("sockname"),
            http_1_0=request.version < HttpVersion11,
            refusal=target.refusal,
        )
        headers = to_worker(request.headers, peer, body=body is not None)
        # Not `raw_path`: that may be a whole URL (RFC 9112 §3.2.2).
        url = URL(f"http://worker{request.rel_url.raw_path_qs}", encoded=True)
        data = None if body is None else body.data()
        return await self._workers.session(target.worker).request(
            request.method, url, headers=headers, data=data, allow_redirects=False
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

    async def _switch(
        self, request: web.BaseRequest, upstream: aiohttp.ClientResponse, outcome: _Outcome
    ) -> web.StreamResponse:
        """Another protocol from here on, until one side ends it."""
        if not upgrades(request.headers):
            raise aiohttp.ClientPayloadError("an upgrade that nobody asked for")
        if (taken := _taken(upstream)) is not None:
            outcome.is_(taken)
        response = web.StreamResponse(
            status=101, reason=upstream.reason, headers=to_client(upstream.headers)
        )
        response.headers.update(UPGRADE)
        response.force_close()
        await response.prepare(request)
        if await tunnel(request, upstream):
            outcome.is_(True)  # if there was a call, its worker's next report knows what is left
        return response

    async def ask_any(self, request: web.BaseRequest) -> aiohttp.ClientResponse:
        """A request without a body to the least loaded worker; the caller closes the answer.
        Raises Problem 503 where none gives one."""
        for _ in range(TRIES):
            target = self._choice.choose(request, About())
            if isinstance(target, NoWorker):
                break
            try:
                return await self._ask(request, target)
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
                    async with await self._ask(request, target) as upstream:
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


def _taken(upstream: aiohttp.ClientResponse) -> bool | None:
    """Whether an offer that was answered like this has a call. After an upgrade the worker only
    begins to look for a place: nobody knows yet, unless the credential is refused."""
    if upstream.status == 101:
        return False if REFUSED in upstream.headers else None
    return 200 <= upstream.status < 300
