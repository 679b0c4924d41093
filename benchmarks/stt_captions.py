"""What a candidate reads while they speak: does it stand still, is it right, what does it cost.

    python -m benchmarks.stt_captions --model-dir DIR [--moonshine-dir DIR]
        [--interims moonshine,faster-whisper] [--speech ../shared/speech] [--files N] [--json FILE]

English recordings with a transcript go through the server's own receiver in media time, each by
itself and, as `without pauses`, several in a row with 0.2 s between, so that segments are longer
than the window of an interim. The interims are made by each engine of `--interims`, the finals by
Whisper in `--model-dir`. One thread; CPU seconds are those of this process.

    changed       words that stood upright and were another or gone in a later interim, of those
                  that stood
    against final words that stood upright and are not in the final, of those that stood
    today         words of an interim, each shown as it came, that the next one does not have
    upright       share of an interim's words that stand
    wer           word errors of the newest interim before each final, against as much of that
                  final as it had heard
    cpu           CPU seconds of an interim, and of the interims for a second of speech
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recordings import FOLDER, require
from benchmarks.stt_candidates import PACKET_S, encode, receiver_settings, room
from media_server.audio.receiver import AudioReceiver, InterimDue, SegmentClosed, TurnEnded
from media_server.audio.types import SAMPLE_RATE, Pcm, RtpPacket, SegmentAudio
from media_server.live.stable_captions import StableCaption
from media_server.ports import SttEngine, SttRequest
from media_server.stt.engines.registry import create_engine
from media_server.stt.loops import fold
from media_server.stt.settings import SttSettings
from media_server.tools import wav

_ENGLISH = re.compile(r"^(ls|ps|sb|lj|ibm|g|ms|sr|pv_libri|cv|ds|apollo)")
TOGETHER_S = 18.0
"""Recordings without a pause between them make a stretch of about so much."""


@dataclass(slots=True)
class Figures:
    stood: int = 0
    changed: int = 0
    not_in_final: int = 0
    shown: int = 0
    replaced: int = 0
    upright: int = 0
    words: int = 0
    errors: int = 0
    heard: int = 0
    cpu_s: list[float] = field(default_factory=list)
    speech_s: float = 0.0

    def report(self) -> dict[str, float]:
        return {
            "interims": len(self.cpu_s),
            "changed": round(self.changed / max(1, self.stood), 4),
            "against final": round(self.not_in_final / max(1, self.stood), 4),
            "today": round(self.replaced / max(1, self.shown), 4),
            "upright": round(self.upright / max(1, self.words), 3),
            "wer": round(self.errors / max(1, self.heard), 4),
            "cpu of an interim": round(float(np.mean(self.cpu_s)), 3),
            "cpu of a second": round(sum(self.cpu_s) / max(1e-9, self.speech_s), 4),
        }


def segments_of(pcm: Pcm) -> Iterator[SegmentAudio]:
    """`pcm`: 48 kHz, as the receiver cuts it with a quiet room around it."""
    receiver = AudioReceiver(receiver_settings(500), connection_epoch=1)
    events = receiver.listen(1)
    said = np.concatenate([room(0.6), pcm, room(2.5)])
    for index, payload in enumerate(encode(said)):
        packet = RtpPacket(1, index & 0xFFFF, index * 960, False, 111, payload)
        events += receiver.receive(packet, index * PACKET_S)
        for event in events:
            if isinstance(event, SegmentClosed | InterimDue):
                yield event.segment
                if isinstance(event, InterimDue):
                    receiver.interim_done(event.segment.info.segment_id)
        ended = any(isinstance(event, TurnEnded) for event in events)
        events = receiver.listen(index + 2) if ended else []
    receiver.close()


def keys(text: str) -> list[str]:
    return [key for word in text.split() if (key := fold(word).strip(".-' "))]


def in_common(words: list[str], others: list[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(others) + 1)
    for word in words:
        before, row = row, [0]
        for at, other in enumerate(others, 1):
            row.append(before[at - 1] + 1 if word == other else max(before[at], row[-1]))
    return row[-1]


def errors(words: list[str], others: list[str]) -> int:
    """Fewest words to change, add or leave out for a beginning of `others`."""
    row = list(range(len(others) + 1))
    for count, word in enumerate(words, 1):
        before, row = row, [count]
        for at, other in enumerate(others, 1):
            row.append(min(before[at - 1] + (word != other), before[at] + 1, row[-1] + 1))
    return min(row)


def measure(segments: list[tuple[SegmentAudio, str]], engine: SttEngine, figures: Figures) -> None:
    """`segments`: interims, and each final with its words."""
    caption, shown, upright = StableCaption(), list[str](), list[str]()
    before: list[str] = []
    for segment, words in segments:
        if segment.final:
            figures.speech_s += segment.pcm.size / SAMPLE_RATE
            final = keys(words)
            figures.stood += len(upright)
            figures.not_in_final += len(upright) - in_common(upright, final)
            figures.errors += errors(shown, final)
            figures.heard += len(shown)
            caption, shown, upright, before = StableCaption(), [], [], []
            continue
        info = segment.info
        request = SttRequest(segment.pcm, "en", final=False, speech_ms=info.speech_ms)
        begun_s = time.process_time()
        (made,) = engine.transcribe([request])
        figures.cpu_s.append(time.process_time() - begun_s)
        if isinstance(made, Exception):
            raise made
        told = caption.take(made.text, info.start_s, info.end_s)
        if told is None:
            continue
        now = keys(told.stable)
        figures.changed += len(upright) - in_common(upright, now)
        upright, shown = now, keys(told.text)
        figures.upright += len(upright)
        figures.words += len(shown)
        raw = keys(made.text)
        figures.shown += len(before)
        figures.replaced += len(before) - in_common(before, raw)
        before = raw


def stretches(paths: list[Path]) -> Iterator[Pcm]:
    """Recordings in a row, their own quiet ends cut off."""
    parts: list[Pcm] = []
    for path in paths:
        pcm = wav.read(path).pcm
        loud = np.flatnonzero(np.abs(pcm) > np.abs(pcm).max() // 20)
        parts += [pcm[loud[0] : loud[-1]], room(0.2)]
        if sum(part.size for part in parts) > TOGETHER_S * wav.PLAYBACK_RATE:
            yield np.concatenate(parts)
            parts = []


def recordings(speech: Path, files: int | None) -> list[Path]:
    with (speech / "manifest.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    named = [row["file"] for row in rows if row["transcript"] and _ENGLISH.match(row["file"])]
    return [speech / name for name in named][:files]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model-dir", required=True)
    parser.add_argument("--moonshine-dir", default="")
    parser.add_argument("--interims", default="moonshine")
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--files", type=int)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    require(args.speech)
    settings = SttSettings(model_dir=args.model_dir, moonshine_dir=args.moonshine_dir)
    finals = create_engine("faster-whisper", settings)
    finals.warm_up()
    paths = recordings(args.speech, args.files)
    readers = [path for path in paths if path.name.startswith(("ls_", "lj_"))]
    conditions = {
        "as recorded": [wav.read(path).pcm for path in paths],
        "without pauses": list(stretches(readers)),
    }
    report: dict[str, Any] = {}
    for condition, said in conditions.items():
        cut = [[(one, _final(finals, one)) for one in segments_of(pcm)] for pcm in said]
        for name in args.interims.split(","):
            engine = finals if name == finals.name else create_engine(name, settings)
            if engine is not finals:
                engine.warm_up()
            figures = Figures()
            for segments in cut:
                measure(segments, engine, figures)
            report[f"{name}, {condition}"] = figures.report()
            print(f"{name}, {condition}:", figures.report(), flush=True)
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")


def _final(engine: SttEngine, segment: SegmentAudio) -> str:
    if not segment.final:
        return ""
    request = SttRequest(segment.pcm, "en", final=True, speech_ms=segment.info.speech_ms)
    (made,) = engine.transcribe([request])
    if isinstance(made, Exception):
        raise made
    return made.text


if __name__ == "__main__":
    main()
