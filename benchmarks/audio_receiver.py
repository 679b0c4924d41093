"""What the audio receiver costs, and what reaches the ring when packets are lost.

    python benchmarks/audio_receiver.py [--speech ../shared/speech] [--seconds 60] [--json FILE]

Cost: microseconds of one core per 20 ms packet, all in (jitter buffer, Opus at 16 kHz, ring, speech
gate, segments, turn detector), with a turn open, best and median of five runs; and the same by
stage, with the share of packets that are speech. Memory: what Python allocated per receiver after
the recordings, and the growth of the process for each, native state of the codec included. Loss:
real speech through an encoder with in-band FEC, packets dropped at random with three seeds: of the
packets that arrived, how many were decoded; of the single losses in speech, how many FEC gave back;
how long packets waited.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
import tracemalloc
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recordings import FOLDER, require
from media_server.audio.decode import DecodeChain
from media_server.audio.gate.factory import make_gate, problem_of
from media_server.audio.jitter import JitterBuffer
from media_server.audio.opus import OpusDecoder, OpusEncoder, library_version
from media_server.audio.receiver import AudioReceiver, InterimDue, ReceiverSettings, TurnEnded
from media_server.audio.ring import PcmRing
from media_server.audio.types import SAMPLE_RATE, GateName, Pcm, RtpPacket

LOSSES = (0.0, 0.01, 0.05, 0.1, 0.3)
SEEDS = (1, 2, 3)


def recordings(speech: Path, seconds: float) -> Pcm:
    """Read speech of several people with a second between, as in an answer."""
    require(speech / "ls_1998-15444-0000.wav")
    parts: list[Pcm] = []
    rng = np.random.default_rng(1)
    for path in sorted(speech.glob("ls_*.wav")):
        with wave.open(str(path)) as file:
            parts.append(np.frombuffer(file.readframes(file.getnframes()), np.int16))
        parts.append(rng.normal(0, 8, SAMPLE_RATE).astype(np.int16))
        if sum(len(part) for part in parts) > seconds * SAMPLE_RATE:
            break
    return np.concatenate(parts)[: round(seconds * SAMPLE_RATE)]


def rtp(payloads: list[bytes]) -> list[RtpPacket]:
    return [
        RtpPacket(1, index & 0xFFFF, index * 960 & 0xFFFFFFFF, False, 111, payload)
        for index, payload in enumerate(payloads)
    ]


def run_ear(packets: list[RtpPacket], gate: GateName = "silero") -> AudioReceiver:
    receiver = AudioReceiver(ReceiverSettings(gate=gate), connection_epoch=1)
    receiver.listen(1)
    for index, packet in enumerate(packets):
        for event in receiver.receive(packet, index * 0.02):
            if isinstance(event, InterimDue):
                receiver.interim_done(event.segment.info.segment_id)
            elif isinstance(event, TurnEnded):
                receiver.listen(event.turn_epoch + 1)
        if index % 50 == 0:
            receiver.take_packets()
    return receiver


def microseconds(work: Callable[[], Any], packets: int, runs: int = 5) -> tuple[float, float]:
    """(best, median) CPU microseconds per packet."""
    times = []
    for _ in range(runs):
        begun = time.thread_time()
        work()
        times.append((time.thread_time() - begun) / packets * 1e6)
    return round(min(times), 1), round(statistics.median(times), 1)


def stages(packets: list[RtpPacket]) -> dict[str, tuple[float, float]]:
    count = len(packets)

    def jitter() -> None:
        buffer = JitterBuffer()
        for index, packet in enumerate(packets):
            buffer.receive(packet, index * 0.02)

    def decode() -> None:
        with OpusDecoder() as decoder:
            for packet in packets:
                decoder.decode_bytes(packet.payload)

    buffer = JitterBuffer()
    slots = [slot for packet in packets for slot in buffer.receive(packet, 0.0)]
    frames: list[tuple[bytes, int]] = []

    def chain() -> None:
        made = DecodeChain(PcmRing())
        frames.clear()
        for slot in slots:
            frames.extend(made.feed(slot))
        made.close()

    def judge_all(gate: GateName) -> None:
        judge = make_gate(gate).judge
        for frame, origin in frames:
            judge(frame, origin)

    return {
        "all in": microseconds(lambda: run_ear(packets).close(), count),
        "all in, gate webrtc": microseconds(lambda: run_ear(packets, "webrtc").close(), count),
        "jitter buffer": microseconds(jitter, count),
        "libopus alone": microseconds(decode, count),
        "decode and ring": microseconds(chain, count),
        "webrtc gate": microseconds(lambda: judge_all("webrtc"), count),
        "silero gate": microseconds(lambda: judge_all("silero"), count),
    }


def memory(packets: list[RtpPacket]) -> dict[str, float]:
    def resident_kib() -> int:
        text = Path("/proc/self/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])

    run_ear(packets).close()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    receiver = run_ear(packets)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    receiver.close()
    resident = resident_kib()
    receivers = [run_ear(packets) for _ in range(40)]
    grown = (resident_kib() - resident) / len(receivers)
    for receiver in receivers:
        receiver.close()
    return {"python_kib": round((after - before) / 1024), "resident_kib": round(grown)}


def voiced(packets: list[RtpPacket]) -> list[bool]:
    """Whether each packet's 20 ms are speech, by webrtcvad and its near-talker filter."""
    detector = make_gate("webrtc")
    with OpusDecoder() as decoder:
        return [detector.judge(decoder.decode_bytes(packet.payload), 0) for packet in packets]


