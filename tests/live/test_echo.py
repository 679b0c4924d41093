"""A candidate with a loudspeaker: what the bot says comes back by the microphone."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest
from aiortc.rtp import RtpPacket as AiortcRtpPacket

from media_server.audio.opus import OpusDecoder
from media_server.audio.types import SpeechClip
from media_server.delivery import PLAIN, Delivery
from media_server.interview.spec import InterviewSpec, Question
from media_server.tools import headless
from media_server.tools.headless import HeadlessCandidate
from media_server.tts.encode import Encoded, encode_clip
from media_server.tts.flite import FliteEngine
from tests.live.bench import Bench, Guest, ToneVoice, open_bench
from tests.support.env import missing

QUESTION = Question(id="q1", text="Please tell me about a project that you are proud of.")
ECHO = 10 ** (-20 / 20)
PLAYOUT_FRAMES = 8
"""What the client has in its buffer before it plays: 160 ms."""


class SpokenVoice(ToneVoice):
    """A real voice, of which the server knows what it sends."""

    async def speak(
        self,
        text: str,
        *,
        locale: str,
        deadline_s: float,
        interview_id: str = "",
        delivery: Delivery = PLAIN,
        early: bool = False,
    ) -> SpeechClip:
        def make() -> Encoded:
            return encode_clip([FliteEngine("slt").synthesize(text, locale)])

        # The loop is the candidate's, too: held, its microphone would jump.
        packets, _, levels = await asyncio.to_thread(make)
        return SpeechClip(text, text, tuple(packets), "flite", "slt", ((0.0, text),), levels)


class LoudspeakerCandidate(HeadlessCandidate):
    """Its microphone hears its loudspeaker, 20 dB softer."""

    _decoder: OpusDecoder | None = None

    async def _on_bot_packet(self, packet: AiortcRtpPacket, arrival_time_ms: int) -> None:
        await super()._on_bot_packet(packet, arrival_time_ms)
        if self._decoder is None:
            self._decoder = OpusDecoder()
        if not self._speech:
            self._speech.extend([np.zeros(320, np.int16)] * PLAYOUT_FRAMES)
        heard = self._decoder.decode(packet.payload)
        self._speech.append((heard * ECHO).astype(np.int16))


async def by_loudspeaker(bench: Bench, interview_id: str) -> Guest:
    guest = Guest("call-1")
    guest.candidate = LoudspeakerCandidate(on_message=guest.messages.append)
    guest.candidate.only_loopback = True

    async def exchange(offer: str) -> str:
        accepted = await bench.service.open_call(interview_id, offer, call_id=guest.call_id)
        return accepted.answer_sdp

    await guest.candidate.connect_by(exchange, timeout_s=15.0)
    guest.candidate.send({"type": "hello", "last_seq": 0})
    return guest


@pytest.mark.virtual_time
async def test_a_question_by_loudspeaker_is_spoken_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A real microphone records on where the machine stands still, and sends it late.
    monkeypatch.setattr(headless, "_MAX_BEHIND_S", 1e9)
    if shutil.which("flite") is None:
        missing("flite")
    async with open_bench(tmp_path, tts=SpokenVoice()) as bench:
        interview_id = await bench.interview(InterviewSpec(questions=(QUESTION,)))
        guest = await by_loudspeaker(bench, interview_id)
        await guest.sees("welcome")
        guest.send("ready")
        await guest.listening(1)
        log = await bench.services.log.read(interview_id)
        assert "barged_in" not in [entry.type for entry in log]
        ended = [entry for entry in log if entry.type == "utterance_ended"]
        assert [entry.data["outcome"] for entry in ended] == ["heard", "heard"]
        counters = bench.service.media().counters
        # Of the greeting and of the question; packets that come late may tear one in two.
        assert counters["echoes"] in (2, 3)
        await guest.candidate.leave()
