"""Does the receiver hear the same as before? Digests of all it says of many streams.

    python -m benchmarks.receiver_traces --out before.json         # of the commit before
    python -m benchmarks.receiver_traces --against before.json     # of this one

Each recording goes through each condition: as it is, in noise, with a tenth of the packets lost and
the rest out of order, while the bot speaks (its echo in the microphone), as an encoder in DTX sends
it, in packets of 10 and of 60 ms, muted and paused now and then, and at the gate `webrtc`. A digest
covers every event with its times, the sound of every segment, what is kept for the recording,
levels, deadlines and all counters, so one bit that differs shows. Ends with 1 where one does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.recordings import FOLDER, require
from media_server.audio.band_levels import band_levels, pack_levels
from media_server.audio.opus import OpusEncoder
from media_server.audio.receiver import (
    AudioReceiver,
    BargeIn,
    InterimDue,
    ReceiverEvent,
    ReceiverSettings,
    SegmentClosed,
    TurnEnded,
)
from media_server.audio.types import SAMPLE_RATE, GateName, Pcm, RtpPacket
from media_server.tools.wav import read

_LONGEST_S = 20.0
_ROOM_S = 3.5
"""Quiet before and after: long enough for a turn to end."""
_COMPLEXITY = 2

Line = Callable[[list[RtpPacket], random.Random], list[tuple[float, RtpPacket]]]
"""Packets as they were sent → (when it arrives in seconds, packet)."""


@dataclass(frozen=True)
class Condition:
    """What happens to a recording on its way."""

    gate: GateName = "silero"
    noise: float = 0.0
    """Standard deviation, in steps of a sample."""
    frame_ms: int = 20
    dtx: bool = False
    lossy: bool = False
    bot: bool = False
    pauses: bool = False


CONDITIONS = {
    "plain": Condition(),
    "noise": Condition(noise=300.0),
    "loss": Condition(lossy=True),
    "bot": Condition(bot=True),
    "bot and loss": Condition(bot=True, lossy=True),
    "dtx": Condition(dtx=True),
    "10 ms": Condition(frame_ms=10),
    "60 ms": Condition(frame_ms=60, lossy=True),
    "pauses": Condition(pauses=True),
    "webrtc": Condition(gate="webrtc"),
    "webrtc in noise": Condition(gate="webrtc", noise=100.0, lossy=True),
}


class Digest:
    """Of whatever is said, in order."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self.events = 0

    def add(self, *said: object) -> None:
        self._sum.update(repr(said).encode())

    def events_of(self, events: list[ReceiverEvent]) -> None:
        for event in events:
            self.events += 1
            self.add(event)
            if isinstance(event, InterimDue | SegmentClosed):
                self._sum.update(event.segment.pcm.tobytes())

    def text(self) -> str:
        return self._sum.hexdigest()[:32]


def sound(path: Path, condition: Condition, seed: int) -> tuple[Pcm, Pcm]:
    """(what the microphone hears, what the bot says), int16 at 16 kHz, shape (samples,)."""
    rng = np.random.default_rng(seed)
    spoken = read(path).pcm[: round(_LONGEST_S * 48_000)][::3].astype(np.float32)
    quiet = np.zeros(round(_ROOM_S * SAMPLE_RATE), np.float32)
    heard = np.concatenate([quiet, spoken, quiet])
    bot = np.roll(spoken[::-1], 1000).astype(np.int16) if condition.bot else np.zeros(0, np.int16)
    delay = round(0.18 * SAMPLE_RATE)
    if len(bot):
        heard[delay : delay + len(bot)] += 0.1 * bot[: len(heard) - delay]
    heard += rng.normal(0, 8 + condition.noise, len(heard)).astype(np.float32)
    return np.clip(heard, -32768, 32767).astype(np.int16), bot


def packets_of(pcm: Pcm, condition: Condition, rng: random.Random) -> list[tuple[float, RtpPacket]]:
    """(arrival in seconds, packet), in the order in which they arrive."""
    step_s = condition.frame_ms / 1000
    sequence, clock = rng.getrandbits(16), rng.getrandbits(32)
    found: list[tuple[float, RtpPacket]] = []
    with OpusEncoder(SAMPLE_RATE, dtx=condition.dtx, complexity=_COMPLEXITY) as encoder:
        payloads = encoder.encode_all(pcm, condition.frame_ms)
    for index, payload in enumerate(payloads):
        if condition.dtx and len(payload) <= 2 and index % 20:
            continue
        sequence += 1
        timestamp = clock + round(index * step_s * 48_000) & 0xFFFFFFFF
        packet = RtpPacket(7, sequence & 0xFFFF, timestamp, False, 111, payload)
        at_s = index * step_s + rng.uniform(0, 0.004)
        if condition.lossy and index:
            if rng.random() < 0.1:
                continue
            at_s += rng.choice((0.0, 0.0, 0.0, 0.01, 0.05, 0.15))
            if rng.random() < 0.01:
                found.append((at_s + 0.03, packet))  # a copy
        found.append((at_s, packet))
    return sorted(found, key=lambda each: each[0])


