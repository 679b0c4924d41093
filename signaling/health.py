"""For load balancers and monitoring: alive, ready, figures."""

from __future__ import annotations

import asyncio

from aiohttp import web

from media_server import metrics
from signaling.auth import require_metrics_key
from signaling.context import Context, context
from signaling.problems import Problem
from signaling.urls import came_through_proxy


async def healthz(_: web.Request) -> web.Response:
    """Check that the server is alive.

    200 while its event loop turns; this says nothing about readiness.
    """
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """Check that a candidate can join.

    200 when one can, else 503 with the reasons. With `newcomers=wait`, for a balancer that sends
    everybody, 200 also while newcomers have to wait: who has begun may come back.
    """
    ready = context(request).readiness()
    good = ready.ready or (ready.waits and request.query.get("newcomers") == "wait")
    headers = {"Cache-Control": "no-store"}
    if not ready.ready:
        headers["Retry-After"] = str(ready.retry_after_s)
    body: dict[str, object] = {
        "ready": ready.ready,
        "reasons": list(ready.reasons),
        "live": ready.live,
        "capacity": ready.capacity,
    }
    if ready.notices:
        body["notices"] = list(ready.notices)
    return web.json_response(body, status=200 if good else 503, headers=headers)


async def prometheus(request: web.Request) -> web.Response:
    """Get the metrics in Prometheus' text format.

    Where others than this machine may reach the server: with MEDIA_SERVER_METRICS_TOKEN or an API
    key. None of this where MEDIA_SERVER_METRICS_PORT gives them a port of their own.
    """
    ctx = context(request)
    settings = ctx.settings
    if not settings.metrics:
        raise Problem(404, "metrics_off", "Metrics are switched off here.")
    if settings.metrics_port:
        raise Problem(404, "metrics_elsewhere", "Figures are on MEDIA_SERVER_METRICS_PORT.")
    if settings.metrics_token or not settings.is_private or came_through_proxy(request):
        require_metrics_key(request)
    return await figures(ctx)


async def figures(ctx: Context) -> web.Response:
    """What /metrics answers, wherever it is served. Its text takes 10 to 20 ms, which would hold
    the loop: a thread writes it."""
    ready = ctx.readiness()
    ctx.metrics.live.set(ready.live)
    ctx.metrics.capacity.set(ready.capacity)
    ctx.metrics.ready.set(1 if ready.ready else 0)
    ctx.metrics.serving.set(1 if ready.ready or ready.waits else 0)
    ctx.metrics.media.figures = ctx.service.media() if ctx.service is not None else None
    ctx.metrics.load.figures = ctx.service.load() if ctx.service is not None else None
    ctx.metrics.stt.figures = ctx.service.transcription() if ctx.service is not None else None
    ctx.metrics.store.figures = ctx.service.storage() if ctx.service is not None else None
    ctx.metrics.llm.figures = ctx.service.language_model() if ctx.service is not None else None
    ctx.metrics.webhooks.figures = ctx.service.webhooks.figures() if ctx.service else None
    return web.Response(
        body=await asyncio.to_thread(metrics.render, ctx.metrics.registry),
        headers={"Content-Type": metrics.CONTENT_TYPE, "Cache-Control": "no-store"},
    )
