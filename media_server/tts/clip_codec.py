"""Packets and sentence starts as bytes: between the processes and, with a checksum, on disk. Pure.

A clip on its way from the speech child comes in pieces first, so that its beginning is heard while
its end is encoded.

The text is not among them: whoever asks for a clip has it.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_MAGIC = b"MSTTS1\n"
_LENGTH = struct.Struct(">H")
_DIGEST_BYTES = 32


class BadClip(Exception):
    """Not a clip, or a damaged one."""


@dataclass(frozen=True, slots=True)
class EncodedSpeech:
    engine: str
    voice: str
    packets: tuple[bytes, ...]
    starts_s: tuple[float, ...]
    """One per sentence."""
    levels: bytes = b""
    """See `SpeechClip.levels`; empty in what an earlier version made."""


@dataclass(frozen=True, slots=True)
class ClipPiece:
    """Some packets of a clip that is being encoded, and what is known of all of it."""

    engine: str
    voice: str
    at: int
    """Number of the first packet."""
    packets: tuple[bytes, ...]
    total: int
    """Packets of the whole clip."""
    starts_s: tuple[float, ...]
    levels: bytes
    """Of the whole clip, in its first piece; empty in the others."""


def piece_to_bytes(piece: ClipPiece) -> bytes:
    """Header, levels, packets."""
    header = json.dumps(
        {
            "engine": piece.engine,
            "voice": piece.voice,
            "at": piece.at,
            "total": piece.total,
            "starts_s": list(piece.starts_s),
            "level_bytes": len(piece.levels),
        },
        separators=(",", ":"),
    ).encode()
    return b"".join(
        (_LENGTH.pack(len(header)), header, piece.levels, *_framed(piece.packets)),
    )


def piece_from_bytes(data: bytes) -> ClipPiece:
    """Raises BadClip."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        begin = _LENGTH.size + length
        header = json.loads(data[_LENGTH.size : begin])
        packets_at = begin + int(header["level_bytes"])
        piece = ClipPiece(
            str(header["engine"]),
            str(header["voice"]),
            int(header["at"]),
            tuple(_unframed(data[packets_at:])),
            int(header["total"]),
            tuple(float(start) for start in header["starts_s"]),
            data[begin:packets_at],
        )
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise BadClip(f"not a piece of a clip: {type(error).__name__}") from None
    if piece.at < 0 or piece.at + len(piece.packets) > piece.total or not all(piece.packets):
        raise BadClip("a piece that has no place in its clip")
    return piece


def to_bytes(speech: EncodedSpeech) -> bytes:
    """Header, then a part for each packet: its levels (`level_bytes` of them) and the packet."""
    packets, levels = speech.packets, speech.levels
    size = len(levels) // len(packets) if packets else 0
    header = json.dumps(
        {
            "engine": speech.engine,
            "voice": speech.voice,
            "starts_s": list(speech.starts_s),
            "level_bytes": size,
        },
        separators=(",", ":"),
    ).encode()
    parts = [levels[at * size : at * size + size] + packet for at, packet in enumerate(packets)]
    return b"".join((_LENGTH.pack(len(header)), header, *_framed(parts)))


def _framed(packets: Sequence[bytes]) -> list[bytes]:
    framed: list[bytes] = []
    for packet in packets:
        framed += (_LENGTH.pack(len(packet)), packet)
    return framed


def from_bytes(data: bytes) -> EncodedSpeech:
    """Raises BadClip."""
    try:
        header_bytes, *parts = _unframed(data)
        header = json.loads(header_bytes)
        size = int(header.get("level_bytes", 0))
        speech = EncodedSpeech(
            str(header["engine"]),
            str(header["voice"]),
            tuple(part[size:] for part in parts),
            tuple(float(start) for start in header["starts_s"]),
            b"".join(part[:size] for part in parts),
        )
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise BadClip(f"not a clip: {type(error).__name__}") from None
    if not speech.packets or not all(speech.packets) or not speech.starts_s:
        raise BadClip("a clip without sound")
    return speech


def _unframed(data: bytes) -> list[bytes]:
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        part = data[at : at + length]
        if len(part) != length:
            raise ValueError("cut off")
        parts.append(part)
        at += length
    return parts


def seal(key: str, body: bytes) -> bytes:
    """A file's content: magic, checksum over key and body, body."""
    return b"".join((_MAGIC, _digest(key, body), body))


def unseal(key: str, content: bytes) -> bytes:
    """The body. Raises BadClip for a file that is damaged, cut off or of another key."""
    begin = len(_MAGIC) + _DIGEST_BYTES
    body = content[begin:]
    if content[: len(_MAGIC)] != _MAGIC or content[len(_MAGIC) : begin] != _digest(key, body):
        raise BadClip("the checksum does not match")
    return body


def _digest(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + body).digest()
