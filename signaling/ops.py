"""For the operator: how each worker is, which turns were slow, what an interview decided: /v1/ops.

Whoever asks has a key of the operator's own (scope `ops`), and sees every tenant's interviews, but
no word of them. Words are asked for by name, and each time is written down.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import math
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from aiohttp import web

from media_server.attention import STALLS_S, Watched, signs, worst
from media_server.interview.result import iso
from media_server.logging import AUDIT
from media_server.ports import InterviewService, MediaFigures, Public, StoreFigures, SttStatus
from media_server.ports.load import LoadFigures
from media_server.ports.operations import Decision
from media_server.ports.turn_trace import TurnTrace
from signaling.context import Context, context
from signaling.principals import Principal, principal
from signaling.problems import Problem

logger = logging.getLogger(AUDIT)

DEFAULT_TURNS, DEFAULT_ENTRIES, MAX_LISTED = 20, 50, 500
AT_ONCE = 10
"""Entries that are written as JSON before others have the loop: about a millisecond."""
STALLS_SHOWN_S = 3600.0
_CALLS = {"opened": "calls_opened", "connected": "calls_connected", "in_writing": "calls_text"}
_TROUBLES = {
    "interview not written": "session_store_trouble",
    "spool not read or trimmed": "session_spool_trouble",
    "recording ended early": "recordings_failed",
    "store not writable": "store_probe_failures",
    "retention failed": "retention_failed",
    "upload failed": "blob_upload_failures",
}


async def show(request: web.Request) -> web.Response:
    """Get how each worker is.

    Its load, calls, refusals by reason, recognisers, store and stalls, and what to look at. For a
    page that asks every 2 s: from memory, at once. Behind a front: of every worker.
    """
    query = _query(request, "history")
    ctx = context(request)
    worker = _worker(ctx, ctx.live(), history=_flag(query, "history"))
    return _json({"now": iso(ctx.wall_s()), "workers": [worker], "silent": []})


async def turns(request: web.Request) -> web.Response:
    """List the slowest turns of the last hour with their stages.

    By what the server made of the wait, longest first. Ids and times, no words.
    """
    query = _query(request, "limit")
    limit = _limit(query, DEFAULT_TURNS)
    ctx = context(request)
    found = ctx.live().operations.slowest_turns(limit)
    return _json({"now": iso(ctx.wall_s()), "turns": [_turn(one) for one in found]})


async def interview(request: web.Request) -> web.Response:
    """List the last decisions of an interview, whosever it is.

    The end of its log: type, time, state, reason, ids and numbers. `words=true` adds what was
    said, for a key that has the scope `read` as well; the log then says who asked.
    """
    query = _query(request, "limit", "words")
    limit, words = _limit(query, DEFAULT_ENTRIES), _flag(query, "words")
    who, ctx = principal(request), context(request)
    if words and "read" not in who.scopes:
        raise Problem(403, "missing_scope", "Words need the scope read beside ops.")
    found = await ctx.live().operations.decisions(request.match_info["interview"], limit)
    if words:
        _write_down(ctx, who, found.interview_id)
    about = {
        "interview": found.interview_id,
        "tenant": found.tenant,
        "status": found.status,
        "created_at": iso(found.created_s),
        "version": found.version,
        "live": found.live,
        "damage": found.damage,
    }
    entries = await written(found.entries, words=words)
    text = f'{json.dumps(about)[:-1]}, "entries": {entries}}}'
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=text, content_type="application/json", headers=headers)


def _write_down(ctx: Context, who: Principal, interview_id: str) -> None:
    """Before the words leave."""
    ctx.metrics.words_read.inc()
    logger.info("the words of interview %s: read with key %s", interview_id, Public(who.key))


# --- one worker -----------------------------------------------------------------------------------


def _worker(ctx: Context, service: InterviewService, *, history: bool) -> dict[str, Any]:
    load, stt, store = service.load(), service.transcription(), service.storage()
    media, ready = service.media(), ctx.readiness()
    stalls = list(_stalls(ctx, STALLS_SHOWN_S))
    uptime_s = ctx.now_s() - ctx.started_s
    restarts = ctx.metrics.restarts.figures
    found = signs(
        Watched(
            ready,
            load,
            stt,
            store,
            bool(service.language_model().gauges.get("open")),
            None if restarts is None else restarts.counts,
            None if restarts is None or restarts.ago_s is None else restarts.ago_s + uptime_s,
            sum(1 for _ in _stalls(ctx, STALLS_S)),
        )
    )
    return {
        "number": ctx.worker,
        "pid": os.getpid(),
        "version": _version(),
        "started_at": iso(ctx.wall_s() - uptime_s),
        "uptime_s": round(uptime_s, 1),
        "health": worst(found),
        "signs": [asdict(sign) for sign in found],
        "ready": ready.ready,
        "load": _load(load),
        "calls": {name: _whole(media, key) for name, key in _CALLS.items()},
        "closed": dict(sorted(media.closed.items())),
        "refusals": dict(sorted(_refusals(ctx, media, load))),
        "stt": _recogniser(stt),
        "store": _store(store, media),
        "stalls": ctx.metrics.stalls.count,
        "recent_stalls": stalls,
        "restarts": None if restarts is None else dict(restarts.counts),
        "history": _history(ctx) if history else None,
    }


def _load(load: LoadFigures) -> dict[str, Any]:
    told = {**asdict(load), "refuses": list(load.refuses), "stt_wait_s": _finite(load.stt_wait_s)}
    del told["refused"]  # beside what else was turned away: `_refusals`
    return told


def _refusals(ctx: Context, media: MediaFigures, load: LoadFigures) -> Iterator[tuple[str, int]]:
    """Calls by the reason for which they were refused, and what else was turned away."""
    yield from load.refused.items()
    if ctx.worker:
        yield "kept", ctx.refused_for_front
    yield "rehearsal", _whole(media, "rehearsals_refused")
    site = ctx.metrics.connections.figures
    if site is not None:
        yield "connection_limit", site.refused
        yield "connection_slow", site.timed_out


def _recogniser(stt: SttStatus) -> dict[str, Any]:
    return {
        "engine": stt.engine,
        "model": stt.model,
        "workers_ready": stt.workers_ready,
        "workers_wanted": stt.workers_wanted,
        "running": stt.running,
        "queued": stt.queued,
        "queued_interims": stt.queued_interims,
        "oldest_queued_s": round(stt.oldest_queued_s, 3),
        "saturated": stt.saturated,
        "trouble": stt.trouble,
        "given_up": stt.counters.get("dead_letters", 0),
    }


def _store(store: StoreFigures, media: MediaFigures) -> dict[str, Any]:
    free = store.gauges.get("disk_free_bytes")
    counters = {**media.counters, **store.counters}
    return {
        "ready": bool(store.gauges.get("store_ready", 0)),
        "spool_failing": bool(store.gauges.get("spool_failing", 0)),
        "disk_free_bytes": None if free is None else round(free),
        "interviews_damaged": round(store.gauges.get("interviews_damaged", 0)),
        "troubles": {name: round(counters.get(key, 0)) for name, key in _TROUBLES.items()},
    }


def _stalls(ctx: Context, within_s: float) -> Iterator[dict[str, Any]]:
    """The newest first."""
    now_s = time.monotonic()
    for held in reversed(tuple(ctx.metrics.stalls.recent)):
        if now_s - held.until_s <= within_s:
            yield {
                "at": iso(held.at_s),
                "held_ms": held.held_ms,
                "computing_ms": held.computing_ms,
                "stack": list(held.stack),
            }


def _history(ctx: Context) -> list[dict[str, Any]]:
    return [
        {
            "at": iso(sample.at_s),
            "in_call": sample.in_call,
            "loop_lag_p99_s": round(sample.loop_lag_p99_s, 4),
            "cpu_cores": round(sample.cpu_cores, 3),
            "machine_cpu": round(sample.machine_cpu, 3),
            "stt_wait_s": _finite(sample.stt_wait_s),
        }
        for sample in ctx.history.samples()
    ]


# --- turns and decisions --------------------------------------------------------------------------


def _turn(one: TurnTrace) -> dict[str, Any]:
    begun_s = one.speech_ended_s
    return {
        "turn_id": one.turn_id,
        "interview": one.interview_id,
        "turn_epoch": one.turn_epoch,
        "connection_epoch": one.connection_epoch,
        "ended_by": one.ended_by,
        "utterance_id": one.utterance_id,
        "utterance_kind": one.utterance_kind,
        "speech_ended_at": iso(begun_s),
        "reply_s": round(one.reply_s, 3),
        "waited_s": round(one.waited_s, 3),
        "stages": [
            {"stage": part.stage, **_when(part.start_s - begun_s, part.length_s)}
            for part in one.stages
        ],
        "works": [
            {"work": part.work, **_when(part.start_s - begun_s, part.length_s), "ref": part.ref}
            for part in one.works
        ],
        "server": one.server,
    }


def _when(from_s: float, length_s: float) -> dict[str, float]:
    return {"from_s": round(from_s, 3), "length_s": round(length_s, 3)}


async def written(entries: Sequence[Decision], *, words: bool) -> str:
    """As JSON, a few at a time: what was said, and what models were asked, may be megabytes, and
    calls share this loop."""
    texts = []
    for number, one in enumerate(entries, 1):
        texts.append(json.dumps(_decision(one, words=words)))
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
    return f"[{', '.join(texts)}]"


def _decision(one: Decision, *, words: bool) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "at": iso(one.at_s),
        "type": one.type,
        "state": one.state,
        "facts": dict(one.facts),
        "held_back": sorted(one.held_back),
        "words": dict(one.held_back) if words else None,
    }


# --- requests -------------------------------------------------------------------------------------


def _query(request: web.Request, *known: str) -> Mapping[str, str]:
    """Raises Problem 400 for a parameter that there is not."""
    for name in request.query:
        if name not in known:
            raise Problem(400, "unknown_parameter", f"Known parameters: {', '.join(known)}.")
    return request.query


def _flag(query: Mapping[str, str], name: str) -> bool:
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise Problem(400, f"bad_{name}", f"{name} must be true or false.")
    return value == "true"


def _limit(query: Mapping[str, str], default: int) -> int:
    text = query.get("limit", str(default))
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_LISTED:
        raise Problem(400, "bad_limit", f"limit must be a number from 1 to {MAX_LISTED}.")
    return int(text)


def _whole(media: MediaFigures, key: str) -> int:
    return round(media.counters.get(key, 0))


def _finite(seconds: float) -> float | None:
    """JSON has no infinity: nobody works, and it would be for good."""
    return round(seconds, 3) if math.isfinite(seconds) else None


@functools.cache
def _version() -> str:
    return version("media-server")


def _json(body: Mapping[str, Any]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})
