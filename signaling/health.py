"""For load balancers and monitoring: alive, ready, figures."""

from __future__ import annotations

from aiohttp import web

from media_server import metrics
from signaling.context import context
from signaling.problems import Problem


async def healthz(_: web.Request) -> web.Response:
    """200 while the loop turns; says nothing about readiness."""
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """200 when a candidate can join, else 503 with the reasons."""
    ready = context(request).readiness()
    headers = {"Cache-Control": "no-store"}
    if not ready.ready:
        headers["Retry-After"] = str(ready.retry_after_s)
    body = {
        "ready": ready.ready,
        "reasons": list(ready.reasons),
        "live": ready.live,
        "capacity": ready.capacity,
    }
    return web.json_response(body, status=200 if ready.ready else 503, headers=headers)


async def prometheus(request: web.Request) -> web.Response:
    """Figures in Prometheus' text format."""
    ctx = context(request)
    if not ctx.settings.metrics:
        raise Problem(404, "metrics_off", "Metrics are switched off here.")
    ready = ctx.readiness()
    ctx.metrics.live.set(ready.live)
    ctx.metrics.capacity.set(ready.capacity)
    ctx.metrics.ready.set(1 if ready.ready else 0)
    ctx.metrics.media.figures = ctx.desk.media() if ctx.desk is not None else None
    ctx.metrics.stt.status = ctx.desk.transcription() if ctx.desk is not None else None
    ctx.metrics.store.figures = ctx.desk.storage() if ctx.desk is not None else None
    return web.Response(
        body=metrics.render(ctx.metrics.registry),
        headers={"Content-Type": metrics.CONTENT_TYPE, "Cache-Control": "no-store"},
    )
