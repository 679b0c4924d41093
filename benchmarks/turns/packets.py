"""From a clip to its packets: the project's Opus encoder.

Encoding costs more than judging, so packets are kept on disk under `build/turns`, by the name of
their condition and the text of what makes them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.process_tree import ROOT
from benchmarks.turns.clips import Clip
from benchmarks.turns.conditions import Condition, Maker
from media_server.audio.opus import OpusEncoder, library_version
from media_server.audio.types import SAMPLE_RATE, Pcm

CACHE = ROOT / "build" / "turns"
FRAME_S = 0.02
_MADE_BY = ("clips.py", "conditions.py", "noises.py", "packets.py", "sounds.py")
_COMPLEXITY = 2
"""Of 10: a third of the work of the best, and nothing here asks how good it sounds."""
_NOTHING: Pcm = np.zeros(0, np.int16)


@dataclass(frozen=True)
class Encoded:
    """A clip whose sound is packets of 20 ms now; `clip.pcm` is empty."""

    clip: Clip
    payloads: list[bytes]

    @property
    def seconds(self) -> float:
        return len(self.payloads) * FRAME_S


def encoded(
    condition: Condition, maker: Maker, limit: int | None = None, cache: Path | None = CACHE
) -> list[Encoded]:
    """The clips of a condition, from the disk if they lie there."""
    count = min(condition.count, limit or condition.count)
    path = cache / f"{_key(condition, count)}.clips" if cache else None
    if path is not None and path.exists():
        return list(_read(path))
    made = [encode(clip, dtx=condition.transport.dtx) for clip in condition.clips(maker, count)]
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, made)
    return made


def encode(clip: Clip, *, dtx: bool = False) -> Encoded:
    with OpusEncoder(SAMPLE_RATE, dtx=dtx, complexity=_COMPLEXITY) as encoder:
        payloads = encoder.encode_all(clip.pcm)
    return Encoded(replace(clip, pcm=_NOTHING), payloads)


def _key(condition: Condition, count: int) -> str:
    made_by = hashlib.sha256(library_version().encode())
    for name in _MADE_BY:
        made_by.update((Path(__file__).parent / name).read_bytes())
    made_by.update(f"{condition.name}/{count}".encode())
    return made_by.hexdigest()[:24]


def _write(path: Path, clips: list[Encoded]) -> None:
    heads = [
        {
            "speech": each.clip.speech,
            "end_s": each.clip.end_s,
            "bot": each.clip.bot,
            "outage": each.clip.outage,
            "bot_bytes": len(each.clip.bot_pcm) * 2,
            "sizes": [len(payload) for payload in each.payloads],
        }
        for each in clips
    ]
    blobs = [each.clip.bot_pcm.tobytes() + b"".join(each.payloads) for each in clips]
    new = path.with_suffix(f".{os.getpid()}")
    new.write_bytes(json.dumps(heads).encode() + b"\n" + b"".join(blobs))
    new.replace(path)


def _read(path: Path) -> Iterator[Encoded]:
    head, _, blob = path.read_bytes().partition(b"\n")
    at = 0
    for each in json.loads(head):
        bot_pcm = np.frombuffer(blob[at : at + each["bot_bytes"]], np.int16)
        at += each["bot_bytes"]
        payloads = []
        for size in each["sizes"]:
            payloads.append(blob[at : at + size])
            at += size
        clip = Clip(
            pcm=_NOTHING,
            speech=tuple((start_s, end_s) for start_s, end_s in each["speech"]),
            end_s=each["end_s"],
            bot=tuple(each["bot"]) if each["bot"] else None,
            bot_pcm=bot_pcm,
            outage=tuple(each["outage"]) if each["outage"] else None,
        )
        yield Encoded(clip, payloads)