def trace(path: Path, condition: Condition, seed: int) -> tuple[str, int]:
    """(digest, number of events) of one recording in one condition."""
    rng = random.Random(seed)
    pcm, bot = sound(path, condition, seed)
    arrivals = packets_of(pcm, condition, rng)
    settings = ReceiverSettings(gate=condition.gate, min_turn_ms=1000)
    interview = Interview(AudioReceiver(settings, connection_epoch=1), bot)
    for index, (now_s, packet) in enumerate(arrivals):
        interview.hear(packet, now_s, index)
        if condition.pauses:
            _pause(interview.receiver, index)
    return interview.end(arrivals[-1][0] + 1.0)


class Interview:
    """Does what the events of a receiver ask for, and keeps their digest."""

    def __init__(self, receiver: AudioReceiver, bot: Pcm) -> None:
        self.receiver = receiver
        self._digest = Digest()
        self._epoch = 1
        self._bot_until_s = len(bot) / SAMPLE_RATE
        self._speaking = len(bot) > 0
        if self._speaking:
            receiver.bot_speaking(True)
            receiver.bot_voice_begins(pack_levels(band_levels(bot)), 0.0, 0.0)
        else:
            receiver.listen(self._epoch)

    def hear(self, packet: RtpPacket, now_s: float, index: int) -> None:
        receiver, digest = self.receiver, self._digest
        if self._speaking and now_s >= self._bot_until_s:
            self._speaking = False
            receiver.bot_voice_ends(now_s)
            receiver.bot_speaking(False)
            self._take(receiver.listen(self._epoch, from_s=max(0.0, receiver.position_s - 0.5)))
        deadline_s = receiver.deadline()
        if deadline_s is not None and deadline_s <= now_s:
            self._take(receiver.handle_timer(deadline_s))
        self._take(receiver.receive(packet, now_s))
        digest.add(receiver.deadline(), receiver.position_s)
        if index % 10 == 0:
            digest.add(receiver.take_packets(), receiver.quality(), receiver.talker_dbfs)
        if index % 97 == 0:
            self._take(receiver.line_alive(now_s))

    def end(self, now_s: float) -> tuple[str, int]:
        """(digest, number of events)."""
        receiver, digest = self.receiver, self._digest
        self._take(receiver.handle_timer(now_s))
        self._take(receiver.finish())
        digest.add(receiver.quality(), receiver.take_packets(), receiver.may_be_silent)
        receiver.close()
        return digest.text(), digest.events

    def _take(self, events: list[ReceiverEvent]) -> None:
        self._digest.events_of(events)
        for event in events:
            if isinstance(event, InterimDue):
                self.receiver.interim_done(event.segment.info.segment_id)
            elif isinstance(event, TurnEnded):
                self._epoch += 1
                self._take(self.receiver.listen(self._epoch))
            elif isinstance(event, BargeIn):
                self._bot_until_s = 0.0


def _pause(receiver: AudioReceiver, index: int) -> None:
    """Now and then nobody listens, or the candidate has muted, or asks for time."""
    if index % 150 == 100:
        receiver.keep(index % 300 < 150)
    if index % 170 == 60:
        receiver.mute(index % 340 < 170)
    if index % 190 == 10:
        receiver.hold(1.5)
    if index % 110 == 70:
        receiver.set_wait_ms(2500)
    if index % 230 == 30:
        receiver.set_silence_ms(1500 if index % 460 < 230 else 2000)


def traces(folder: Path, recordings: int) -> Iterator[tuple[str, str, int]]:
    """(stream, its digest, number of events)."""
    for number, path in enumerate(sorted(folder.glob("*.wav"))[:recordings]):
        for name, condition in CONDITIONS.items():
            yield f"{path.stem}, {name}", *trace(path, condition, number)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--recordings", type=int, default=1000, help="how many at most")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    require(options.speech)
    found: dict[str, str] = {}
    events = 0
    for name, digest, count in traces(options.speech, options.recordings):
        found[name] = digest
        events += count
    print(f"{len(found)} streams, {events} events")
    if options.out is not None:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    if options.against is not None:
        before = json.loads(options.against.read_text())
        other = [name for name in found if before.get(name) != found[name]]
        print(f"{len(other)} streams differ", *other[:20], sep="\n  ")
        sys.exit(bool(other))


if __name__ == "__main__":
    main()
