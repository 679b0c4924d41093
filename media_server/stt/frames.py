"""Framing between the server and its transcription workers: a JSON header and raw PCM bytes.

Layout: header length and body length, each 4 bytes big endian, then the two. No pickle: what a
worker sends is parsed as data, whatever happened inside it. Sans-IO, in the manner of h11.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from media_server.audio.types import Pcm
from media_server.interview.texts import without_unwanted
from media_server.ports import SttJob, Transcription, Window, Word

PREFIX = struct.Struct(">II")
MAX_HEADER_BYTES = 4 * 1024 * 1024
"""A batch of transcriptions with all their words is far below."""
MAX_BODY_BYTES = 32 * 1024 * 1024
"""About 17 minutes of audio; a segment has 20 seconds, a batch ten minutes at most."""


class BadFrame(Exception):
    """The other side does not speak this framing; the connection is of no further use."""


def encode(header: Mapping[str, Any], body: bytes = b"") -> bytes:
    """One frame. Raises BadFrame when it is over the limits."""
    return encode_head(header, len(body)) + body


def encode_head(header: Mapping[str, Any], body_bytes: int) -> bytes:
    """A frame without its body, which may so be sent from where it lies. Raises BadFrame."""
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    if len(text) > MAX_HEADER_BYTES or body_bytes > MAX_BODY_BYTES:
        raise BadFrame("frame over the size limit")
    return PREFIX.pack(len(text), body_bytes) + text


class FrameReader:
    """Bytes in, in any pieces; whole frames out. Holds at most one incomplete frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[dict[str, Any], bytes]]:
        """Frames completed by `data`, in order: header and body each. Raises BadFrame, for good."""
        self._buffer += data
        frames: list[tuple[dict[str, Any], bytes]] = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> tuple[dict[str, Any], bytes] | None:
        if len(self._buffer) < PREFIX.size:
            return None
        header_bytes, body_bytes = PREFIX.unpack_from(self._buffer)
        if header_bytes > MAX_HEADER_BYTES or body_bytes > MAX_BODY_BYTES:
            raise BadFrame("frame over the size limit")
        middle = PREFIX.size + header_bytes
        end = middle + body_bytes
        if len(self._buffer) < end:
            return None
        header = parse_header(bytes(self._buffer[PREFIX.size : middle]))
        body = bytes(self._buffer[middle:end])
        del self._buffer[:end]
        return header, body


def parse_header(text: bytes) -> dict[str, Any]:
    """A JSON object with a string `type`. Raises BadFrame."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("the header is not JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise BadFrame("the header has no type")
    return header


def job_header(job: SttJob) -> dict[str, Any]:
    """What a worker needs beside the PCM. Ids stay behind: a token stands for them."""
    return {
        "samples": int(job.pcm.size),
        "language": job.language,
        "final": job.final,
        "glossary": list(job.glossary),
        "speech_ms": job.speech_ms,
        "record": job.record,
    }


def pcm_bytes(pcm: Pcm) -> bytes:
    """Signed 16 bit little endian, a copy: as it travels, and as a WAV file has it."""
    return np.ascontiguousarray(pcm, dtype="<i2").tobytes()


def pcm_view(pcm: Pcm) -> memoryview:
    """The bytes of `pcm` as they travel, without a copy where the machine is little endian."""
    return np.ascontiguousarray(pcm, dtype="<i2").view(np.uint8).data


def pcm_array(data: bytes | memoryview) -> Pcm:
    """Shape (samples,), int16; little endian machines copy nothing. BadFrame: half a sample."""
    if len(data) % 2:
        raise BadFrame("half a sample")
    return np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)


def transcription_header(made: Transcription) -> dict[str, Any]:
    """Every field as JSON values; `transcription_from` reads it.

    Raises AttributeError, TypeError or ValueError for what an engine took for a transcription.
    """
    return {
        "text": made.text,
        "words": [[w.text, w.start_s, w.end_s, w.confidence] for w in made.words],
        "engine": made.engine,
        "model": made.model,
        "language": made.language,
        "confidence": made.confidence,
        "rejected": made.rejected,
        "rejected_text": made.rejected_text,
        "window": made.window,
    }


def transcription_from(header: Any) -> Transcription:
    """Raises BadFrame: a worker is not trusted to be of the same version, or sane."""
    try:
        confidence = header["confidence"]
        return Transcription(
            text=_text(header["text"]),
            words=tuple(
                Word(_text(text), float(start), float(end), None if c is None else float(c))
                for text, start, end, c in header["words"]
            ),
            engine=_text(header["engine"]),
            model=_text(header["model"]),
            language=_text(header["language"]),
            confidence=None if confidence is None else float(confidence),
            rejected=_text(header["rejected"]),
            # A worker of an earlier version, on another machine, does not say it.
            rejected_text=_text(header.get("rejected_text", "")),
            window=_window(header.get("window", "")),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadFrame("not a transcription") from error


def _window(value: Any) -> Window:
    """A word that only a later version knows counts as none."""
    return value if value in get_args(Window) else ""


def _text(value: Any) -> str:
    """What a server of others made of audio is cleaned as what a candidate typed."""
    if not isinstance(value, str):
        raise TypeError("text expected")
    return without_unwanted(value)