def lose(packets: list[RtpPacket], speech: list[bool], loss: float, seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    kept = [index == 0 or rng.random() >= loss for index in range(len(packets))]
    single = {
        index
        for index in range(1, len(packets) - 1)
        if not kept[index] and kept[index - 1] and kept[index + 1] and speech[index]
    }
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    waits_ms = []
    for index, packet in enumerate(packets):
        if not kept[index]:
            continue
        now_s = index * 0.02
        deadline = receiver.deadline()
        if deadline is not None and deadline <= now_s:
            receiver.handle_timer(deadline)
        receiver.receive(packet, now_s)
        waits_ms += [(now_s - media_s) * 1000 for media_s, _ in receiver.take_packets()]
    receiver.handle_timer(len(packets) * 0.02 + 1)
    reached = len(waits_ms) + len(receiver.take_packets())
    quality = receiver.quality()
    receiver.close()
    return {
        "reached": reached / sum(kept),
        "single": len(single),
        "by_fec": recovered_by_fec(packets, single),
        "waits_ms": waits_ms,
        "missing_ms": quality.lost_ms + quality.concealed_ms,
    }


def recovered_by_fec(packets: list[RtpPacket], missing: set[int]) -> int:
    """Of exactly these losses, how many came back from the packet after."""
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    for index, packet in enumerate(packets):
        if index not in missing:
            receiver.receive(packet, index * 0.02)
    receiver.handle_timer(len(packets) * 0.02 + 1)
    recovered = receiver.quality().fec_recovered
    receiver.close()
    return recovered


def losses(packets: list[RtpPacket]) -> list[dict[str, float | None]]:
    speech = voiced(packets)
    rows: list[dict[str, float | None]] = []
    for loss in LOSSES:
        runs = [lose(packets, speech, loss, seed) for seed in SEEDS]
        waits_ms = [wait for run in runs for wait in run["waits_ms"]]
        single = sum(run["single"] for run in runs)
        by_fec = sum(run["by_fec"] for run in runs)
        rows.append(
            {
                "loss_percent": 100 * loss,
                "reached_ring_percent": round(100 * min(run["reached"] for run in runs), 2),
                "single_losses_in_speech": single,
                "fec_recovered_percent": round(100 * by_fec / single, 1) if single else None,
                "added_p50_ms": round(float(np.quantile(waits_ms, 0.5)), 1),
                "added_p95_ms": round(float(np.quantile(waits_ms, 0.95)), 1),
            }
        )
    return rows


def fullband(pcm: Pcm) -> list[bytes]:
    """48 kHz at 32 kb/s: what a browser sends unless it is told otherwise."""
    wide = np.interp(np.arange(len(pcm) * 3) / 3, np.arange(len(pcm)), pcm).astype(np.int16)
    with OpusEncoder(48_000, bitrate=32_000) as encoder:
        return encoder.encode_all(wide)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if problem := problem_of("silero"):
        parser.exit(1, f"{problem}\n")
    pcm = recordings(arguments.speech, arguments.seconds)
    with OpusEncoder(SAMPLE_RATE, bitrate=28_000) as encoder:
        wideband = rtp(encoder.encode_all(pcm))
    held = memory(wideband[:1500])  # first, while nothing freed can be used again
    streams = {"wideband 28 kb/s": wideband, "48 kHz 32 kb/s": rtp(fullband(pcm))}
    result: dict[str, Any] = {
        "benchmark": "audio_ear",
        "opus": library_version(),
        "packets": len(wideband),
        "speech_percent": round(100 * sum(voiced(wideband)) / len(wideband)),
        "microseconds": {name: stages(packets) for name, packets in streams.items()},
        "memory": held,
        "loss": losses(wideband),
    }
    print(f"{result['opus']}, {result['packets']} packets of 20 ms")
    print(f"{result['speech_percent']} % of them speech")
    for name, costs in result["microseconds"].items():
        print(f"\n{name}: us per packet, best and median of 5")
        for stage, (best, median) in costs.items():
            print(f"  {stage:<18}{best:>7}{median:>7}")
    print(f"\nmemory per receiver: {result['memory']}")
    names = list(result["loss"][0])
    print("\n" + "  ".join(names))
    for row in result["loss"]:
        print("  ".join(f"{row[name]!s:>{len(name)}}" for name in names))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
