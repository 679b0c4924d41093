"""TextToSpeech: memory, then disk, then the child; one synthesis for all who want the same words.

Which engine speaks is settled per language when the child announces its engines and never changes
in mid-interview for a text that failed: a voice that changes is worse than a line of text.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from media_server.audio.types import SpeechClip
from media_server.ports import SpeechUnavailable
from media_server.tts.cache import SpeechCache
from media_server.tts.clip_codec import BadClip, EncodedSpeech, from_bytes
from media_server.tts.encode import ENCODER_VERSION
from media_server.tts.engine import EngineInfo, choose
from media_server.tts.host import ChildHost
from media_server.tts.text import MAX_TEXT_CHARS, split_sentences

logger = logging.getLogger(__name__)

T = TypeVar("T")
_DISK_TIMEOUT_S = 1.0
_DISK_CALLS_LIMIT = 64
_MAKING_LIMIT = 256


def clip_key(engine: EngineInfo, locale: str, text: str) -> str:
    """SHA-256 (hex) over all that decides the bytes."""
    parts = (engine.name, engine.voice, engine.detail, ENCODER_VERSION, locale.lower(), text)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class SpeechService:
    """The `TextToSpeech` of the server. `start` never fails for want of a voice: `speak` does."""

    def __init__(self, host: ChildHost, cache: SpeechCache | None, *, memory_bytes: int) -> None:
        self._host = host
        self._cache = cache
        self._memory_bytes = memory_bytes
        self._memory: OrderedDict[str, SpeechClip] = OrderedDict()
        self._memory_used = 0
        self._making: dict[str, asyncio.Task[SpeechClip]] = {}
        self._disk: ThreadPoolExecutor | None = None
        self._disk_calls = 0
        self._disk_problem = ""
        self.counters = {"memory": 0, "disk": 0, "made": 0, "failed": 0}

    async def start(self) -> None:
        if self._cache is not None:
            self._disk = ThreadPoolExecutor(max_workers=2, thread_name_prefix="speech-cache")
            await self._on_disk(self._cache.open)
        await self._host.start()
        logger.info("voice: %s", self.describe())

    async def close(self) -> None:
        for task in tuple(self._making.values()):
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        self._making.clear()
        await self._host.close()
        if self._disk is not None:
            self._disk.shutdown(wait=False, cancel_futures=True)
            self._disk = None

    async def speak(self, text: str, *, locale: str, deadline_s: float) -> SpeechClip:
        """Raises SpeechUnavailable. The making goes on after the deadline, for the cache."""
        if len(text) > MAX_TEXT_CHARS:
            raise SpeechUnavailable(f"the text is longer than {MAX_TEXT_CHARS} characters")
        engines = self._host.engines
        index = choose(engines, locale)
        if index is None:
            raise SpeechUnavailable(self._host.problem or self._no_voice(locale))
        key = clip_key(engines[index], locale, text)
        clip = self._memory.get(key)
        if clip is not None:
            self._memory.move_to_end(key)
            self.counters["memory"] += 1
            return clip
        task = self._making.get(key)
        if task is None:
            if len(self._making) >= _MAKING_LIMIT:
                raise SpeechUnavailable("too many texts wait for the voice already")
            task = asyncio.create_task(self._make(key, index, text, locale), name="speech")
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        try:
            async with asyncio.timeout(deadline_s):
                return await asyncio.shield(task)
        except TimeoutError:
            raise SpeechUnavailable(f"no sound within {deadline_s:g} s") from None
        except asyncio.CancelledError:
            if task.cancelled():
                raise SpeechUnavailable("the voice is being closed") from None
            raise

    def describe(self) -> str:
        if not self._host.engines:
            return f"none ({self._host.problem or '; '.join(self._host.problems.values())})"
        return ", then ".join(
            " ".join(filter(None, (engine.name, engine.voice, engine.detail)))
            for engine in self._host.engines
        )

    def _no_voice(self, locale: str) -> str:
        if not self._host.engines:
            return "no speech engine can be used: " + "; ".join(self._host.problems.values())
        return f"no speech engine here speaks {locale[:35]!r}"

    def _made(self, key: str, task: asyncio.Task[SpeechClip]) -> None:
        self._making.pop(key, None)
        if not task.cancelled() and task.exception() is not None:
            self.counters["failed"] += 1

    async def _make(self, key: str, engine: int, text: str, locale: str) -> SpeechClip:
        body = await self._from_disk(key)
        clip = self._clip(key, text, body) if body is not None else None
        if clip is not None:
            self.counters["disk"] += 1
            return clip
        body = await self._host.synthesize(engine, text, locale)
        clip = self._clip(key, text, body)
        if clip is None:
            raise SpeechUnavailable("the speech process answered nonsense")
        self.counters["made"] += 1
        await self._to_disk(key, body)
        return clip

    def _clip(self, key: str, text: str, body: bytes) -> SpeechClip | None:
        """None: damaged in a way that the checksum cannot show (made by another version)."""
        sentences = split_sentences(text)
        try:
            speech: EncodedSpeech = from_bytes(body)
        except BadClip:
            return None
        if len(speech.starts_s) != len(sentences):
            return None
        clip = SpeechClip(
            key=key,
            text=text,
            packets=speech.packets,
            engine=speech.engine,
            voice=speech.voice,
            sentences=tuple(zip(speech.starts_s, sentences, strict=True)),
        )
        self._remember(clip)
        return clip

    def _remember(self, clip: SpeechClip) -> None:
        self._memory[clip.key] = clip
        self._memory_used += _size(clip)
        while self._memory and self._memory_used > self._memory_bytes:
            _, old = self._memory.popitem(last=False)
            self._memory_used -= _size(old)

    # --- disk ---

    async def _from_disk(self, key: str) -> bytes | None:
        cache = self._cache
        return await self._on_disk(lambda: cache.get(key)) if cache is not None else None

    async def _to_disk(self, key: str, body: bytes) -> None:
        cache = self._cache
        if cache is None:
            return
        await self._on_disk(lambda: cache.put(key, body))
        if cache.problem != self._disk_problem:
            self._disk_problem = cache.problem
            if cache.problem:
                logger.warning("speech is not cached on disk: %s", cache.problem)

    async def _on_disk(self, work: Callable[[], T]) -> T | None:
        """None when the disk is too slow or too busy: the cache is a convenience."""
        if self._disk is None or self._disk_calls >= _DISK_CALLS_LIMIT:
            return None
        self._disk_calls += 1
        loop = asyncio.get_running_loop()
        running = self._disk.submit(work)
        running.add_done_callback(lambda _: self._loop_safe_release(loop))
        try:
            async with asyncio.timeout(_DISK_TIMEOUT_S):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            return None

    def _loop_safe_release(self, loop: asyncio.AbstractEventLoop) -> None:
        """From the disk's thread: a call that hangs keeps its place until it really ends."""

        def release() -> None:
            self._disk_calls -= 1

        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(release)


def _size(clip: SpeechClip) -> int:
    return sum(map(len, clip.packets)) + 64 * len(clip.packets)
