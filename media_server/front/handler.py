"""Everything that comes to the HTTP port: what the front answers itself, and what it passes on."""

from __future__ import annotations

import json
import logging

from aiohttp import HttpVersion11, web

from media_server import metrics
from media_server.front.answers import problem_answer
from media_server.front.figures import FrontFigures, merged_figures, readiness
from media_server.front.operations import OPS_PATH, TURNS_PATH, all_turns, all_workers
from media_server.front.proxy import Proxy
from media_server.front.workers import Workers
from media_server.http_settings import HttpSettings
from media_server.placement import Placement
from signaling.problems import Problem

logger = logging.getLogger(__name__)

_READ = ("GET", "HEAD")


class Handler:
    """For aiohttp's low-level server. `draining`: set once the whole server is about to stop."""

    def __init__(
        self,
        settings: HttpSettings,
        proxy: Proxy,
        workers: Workers,
        placement: Placement,
        figures: FrontFigures,
    ) -> None:
        self._settings = settings
        self._proxy = proxy
        self._workers = workers
        self._placement = placement
        self._figures = figures
        self.draining = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Raises ConnectionError: the client is gone."""
        try:
            await _expect(request)
            reads = request.method in _READ
            if reads and request.path == "/healthz":
                return _json({"status": "ok"})
            if reads and request.path == "/readyz":
                return self._readyz(request)
            if request.path == "/metrics" and self._settings.metrics_port:
                raise Problem(404, "metrics_elsewhere", "Figures are on MEDIA_SERVER_METRICS_PORT.")
            if reads and request.path == "/metrics":
                return await self._metrics(request)
            if request.method == "GET" and request.path in (OPS_PATH, TURNS_PATH):
                return await self._of_all(request)
            return await self._proxy.forward(request)
        except Problem as problem:
            return problem_answer(request, problem, self._settings)
        except ConnectionError:
            raise
        except Exception as error:
            logger.exception("unexpected %s", type(error).__name__)
            detail = "The server failed; the failure has been logged. Trying again may help."
            failed = Problem(500, "internal_error", detail, close=True)
            return problem_answer(request, failed, self._settings)

    def _ready(self) -> dict[str, object]:
        kept = self._placement.kept(self._workers.now_s())
        return readiness(self._workers, kept=kept, draining=self.draining)

    def _readyz(self, request: web.BaseRequest) -> web.Response:
        body = self._ready()
        wait_s, waits = body.pop("retry_after_s", None), body.pop("waits", False)
        good = body["ready"] or (waits and request.query.get("newcomers") == "wait")
        answer = _json(body, status=200 if good else 503)
        if wait_s is not None:
            answer.headers["Retry-After"] = str(wait_s)
        return answer

    async def _of_all(self, request: web.BaseRequest) -> web.Response:
        """What each worker says of itself, where it lets this client know."""
        answers = await self._proxy.ask_all(request)
        said = {number: one.body for number, one in answers.items() if one.status == 200}
        if not said:
            refused = next(iter(answers.values()))
            return web.Response(status=refused.status, headers=refused.headers, body=refused.body)
        if request.path == OPS_PATH:
            return _json(all_workers(said, self._workers.numbers))
        return _json(all_turns(said, request.query.get("limit", "")))

    async def _metrics(self, request: web.BaseRequest) -> web.StreamResponse:
        """A worker judges who may read them; then they are those of all."""
        async with await self._proxy.ask_any(request) as upstream:
            if upstream.status != 200:
                return await self._proxy.answer(request, upstream)
            await upstream.read()
        return await all_figures(self._workers, self._figures)


async def all_figures(workers: Workers, own: FrontFigures) -> web.Response:
    """What /metrics answers, wherever it is served."""
    return web.Response(
        body=await merged_figures(workers, own),
        headers={"Content-Type": metrics.CONTENT_TYPE, "Cache-Control": "no-store"},
    )


def _json(body: dict[str, object], *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        text=json.dumps(body, ensure_ascii=False),
        content_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


async def _expect(request: web.BaseRequest) -> None:
    """RFC 9110 §10.1.1. Raises Problem 417."""
    expected = request.headers.get("Expect")
    if expected is None:
        return
    if expected.lower() != "100-continue":
        detail = "Expect may be 100-continue and nothing else."
        raise Problem(417, "unknown_expectation", detail, close=True)
    transport = request.transport
    if request.version >= HttpVersion11 and transport is not None:
        transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
