"""What the bot said, kept beside the recording: evidence of what was asked, and how.

Written when the sound has begun, by a task of the session; nothing waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import struct
from collections.abc import Callable

from media_server.audio.growing_packets import GrowingPackets
from media_server.audio.ogg import OggOpusWriter
from media_server.audio.types import PACKET_MS, SpeechClip
from media_server.ports import Blobs, StoreUnavailable

logger = logging.getLogger(__name__)

PREFIX = "said-"
"""What the names of kept clips begin with."""
TRY_AGAIN_S = 5.0
ASK_S = 1.0
"""Whether it was kept before. To keep it twice does no harm."""
WHOLE_S = 30.0
"""Until the end of a clip is encoded that was heard before: some tenths of a second."""


def clip_name(clip: SpeechClip) -> str:
    """By its sound: what was said twice is kept once. SHA-256 over the packets, each after its
    length; takes about 50 µs for some seconds of speech. What is named before all of it is encoded
    has its name from its key: voice and words."""
    digest = hashlib.sha256()
    if isinstance(clip.packets, GrowingPackets):
        digest.update(f"key {clip.key}".encode())
        return f"{PREFIX}{digest.hexdigest()[:32]}.ogg"
    for packet in clip.packets:
        digest.update(struct.pack(">H", len(packet)) + packet)
    return f"{PREFIX}{digest.hexdigest()[:32]}.ogg"


def clip_file(clip: SpeechClip) -> bytes:
    """Ogg Opus (RFC 7845), the same bytes each time. Blocking: some ms."""
    serial = int.from_bytes(hashlib.sha256(clip_name(clip).encode()).digest()[:4], "big")
    writer = OggOpusWriter(serial=serial)
    pages = [writer.header()]
    packets = [packet for packet in clip.packets if packet]
    pages += [writer.add(n * PACKET_MS / 1000, packet) for n, packet in enumerate(packets)]
    return b"".join([*pages, writer.finish()])


class KeptClips:
    """Of one session. Nothing is kept of an interview that is not recorded."""

    def __init__(
        self,
        interview_id: str,
        blobs: Blobs,
        *,
        record_audio: bool,
        count: Callable[[str], None],
    ) -> None:
        self._interview_id = interview_id
        self._blobs = blobs
        self._record_audio = record_audio
        self._count = count
        self._kept: set[str] = set()
        self._cut: set[str] = set()
        """What was kept without its end: the next time that it is said it may have one."""

    def name_of(self, clip: SpeechClip) -> str:
        """Under which it is going to be kept; "": it is not."""
        return clip_name(clip) if self._record_audio else ""

    async def keep(self, clip: SpeechClip) -> None:
        """Once. A store that is away is asked a second time; then the clip is missing in the
        report, and the interview has gone on all the same."""
        name = self.name_of(clip)
        if not name or name in self._kept:
            return
        self._kept.add(name)
        await _ended(clip)
        data = await asyncio.to_thread(clip_file, clip)
        kept = await self._put(name, data)
        if not kept:
            await asyncio.sleep(TRY_AGAIN_S)
            kept = await self._put(name, data)
        if kept and not _is_whole(clip):
            self._cut.add(name)
            self._kept.discard(name)
        elif not kept:
            self._kept.discard(name)  # the next time that it is said
            self._count("clips_unkept")
            logger.error("interview %s: a clip could not be kept", self._interview_id)

    async def _put(self, name: str, data: bytes) -> bool:
        try:
            if name in self._cut or not await self._is_kept(name):
                await self._blobs.put(self._interview_id, name, data)
        except StoreUnavailable:
            return False
        return True

    async def _is_kept(self, name: str) -> bool:
        """False also while object storage is away or slow: it is kept here, and goes there later.
        The session may be over before a slow one has answered."""
        try:
            async with asyncio.timeout(ASK_S):
                return await self._blobs.find(self._interview_id, name) is not None
        except (StoreUnavailable, TimeoutError):
            return False


def _is_whole(clip: SpeechClip) -> bool:
    packets = clip.packets
    return not isinstance(packets, GrowingPackets) or (packets.ended and not packets.cut)


async def _ended(clip: SpeechClip) -> None:
    """All of it is encoded. What is not within `WHOLE_S` is kept as far as it was heard."""
    packets = clip.packets
    if isinstance(packets, GrowingPackets) and not packets.ended:
        ended = asyncio.Event()
        packets.when_ended(ended.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WHOLE_S):
                await ended.wait()
