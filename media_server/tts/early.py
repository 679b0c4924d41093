"""A clip that is heard while its end is still being encoded.

When the engine has made a text, its length, its sentences and its levels are known; encoding is all
that is left, some fifty times faster than it is heard. So the clip is given away with its first
packets, and the others join it.
"""

from __future__ import annotations

import asyncio

from media_server.audio.growing_packets import GrowingPackets
from media_server.audio.types import SpeechClip
from media_server.sentences import split_sentences
from media_server.tts.clip_codec import BadClip, piece_from_bytes


class EarlyClip:
    """Of one text. `first` gets the clip with its first packets; `end` must be called."""

    def __init__(self, key: str, text: str, first: asyncio.Future[SpeechClip]) -> None:
        self._key = key
        self._text = text
        self._first = first
        self._packets: GrowingPackets | None = None

    def take(self, data: bytes) -> None:
        """A piece as the speech child gave it. One that is damaged is left out: what follows it is
        heard when the whole clip is there."""
        try:
            piece = piece_from_bytes(data)
        except BadClip:
            return
        if self._packets is None:
            sentences = split_sentences(self._text)
            if piece.at or len(piece.starts_s) != len(sentences) or self._first.done():
                return
            self._packets = GrowingPackets(piece.total)
            self._packets.add(0, piece.packets)
            self._first.set_result(
                SpeechClip(
                    key=self._key,
                    text=self._text,
                    packets=self._packets,
                    engine=piece.engine,
                    voice=piece.voice,
                    sentences=tuple(zip(piece.starts_s, sentences, strict=True)),
                    levels=piece.levels,
                )
            )
            return
        self._packets.add(piece.at, piece.packets)

    def complete(self, whole: SpeechClip) -> None:
        """All of it is there."""
        if self._packets is not None:
            self._packets.add(0, whole.packets)

    def end(self) -> None:
        """Nothing more will come: it is on the disk, or the rest could not be made."""
        if self._packets is not None:
            self._packets.end()
