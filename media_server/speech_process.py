"""The role `speech`: the recognisers of this machine in one process, for all workers.

Without a queue in Redis it serves the workers on a socket. With one, the workers ask Redis, and
this process works for that queue as `media-server stt-worker` does.

SIGTERM comes when the last worker is gone, or when another process of this role has taken the
socket over: then this one ends at once, and the workers submit to the other what is unanswered. One
that was not sent by the supervisor is waited out until no worker is connected, for a while.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine

from media_server import collector
from media_server.beat import Heart, Watcher
from media_server.entrance import SocketName, listen_at
from media_server.ports import EngineUnavailable
from media_server.roles import Role
from media_server.stopping import Stopping
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.remote.redis_worker import RedisWorker
from media_server.stt.settings import SttSettings
from media_server.stt.shared.server import SpeechServer

logger = logging.getLogger(__name__)

EXIT_FAILED = 1
LEAVING_S = 25.0
_POLL_S = 0.1


def serve_speech(settings: SttSettings, role: Role, watcher: Watcher) -> int:
    """Blocking. 0: stopped as asked; 1: no recogniser can be used, as stderr says."""
    try:
        asyncio.run(_serve(settings, role, watcher))
    except EngineUnavailable as error:
        print(f"media-server: cannot start: {error}", file=sys.stderr)  # noqa: T201  # its answer
        return EXIT_FAILED
    return 0


async def _serve(settings: SttSettings, role: Role, watcher: Watcher) -> None:
    stopping = Stopping(LEAVING_S, let_go=lambda: None, interrupts=False)
    stopping.listen()
    heart = Heart(watcher)
    heart.start()
    try:
        if settings.redis_url:
            await _work_for_redis(settings, watcher, stopping)
        else:
            await _serve_workers(settings, role, watcher, stopping)
    finally:
        heart.stop()
        stopping.close()


async def _work_for_redis(settings: SttSettings, watcher: Watcher, stopping: Stopping) -> None:
    worker = RedisWorker(settings)
    try:
        if await _started(worker.start(), stopping):
            watcher.ready()
            collector.tune()
            await stopping.asked.wait()
            watcher.stopping()
    finally:
        await worker.close(drain_s=LEAVING_S / 2 if stopping.asked.is_set() else 0)


async def _serve_workers(
    settings: SttSettings, role: Role, watcher: Watcher, stopping: Stopping
) -> None:
    if role.speech_socket is None:
        raise EngineUnavailable("the process of the recognisers needs a directory for its socket")
    entrance = SocketName(role.speech_socket)
    listening = listen_at(entrance.draft)
    pool = LocalSpeechToText(settings)
    server = SpeechServer(pool, listening)
    try:
        await server.start()
        if not role.beside:
            entrance.take()  # workers that start beside it see that it loads
        try:
            started = await _started(pool.start(), stopping)
        except EngineUnavailable as error:
            server.unavailable(str(error))
            raise
        if started:
            server.pool_started()
            entrance.take()
            watcher.ready()
            collector.tune()
            await stopping.asked.wait()
            watcher.stopping()
            await _until_unneeded(server, entrance, stopping)
    finally:
        await server.close()
        await pool.close()
        entrance.close()
        listening.close()


async def _until_unneeded(server: SpeechServer, entrance: SocketName, stopping: Stopping) -> None:
    loop = asyncio.get_running_loop()
    end_s = loop.time() + LEAVING_S
    while server.workers and not entrance.replaced and not stopping.now.is_set():
        if loop.time() > end_s:
            return
        await asyncio.sleep(_POLL_S)


async def _started(starting: Coroutine[None, None, None], stopping: Stopping) -> bool:
    """False: it was asked to stop before. Raises what the start raises."""
    start = asyncio.ensure_future(starting)
    asked = asyncio.ensure_future(stopping.asked.wait())
    try:
        await asyncio.wait({start, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not start.done():
            return False
        await start
        return True
    finally:
        for one in (start, asked):
            one.cancel()
        await asyncio.gather(start, asked, return_exceptions=True)
