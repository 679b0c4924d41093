"""Simulated candidates in front of the server's own receiver and pool of recognisers.

A candidate speaks real recordings with pauses between, waits for the last words of the answer to
be transcribed, hears a question (silence here) and answers again.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.machine_turn import MachineTurn
from media_server.audio.opus import OpusEncoder
from media_server.audio.receiver import (
    AudioReceiver,
    InterimDue,
    ReceiverEvent,
    ReceiverSettings,
    SegmentClosed,
    TurnEnded,
)
from media_server.audio.ring import FRAME_MS
from media_server.audio.types import PACKET_MS, SAMPLE_RATE, Pcm, RtpPacket, SegmentAudio
from media_server.ports import SttJob, SttOutcome
from media_server.segment_info import SegmentId
from media_server.stt.pool.local import LocalSpeechToText
from media_server.tools import wav

PACKET_S = PACKET_MS / 1000
PAUSES_S = (0.3, 1.2)
"""Between the sentences of an answer: some close a segment, some do not, none ends the turn."""
ANSWER_S = (4.0, 12.0)


# --- what candidates say --------------------------------------------------------------------------


class Voices:
    """Answers as Opus packets: recordings with pauses between, at random from a seed."""

    def __init__(self, speech: Path, seed: int) -> None:
        self._random = random.Random(seed)
        after = room(PAUSES_S[1])
        self._said = [
            encode(np.concatenate([wav.read(path).pcm, after]))
            for path in sorted(speech.glob("ls_*.wav"))
        ]
        self.silence = encode(room(2.0))

    def answer(self) -> list[bytes]:
        wanted_s = self._random.uniform(*ANSWER_S)
        packets: list[bytes] = []
        while len(packets) * PACKET_S < wanted_s:
            said = self._random.choice(self._said)
            pause_s = self._random.uniform(*PAUSES_S)
            packets += said[: len(said) - round((PAUSES_S[1] - pause_s) / PACKET_S)]
        return packets

    def wait_s(self, mean_s: float) -> float:
        return mean_s * self._random.uniform(0.7, 1.3)


def receiver_settings(segment_pause_ms: int) -> ReceiverSettings:
    """The server's, but for the pause that closes a segment; its padding has to fit."""
    padding_ms = min(ReceiverSettings().padding_ms, segment_pause_ms // 2 // FRAME_MS * FRAME_MS)
    return ReceiverSettings(segment_pause_ms=segment_pause_ms, padding_ms=padding_ms)


def room(seconds: float) -> Pcm:
    """A quiet room, about -72 dBFS."""
    count = round(seconds * wav.PLAYBACK_RATE)
    return np.random.default_rng(7).normal(0, 8, count).astype(np.int16)


def encode(pcm: Pcm) -> list[bytes]:
    with OpusEncoder(wav.PLAYBACK_RATE) as encoder:
        return encoder.encode_all(pcm, PACKET_MS)


# --- the pool, with a record of every job ---------------------------------------------------------


@dataclass(slots=True)
class Run:
    """One job from its submission on; times of the event loop's clock."""

    final: bool
    audio_s: float
    submitted_s: float
    started_s: float = math.inf
    ended_s: float = math.inf
    computed: bool = False

    def overlap_s(self, from_s: float, until_s: float) -> float:
        """How much of its work lies between."""
        return max(0.0, min(until_s, self.ended_s) - max(from_s, self.started_s))


class Recorder:
    def __init__(self, pool: LocalSpeechToText) -> None:
        self.pool = pool
        self.runs: list[Run] = []
        self.busy_s = 0.0

    def submit(
        self, interview: str, segment: SegmentAudio, done: Callable[[str | None], None]
    ) -> Run:
        """`done` is given the words; None: there are none, it was dropped or given up."""
        now_s = asyncio.get_running_loop().time()
        run = Run(segment.final, len(segment.pcm) / SAMPLE_RATE, now_s)
        self.runs.append(run)

        def on_outcome(outcome: SttOutcome) -> None:
            run.ended_s = asyncio.get_running_loop().time()
            run.started_s = run.ended_s - outcome.worked_s
            made = outcome.transcription
            run.computed = made is not None
            done(made.text if made is not None else None)

        job = SttJob(
            interview,
            str(segment.info.segment_id),
            1,
            segment.final,
            segment.info.start_s,
            segment.pcm,
            "en",
            speech_ms=segment.info.speech_ms,
        )
        self.pool.submit(job, on_outcome)
        return run

    async def all_done(self) -> None:
        """Call it when nothing more is submitted: interims left out have ended too."""
        async with asyncio.timeout(30):
            while any(run.ended_s == math.inf for run in self.runs):
                await asyncio.sleep(0.05)

    def sample(self) -> None:
        """Every packet: jobs that were ended for a final say nothing of the time they took."""
        self.busy_s += PACKET_S * self.pool.status().running

    def work_per_speech(self) -> float:
        """Seconds of work, interims included, for a second of speech."""
        ended = [run for run in self.runs if run.final and run.ended_s < math.inf]
        return self.busy_s / max(sum(run.audio_s for run in ended), 1e-9)


# --- one candidate --------------------------------------------------------------------------------


@dataclass(slots=True)
class Turn:
    decided_s: float
    finals: list[Run]
    machine: MachineTurn

    @property
    def last(self) -> Run:
        return max(self.finals, key=lambda run: run.ended_s)

    @property
    def complete(self) -> bool:
        return all(run.ended_s < math.inf for run in self.finals)

    @property
    def delay_s(self) -> float:
        return max(0.0, self.last.ended_s - self.decided_s) if self.finals else 0.0

    @property
    def held_s(self) -> float:
        """How long what follows the turn waited for words."""
        return self.machine.follows_s - self.decided_s


@dataclass(slots=True)
class Candidate:
    name: str
    voices: Voices
    recorder: Recorder
    begins_s: float
    question_s: float
    settings: ReceiverSettings
    turns: list[Turn] = field(default_factory=list)
    receiver: AudioReceiver = field(init=False)
    _packet: int = 0
    _saying: deque[bytes] = field(default_factory=deque)
    _finals: list[Run] = field(default_factory=list)
    _machine: MachineTurn = field(default_factory=MachineTurn)
    _waiting_for: Turn | None = None
    _listening: bool = False

    def __post_init__(self) -> None:
        self.receiver = AudioReceiver(self.settings, connection_epoch=1)

    def tick(self, now_s: float) -> None:
        """One packet: of the answer, or of the quiet room."""
        if not self._listening and self._ready(now_s):
            self._listening = True
            self._saying = deque(self.voices.answer())
            self._heard(self.receiver.listen(len(self.turns) + 1), now_s)
        silence = self.voices.silence
        index = self._packet
        payload = self._saying.popleft() if self._saying else silence[index % len(silence)]
        self._packet += 1
        packet = RtpPacket(1, index & 0xFFFF, index * 960 & 0xFFFFFFFF, not index, 111, payload)
        due_s = self.receiver.deadline()
        if due_s is not None and due_s <= now_s:
            self._heard(self.receiver.handle_timer(now_s), now_s)
        self._heard(self.receiver.receive(packet, now_s), now_s)
        if not index % 50:
            self.receiver.take_packets()

    def _ready(self, now_s: float) -> bool:
        """The last words of the turn are there, and the question was heard."""
        if self._waiting_for is not None and self._waiting_for.complete:
            self._waiting_for = None
            self.begins_s = now_s + self.voices.wait_s(self.question_s)
        return self._waiting_for is None and now_s >= self.begins_s

    def _heard(self, events: list[ReceiverEvent], now_s: float) -> None:
        for event in events:
            if isinstance(event, SegmentClosed):
                info = event.segment.info
                self._machine.segment(info, now_s)
                done = partial(self._final_came, self._machine, info.segment_id)
                self._finals.append(self.recorder.submit(self.name, event.segment, done))
            elif isinstance(event, InterimDue):
                done = partial(self._interim_came, self._machine, event.segment.info.segment_id)
                self.recorder.submit(self.name, event.segment, done)
            elif isinstance(event, TurnEnded):
                self._waiting_for = Turn(now_s, self._finals, self._machine)
                self._machine.over(event.first_speech_s, event.last_speech_s, now_s)
                self.turns.append(self._waiting_for)
                self._finals, self._listening = [], False
                self._machine = MachineTurn()
                self._saying.clear()

    def _final_came(self, machine: MachineTurn, segment_id: SegmentId, text: str | None) -> None:
        machine.final(segment_id, text, asyncio.get_running_loop().time())

    def _interim_came(self, machine: MachineTurn, segment_id: SegmentId, text: str | None) -> None:
        self.receiver.interim_done(segment_id)
        if text and machine is self._machine:
            machine.interim(text, asyncio.get_running_loop().time())


# --- without waiting ------------------------------------------------------------


def heard_at_once(
    voices: Voices, settings: ReceiverSettings, turns: int
) -> Iterator[tuple[float, list[SegmentAudio]]]:
    """In media time: how long each answer takes with its silence, finals and interims of it."""
    receiver = AudioReceiver(settings, connection_epoch=1)
    index = 0
    for turn in range(turns):
        segments: list[SegmentAudio] = []
        begun = index
        events = receiver.listen(turn + 1)
        saying = [*voices.answer(), *(2 * voices.silence)]
        for payload in saying:
            packet = RtpPacket(1, index & 0xFFFF, index * 960, False, 111, payload)
            events += receiver.receive(packet, index * PACKET_S)
            index += 1
            for event in events:
                if isinstance(event, SegmentClosed | InterimDue):
                    segments.append(event.segment)
                    if isinstance(event, InterimDue):
                        receiver.interim_done(event.segment.info.segment_id)
            ended = any(isinstance(event, TurnEnded) for event in events)
            events = []
            if ended:
                break
        yield (index - begun) * PACKET_S, segments
    receiver.close()
