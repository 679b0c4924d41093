"""Word error rate of an engine on recorded speech: straight from the file, and over a call.

    nice -n 19 python -m benchmarks.wer [--speech ../shared/speech] [--engine pocketsphinx]
        [--model-dir DIR] [--device cpu] [--compute-type int8] [--workers 2] [--files N]
        [--conditions file,call] [--json FILE] [--svg FILE]

Conditions:

    file          the recording as it is, in one piece, to the engine
    cut           the recording without codec or network, cut at its pauses as the receiver does it
    call          Opus (48 kHz, 28 kbit/s, in-band FEC on), a network that delays each packet by
                  30 ms and a random 0 to 40 ms more (order may change), our jitter buffer,
                  decoder, ring, speech detector and segments, and the worker pool
    loss5 loss10  the same with 5 % and 10 % of the packets lost, each one independently
    record_cut    as `cut`, and then decoded once more in long stretches, as for the record
    record        as `call`, and then decoded once more in long stretches, as for the record
    aiortc aiortc5 aiortc10  the same packets, losses and delays, through aiortc's own jitter
                  buffer and Opus decoder; the audio that comes out is put together as its track
                  gives it, and goes through the same speech detector, segments and pool

The network is simulated in media time, so that a busy machine changes nothing. Each lossy or
delayed condition runs with three seeds; an utterance counts with the mean of its three results.
Intervals are 95 % bootstrap over the utterances, differences are paired with `file` and `call`.

Every transcript is kept in `benchmarks/.cache` by engine, model, condition, seed and file: the run
can be stopped and goes on where it was. It is used again while nothing has changed that decides
it: the code of the path and of the engines, the libraries, the weights. --keep-cache uses it
nevertheless (the figures say how many are old), --fresh does all again.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from aiortc.codecs.opus import OpusDecoder as AiortcOpusDecoder
from aiortc.jitterbuffer import JitterBuffer as AiortcJitterBuffer
from aiortc.rtp import RtpPacket as AiortcPacket

from benchmarks.recordings import FOLDER, require
from benchmarks.wer_cache import Cache, state_of
from benchmarks.wer_record import decoded_again
from benchmarks.wer_table import draw, print_table
from media_server.audio.opus import OpusEncoder, library_version
from media_server.audio.receiver import (
    AudioReceiver,
    ReceiverEvent,
    ReceiverSettings,
    SegmentClosed,
    TurnEnded,
)
from media_server.audio.ring import Origin
from media_server.audio.types import PACKET_MS, SAMPLE_RATE, Pcm, RtpPacket, SegmentAudio
from media_server.ports import SpeechToText, SttJob, SttOutcome
from media_server.segment_info import SegmentId, SegmentInfo
from media_server.spacing import join
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings
from media_server.tools import wav
from media_server.tools.wer import bootstrap, word_errors

SEEDS = (1, 2, 3)
LEAD_S, TAIL_S = 0.6, 2.5
"""A quiet room before and after, as in a call: the end of a segment is a pause that was heard."""
_ENGLISH = re.compile(r"^(ls|ps|sb|lj|ibm|g|ms|sr|pv_libri|cv|ds|apollo)")


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    loss: float = 0.0
    path: str = "call"
    """"file", "cut", "record_cut", "call", "record" or "aiortc"."""

    @property
    def seeds(self) -> tuple[int, ...]:
        return (0,) if self.path in ("file", "cut", "record_cut") else SEEDS


CONDITIONS = (
    Condition("file", path="file"),
    Condition("cut", path="cut"),
    Condition("record_cut", path="record_cut"),
    Condition("call"),
    Condition("record", path="record"),
    Condition("loss5", 0.05),
    Condition("loss10", 0.10),
    Condition("aiortc", path="aiortc"),
    Condition("aiortc5", 0.05, "aiortc"),
    Condition("aiortc10", 0.10, "aiortc"),
)


class PcmEar(AudioReceiver):
    """The audio receiver behind another decoder: PCM goes where ours would have written."""

    def hear(self, pcm: Pcm) -> list[ReceiverEvent]:
        events: list[ReceiverEvent] = []
        for frame, origin in self._ring.write(pcm.tobytes(), Origin.RECEIVED):
            self._frame(frame, origin, events)
        return events


# --- one utterance through one path ---------------------------------------------------------------


def quiet(seconds: float, rate: int, seed: int) -> Pcm:
    """A quiet room, about -72 dBFS."""
    noise = np.random.default_rng(seed).normal(0, 8, round(seconds * rate))
    return noise.astype(np.int16)


def send(pcm_48k: Pcm, loss: float, seed: int) -> list[tuple[float, RtpPacket]]:
    """What arrives, in its order of arrival: (arrival_s, packet)."""
    rate = wav.PLAYBACK_RATE
    whole = np.concatenate([quiet(LEAD_S, rate, 7), pcm_48k, quiet(TAIL_S, rate, 8)])
    with OpusEncoder(rate, expected_loss=max(1, round(100 * loss))) as encoder:
        payloads = encoder.encode_all(whole, PACKET_MS)
    network = random.Random(seed)
    arrivals = []
    for index, payload in enumerate(payloads):
        delay_s = 0.03 + network.uniform(0, 0.04)
        if network.random() >= loss:
            packet = RtpPacket(1, index & 0xFFFF, index * 960, not index, 111, payload)
            arrivals.append((index * PACKET_MS / 1000 + delay_s, packet))
    return sorted(arrivals, key=lambda arrival: arrival[0])


def segments_of_events(
    receiver: AudioReceiver, events: list[ReceiverEvent]
) -> Iterator[SegmentAudio]:
    """Finals; where a turn ended the next one begins at once: all speech is wanted."""
    while events:
        more: list[ReceiverEvent] = []
        for event in events:
            if isinstance(event, SegmentClosed):
                yield event.segment
            elif isinstance(event, TurnEnded):
                more += receiver.listen(event.turn_epoch + 1)
        events = more


def through_our_path(arrivals: list[tuple[float, RtpPacket]]) -> list[SegmentAudio]:
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    events = receiver.listen(1)
    segments: list[SegmentAudio] = []
    for arrival_s, packet in [*arrivals, (arrivals[-1][0] + 2.0, None)]:
        while (due_s := receiver.deadline()) is not None and due_s <= arrival_s:
            events += receiver.handle_timer(due_s)
        if packet is not None:
            events += receiver.receive(packet, arrival_s)
        segments += segments_of_events(receiver, events)
        events = []
    segments += segments_of_events(receiver, receiver.stop_listening())
    receiver.close()
    return segments


def through_aiortc(arrivals: list[tuple[float, RtpPacket]]) -> list[SegmentAudio]:
    """As RTCRtpReceiver does it: JitterBuffer(16, prefetch 4), decode, resample the track."""
    buffer = AiortcJitterBuffer(capacity=16, prefetch=4)
    decoder = AiortcOpusDecoder()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    pieces: list[Pcm] = []
    for _, packet in arrivals:
        theirs = AiortcPacket(
            payload_type=111,
            sequence_number=packet.sequence_number,
            timestamp=packet.timestamp,
            payload=packet.payload,
        )
        theirs.__dict__["_data"] = packet.payload  # as the receiver does before it adds a packet
        frame = buffer.add(theirs)[1]
        for decoded in decoder.decode(frame) if frame else ():
            assert isinstance(decoded, av.AudioFrame)
            decoded.pts = None  # a consumer of the track joins frames; the gaps are gone
            pieces += [
                out.to_ndarray().reshape(-1).astype(np.int16) for out in resampler.resample(decoded)
            ]
    # What the prefetch held back is silence: the tail is longer than the buffer.
    return cut(np.concatenate(pieces) if pieces else np.zeros(0, np.int16))


def cut(pcm: Pcm) -> list[SegmentAudio]:
    receiver = PcmEar(ReceiverSettings(), connection_epoch=1)
    events = receiver.listen(1)
    events += receiver.hear(pcm)
    segments = list(segments_of_events(receiver, events))
    segments += segments_of_events(receiver, receiver.stop_listening())
    receiver.close()
    return segments


def segments_for(path: Path, condition: Condition, seed: int) -> list[SegmentAudio]:
    if condition.path == "file":
        pcm = read_16k(path)
        length_s = len(pcm) / SAMPLE_RATE
        info = SegmentInfo(SegmentId(1, 1), 1, 0.0, length_s, round(1000 * length_s))
        return [SegmentAudio(info, pcm, final=True)]
    if condition.path in ("cut", "record_cut"):
        lead, tail = quiet(LEAD_S, SAMPLE_RATE, 7), quiet(TAIL_S, SAMPLE_RATE, 8)
        return cut(np.concatenate([lead, read_16k(path), tail]))
    # The same packets are lost for every engine, and for our path and aiortc's.
    name = hashlib.sha256(f"{path.name} {seed} {condition.loss}".encode()).hexdigest()
    arrivals = send(wav.read(path).pcm, condition.loss, int(name[:8], 16))
    return through_aiortc(arrivals) if condition.path == "aiortc" else through_our_path(arrivals)


def read_16k(path: Path) -> Pcm:
    import wave  # noqa: PLC0415

    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels()) != (SAMPLE_RATE, 1):
            raise SystemExit(f"{path}: 16 kHz mono is expected")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


# --- the run --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Task:
    path: Path
    condition: Condition
    seed: int

    @property
    def key(self) -> str:
        return f"{self.condition.name}-{self.seed}/{self.path.stem}"


async def recognise(pool: SpeechToText, task: Task) -> str:
    segments = await asyncio.to_thread(segments_for, task.path, task.condition, task.seed)
    outcomes: dict[str, SttOutcome] = {}
    waiting = {str(segment.info.segment_id) for segment in segments}
    done = asyncio.Event()
    interview = f"{task.path.stem}-{task.condition.name}-{task.seed}"

    def on_outcome(outcome: SttOutcome) -> None:
        outcomes[outcome.segment_id] = outcome
        waiting.discard(outcome.segment_id)
        if not waiting:
            done.set()

    for s in segments:
        pool.submit(
            SttJob(
                interview,
                str(s.info.segment_id),
                1,
                True,
                s.info.start_s,
                s.pcm,
                "en",
                speech_ms=s.info.speech_ms,
            ),
            on_outcome,
        )
    if segments:
        await done.wait()
    if task.condition.path in ("record", "record_cut"):
        return await decoded_again(pool, interview, segments, outcomes)
    ordered = sorted(segments, key=lambda segment: segment.info.start_s)
    made = [outcomes[str(segment.info.segment_id)].transcription for segment in ordered]
    return join(one.text for one in made if one is not None)


async def run_all(tasks: list[Task], settings: SttSettings, cache: Cache) -> None:
    open_tasks = [task for task in tasks if cache.text(task.key) is None]
    print(f"{len(tasks)} transcripts, {len(open_tasks)} to make", file=sys.stderr, flush=True)
    if not open_tasks:
        return
    pool = LocalSpeechToText(settings)
    queue = iter(open_tasks)
    made = 0

    async def work() -> None:
        nonlocal made
        for task in queue:
            cache.keep(task.key, await recognise(pool, task))
            made += 1
            if made % 20 == 0:
                print(f"{made}/{len(open_tasks)}", file=sys.stderr, flush=True)

    try:
        await pool.start()
        await asyncio.gather(*(work() for _ in range(settings.workers + 1)))
    finally:
        await pool.close()


def utterances(speech: Path, limit: int | None) -> dict[Path, str]:
    """English recordings that have a transcript."""
    manifest = speech / "manifest.tsv"
    require(manifest)
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["transcript"].strip()]
    found = {speech / r["file"]: r["transcript"] for r in rows if _ENGLISH.match(r["file"])}
    return dict(list(found.items())[:limit])


def score(references: dict[Path, str], cache: Cache) -> list[dict[str, Any]]:
    """A row per condition; conditions with transcripts still missing are left out."""
    rows: list[dict[str, Any]] = []
    baselines: dict[str, list[float]] = {}
    lengths = [word_errors(reference, "")[1] for reference in references.values()]
    for condition in CONDITIONS:
        tasks = [[Task(path, condition, seed) for seed in condition.seeds] for path in references]
        texts = [[cache.text(task.key) for task in of_path] for of_path in tasks]
        errors = [
            float(np.mean([word_errors(reference, text)[0] for text in made if text is not None]))
            for reference, made in zip(references.values(), texts, strict=True)
            if None not in made
        ]
        if len(errors) < len(references):
            continue
        row: dict[str, Any] = {"condition": condition.name, "seeds": len(condition.seeds)}
        row["old_transcripts"] = sum(
            cache.is_old(task.key) for of_path in tasks for task in of_path
        )
        row["wer"] = asdict(bootstrap(errors, lengths))
        for name, baseline in baselines.items():
            row[f"difference_to_{name}"] = asdict(bootstrap(errors, lengths, baseline))
        if condition.name in ("file", "call"):
            baselines[condition.name] = errors
        rows.append(row)
    return rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--engine", default="pocketsphinx")
    parser.add_argument("--model-dir", default="")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--files", type=int, help="only so many recordings")
    parser.add_argument("--conditions", default="", help="only these, separated by commas")
    parser.add_argument("--fresh", action="store_true", help="do not use the cache")
    parser.add_argument("--keep-cache", action="store_true", help="use old transcripts too")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--svg", type=Path, help="also draw them here")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    references = utterances(args.speech, args.files)
    wanted = set(filter(None, args.conditions.split(","))) or {c.name for c in CONDITIONS}
    tasks = [
        Task(path, condition, seed)
        for condition in CONDITIONS
        if condition.name in wanted
        for seed in condition.seeds
        for path in references
    ]
    settings = SttSettings(
        engine=args.engine,
        workers=args.workers,
        nice=0,
        model_dir=args.model_dir,
        device=args.device,
        compute_type=args.compute_type,
        deadline_base_s=120.0,
        max_queued_finals=4096,
    )
    named = (args.engine, Path(args.model_dir).name, args.compute_type if args.model_dir else "")
    label = " ".join(part for part in named if part not in ("", "default"))
    cache = Cache(label, state_of(settings), fresh=args.fresh, keep=args.keep_cache)
    asyncio.run(run_all(tasks, settings, cache))
    figures = {
        "engine": label,
        "opus": library_version(),
        "utterances": len(references),
        "words": sum(word_errors(reference, "")[1] for reference in references.values()),
        "rows": score(references, cache),
    }
    print_table(figures)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    if args.svg:
        args.svg.write_text(draw([figures]), "utf-8")


if __name__ == "__main__":
    main()
