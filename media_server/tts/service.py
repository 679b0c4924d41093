"""TextToSpeech: memory, then disk, then a child; one synthesis for all who want the same words.

The first voice of the language speaks. When it fails, or has no sound ready in half of the time
there is and the next one lives in another process, the next one speaks: a voice that changes is
better than none. What is cached is heard again whoever said it and whether it could say it now:
every candidate hears the same.

Over 400 lines on purpose: it is one way from a text to its clip, whose steps share what is being
made.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from media_server.audio.growing_packets import GrowingPackets
from media_server.audio.types import SpeechClip
from media_server.delivery import PLAIN, Delivery
from media_server.ports import Public, SpeechUnavailable, StoreUnavailable
from media_server.sentences import split_sentences
from media_server.tts.cache import SpeechCache
from media_server.tts.clip_codec import BadClip, EncodedSpeech, from_bytes, to_bytes
from media_server.tts.disk_calls import DiskCalls
from media_server.tts.early import EarlyClip
from media_server.tts.owners import ClipOwners
from media_server.tts.text import MAX_TEXT_CHARS
from media_server.tts.voices import Voice, Voices
from media_server.tts.words import Words

logger = logging.getLogger(__name__)

T = TypeVar("T")
ERASE_TIMEOUT_S = 5.0
_MAKING_LIMIT = 256
_SILENT_KEPT = 100
_DISK_RETRY_S = 60.0
"""Between two texts that are made ahead although the last one could not be written."""


@dataclass(frozen=True, slots=True)
class _Making:
    task: asyncio.Task[SpeechClip]
    first: asyncio.Future[SpeechClip]
    """The same, as soon as any of it can be heard."""


class SpeechService:
    """The `TextToSpeech` of the server. `start` never fails for want of a voice: `speak` does."""

    def __init__(self, voices: Voices, cache: SpeechCache | None, *, memory_bytes: int) -> None:
        self._voices = voices
        self._cache = cache
        self._memory_bytes = memory_bytes
        self._memory: OrderedDict[str, SpeechClip] = OrderedDict()
        self._memory_used = 0
        self._owners = ClipOwners()
        self._making: dict[str, _Making] = {}
        self._finding: dict[tuple[str, ...], asyncio.Task[SpeechClip | None]] = {}
        self._disk = DiskCalls()
        self._disk_problem = ""
        self._disk_tried_s = 0.0
        self._silent: set[str] = set()
        """Locales without a voice, of which the log knows."""
        self.counters = {"memory": 0, "disk": 0, "made": 0, "ahead": 0, "failed": 0}

    async def start(self) -> None:
        if self._cache is not None:
            self._disk.start()
            await self._disk.call(self._cache.open)
        await self._voices.start()
        logger.debug("voice: %s", Public(self.describe()))
        if self._voices.hint:
            logger.info("%s", Public(self._voices.hint))

    async def close(self) -> None:
        tasks = (*self._finding.values(), *(making.task for making in self._making.values()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._making.clear()
        await self._voices.close()
        self._disk.close()

    async def speak(
        self,
        text: str,
        *,
        locale: str,
        deadline_s: float,
        interview_id: str = "",
        delivery: Delivery = PLAIN,
        early: bool = False,
    ) -> SpeechClip:
        """Raises SpeechUnavailable. The making goes on after the deadline, for the cache.
        `interview_id`: whose words these are; they go when all are erased that say them. `early`:
        see `ports.TextToSpeech`."""
        if len(text) > MAX_TEXT_CHARS:
            raise SpeechUnavailable(f"the text is longer than {MAX_TEXT_CHARS} characters")
        words = Words(text, locale, delivery)
        try:
            async with asyncio.timeout(deadline_s):
                clip = await self._cached(words, interview_id)
                if clip is None:
                    voices = self._voices.usable(locale)
                    if not voices:
                        raise SpeechUnavailable(self._voices.why_not(locale))
                    clip = await self._first_of(
                        voices, words, deadline_s, interview_id, early=early
                    )
        except TimeoutError:
            raise SpeechUnavailable(f"no sound within {deadline_s:g} s") from None
        self._keep(clip, interview_id)
        return clip

    async def prepare(self, text: str, *, locale: str, interview_id: str = "") -> bool:
        """Have the clip on the disk (in memory, where nothing is kept on disk) before anybody waits
        for it: made after all that is waited for. False: it is not there, `speak` will see. Nothing
        is made while the first voice of the language rests (what another says for it is not heard
        once it is back), nor while the disk takes nothing, but for a try a minute."""
        voices = self._voices.usable(locale)
        if not voices and locale not in self._silent and len(self._silent) < _SILENT_KEPT:
            self._silent.add(locale)
            logger.warning(
                "candidates read the questions: %s", Public(self._voices.why_not(locale))
            )
        if len(text) > MAX_TEXT_CHARS or not voices:
            return False
        first = self._voices.remembered(locale)[0]
        words = Words(text, locale)
        key = words.key(first)
        self._owners.use((key,), interview_id)
        if await self._is_kept(key, interview_id):
            return True
        if voices[0].engine != first or not self._voices.is_well(first) or self._disk_rests():
            return False
        try:
            task = self._begin(key, voices[0], words, interview_id, later=True).task
        except SpeechUnavailable:
            return False
        await asyncio.wait((task,))
        return _error(task) is None and await self._is_kept(key, interview_id)

    def _disk_rests(self) -> bool:
        """Whether a text that is made now is made for nothing, in all likelihood."""
        if self._cache is None or not self._cache.problem:
            return False
        now_s = time.monotonic()
        if now_s - self._disk_tried_s < _DISK_RETRY_S:
            return True
        self._disk_tried_s = now_s
        return False

    async def _is_kept(self, key: str, owner: str) -> bool:
        cache = self._cache
        if cache is None:
            return key in self._memory

        def work() -> bool:
            found = cache.claim(key, owner)
            if found:
                self._discard_of_erased(cache, key, owner)
            return found

        return bool(await self._disk.call(work))

    async def erase(self, interview_id: str) -> None:
        """What it alone has said is forgotten here and removed from the disk, also what is being
        made for it now. Raises StoreUnavailable: call it again."""
        self._owners.erase(interview_id)
        for key in self._owners.of_nobody():
            self._drop(key)
        cache = self._cache
        if cache is None:
            return
        try:
            await self._disk.must(lambda: cache.erase(interview_id), ERASE_TIMEOUT_S)
        except (TimeoutError, OSError) as error:
            raise StoreUnavailable(
                f"the speech of an interview could not be removed: {type(error).__name__}"
            ) from error

    async def interviews(self) -> dict[str, float]:
        """Those with speech of their own on this disk, and when it was last written."""
        cache = self._cache
        found = None if cache is None else await self._disk.call(cache.owners)
        return found or {}

    async def _cached(self, words: Words, owner: str) -> SpeechClip | None:
        """Of the first voice that has said it, even if it rests or its process is down."""
        keys = tuple(words.key(engine) for engine in self._voices.remembered(words.locale))
        self._owners.use(keys, owner)
        held = next((n for n, key in enumerate(keys) if key in self._memory), len(keys))
        before = keys[:held]
        if before and self._cache is not None:
            name = (owner, *before)
            task = self._finding.get(name)
            if task is None:
                finding = self._find(before, words.text, owner)
                task = asyncio.create_task(finding, name="speech-disk")
                self._finding[name] = task
                task.add_done_callback(lambda _: self._finding.pop(name, None))
            await asyncio.wait((task,))  # others may wait for it as well
            error = _error(task)
            if error is not None:
                raise error
            clip = task.result()
            if clip is not None:
                return clip
        return next(filter(None, map(self._from_memory, keys)), None)

    async def _find(self, keys: tuple[str, ...], text: str, owner: str) -> SpeechClip | None:
        """The first that the disk has."""
        while keys:
            found = await self._from_disk(keys, owner)
            if found is None:
                return None
            key, body = found
            clip = self._clip(key, text, body)
            if clip is not None:
                self.counters["disk"] += 1
                return clip
            keys = keys[keys.index(key) + 1 :]
        return None

    def _from_memory(self, key: str) -> SpeechClip | None:
        clip = self._memory.get(key)
        if clip is not None:
            self._memory.move_to_end(key)
            self.counters["memory"] += 1
        return clip

    async def _first_of(
        self, voices: list[Voice], words: Words, deadline_s: float, owner: str, *, early: bool
    ) -> SpeechClip:
        """Each is begun when the one before it has failed or takes too long."""
        begun: set[asyncio.Future[SpeechClip]] = set()
        failure: BaseException | None = None
        patience_s = deadline_s
        for voice, after in zip(voices, [*voices[1:], None], strict=True):
            key = words.key(voice.engine)
            clip = self._from_memory(key)
            if clip is not None:  # made while the disk was asked
                return clip
            self._owners.use((key,), owner)
            making = self._begin(key, voice, words, owner)
            begun.add(making.first if early else making.task)
            patience_s /= 2
            # In the same process it would only wait behind the one that is slow.
            limit_s = patience_s if after is not None and after.host is not voice.host else None
            while begun:
                done, begun = await asyncio.wait(
                    begun, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    error = _error(task)
                    if error is None:
                        return task.result()
                    failure = failure or error
                if after is not None:
                    break
        raise failure or SpeechUnavailable("no voice was asked")

    def _begin(
        self, key: str, voice: Voice, words: Words, owner: str, *, later: bool = False
    ) -> _Making:
        """It goes on whoever stops waiting for it: others may, and the cache does."""
        making = self._making.get(key)
        if making is not None and not later:
            voice.host.hurry(voice.engine.name, words.text, words.locale, words.delivery)
        if making is None:
            if len(self._making) >= _MAKING_LIMIT:
                raise SpeechUnavailable("too many texts wait for the voice already")
            first: asyncio.Future[SpeechClip] = asyncio.get_running_loop().create_future()
            work = self._make(key, voice, words, owner, first, later=later)
            making = _Making(asyncio.create_task(work, name="speech"), first)
            self._making[key] = making
            making.task.add_done_callback(lambda done: self._made(key, done, first))
        return making

    @property
    def notice(self) -> str:
        """Which voice should speak and does not, and why; empty when all is well."""
        return self._voices.notice

    def figures(self) -> dict[str, int]:
        return {**self.counters, **self._voices.counters, "restarts": self._voices.restarts}

    def speaks(self, locale: str) -> bool:
        return bool(self._voices.remembered(locale))

    def describe(self, *, details: bool = True) -> str:
        return self._voices.describe(details=details)

    def _made(
        self, key: str, task: asyncio.Task[SpeechClip], first: asyncio.Future[SpeechClip]
    ) -> None:
        self._making.pop(key, None)
        error = _error(task)
        if error is not None and not task.cancelled():
            self.counters["failed"] += 1
        if first.done():
            return
        if error is None:
            first.set_result(task.result())
        else:
            first.set_exception(error)
            first.exception()  # those who waited for it have it; there may be none

    async def _make(
        self,
        key: str,
        voice: Voice,
        words: Words,
        owner: str,
        first: asyncio.Future[SpeechClip],
        *,
        later: bool,
    ) -> SpeechClip:
        text = words.text
        beginning = EarlyClip(key, text, first)
        try:
            body = await self._voices.synthesize(
                voice,
                text,
                words.locale,
                later=later,
                delivery=words.delivery,
                on_piece=beginning.take,
            )
            # What is needed some day takes no place in memory from what is said now.
            clip = self._clip(key, text, body, remember=not later or self._cache is None)
            if clip is None:
                raise SpeechUnavailable("the speech process answered nonsense")
            beginning.complete(clip)
            self.counters["ahead" if later else "made"] += 1
            if not await self._to_disk(key, body, owner) and later:
                self._remember(clip)
            return clip
        finally:
            beginning.end()

    def _clip(
        self, key: str, text: str, body: bytes, *, remember: bool = True
    ) -> SpeechClip | None:
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
            levels=speech.levels,
        )
        if remember:
            self._remember(clip)
        return clip

    def _drop(self, key: str) -> None:
        old = self._memory.pop(key, None)
        self._memory_used -= _size(old) if old is not None else 0
        self._owners.forget(key)

    def _remember(self, clip: SpeechClip) -> None:
        if not self._owners.wanted(clip.key):
            return  # erased while it was made
        old = self._memory.pop(clip.key, None)
        self._memory_used -= _size(old) if old is not None else 0
        self._memory[clip.key] = clip
        self._memory_used += _size(clip)
        while self._memory and self._memory_used > self._memory_bytes:
            self._drop(next(iter(self._memory)))

    # --- disk ---

    async def _from_disk(self, keys: tuple[str, ...], owner: str) -> tuple[str, bytes] | None:
        cache = self._cache
        if cache is None:
            return None

        def work() -> tuple[str, bytes] | None:
            for key in keys:
                body = cache.get(key, owner)
                if body is not None:
                    self._discard_of_erased(cache, key, owner)
                    return key, body
            return None

        return await self._disk.call(work)

    async def _to_disk(self, key: str, body: bytes, owner: str) -> bool:
        """Whether it is there now."""
        cache = self._cache
        if cache is None or self._owners.is_erased(owner):
            return False

        def work() -> bool:
            written = cache.put(key, body, owner)
            self._discard_of_erased(cache, key, owner)
            return written

        written = bool(await self._disk.call(work))
        if cache.problem != self._disk_problem:
            self._disk_problem = cache.problem
            if cache.problem:
                self._disk_tried_s = time.monotonic()
                logger.warning("speech is not cached on disk: %s", Public(cache.problem))
        return written

    def _keep(self, clip: SpeechClip, owner: str) -> None:
        """On disk it is this interview's too, wherever the clip came from. Not waited for: what
        memory holds is said at once, however slow the disk is."""
        cache = self._cache
        if cache is None or self._owners.is_erased(owner):
            return
        packets = clip.packets
        if isinstance(packets, GrowingPackets):
            if not packets.ended:
                packets.when_ended(lambda: self._keep(clip, owner))
                return
            if packets.cut:
                return

        def work() -> None:
            if not cache.claim(clip.key, owner):
                cache.put(clip.key, _body(clip), owner)
            self._discard_of_erased(cache, clip.key, owner)

        self._disk.submit(work)

    def _discard_of_erased(self, cache: SpeechCache, key: str, owner: str) -> None:
        """From the disk's thread, after it gave the owner something: erased meanwhile? An erasing
        that is noted after this look removes it by itself."""
        if self._owners.is_erased(owner):
            cache.discard(key, owner)


def _error(task: asyncio.Future[T]) -> BaseException | None:
    """Of a task that is done."""
    return SpeechUnavailable("the voice is being closed") if task.cancelled() else task.exception()


def _body(clip: SpeechClip) -> bytes:
    """As the voice's process gave it."""
    starts_s = tuple(start_s for start_s, _ in clip.sentences)
    packets = tuple(clip.packets)
    return to_bytes(EncodedSpeech(clip.engine, clip.voice, packets, starts_s, clip.levels))


def _size(clip: SpeechClip) -> int:
    return sum(map(len, clip.packets)) + 64 * len(clip.packets) + len(clip.levels)
