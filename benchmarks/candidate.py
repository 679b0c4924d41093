"""Candidates for load: what the web client does in a call, at the cost of one packet each 20 ms.

They say `ready`, answer each question, ping every two seconds and acknowledge durable events, as
`client/sdk/client.js` does, so that the data channel carries what it carries in service.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiohttp
import numpy as np
from aiortc import RTCCertificate

from benchmarks.recordings import FOLDER
from media_server.audio.opus import OpusEncoder
from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.tools.light_client import PACKETS_PER_S, LightClient

SPEECH = FOLDER / "ls_1998-15444-0000.wav"
"""The first of the recordings that answers are made of."""
BOT_SHARE = 0.2
"""How much of the time the bot speaks: an answer lasts as long as that asks for."""
TURN_END_S = 2.2
"""Silence that ends the turn, and the way to the next question's first packet."""
ROUND_S = 13.6
"""About: a question of 2.7 s, the answer, and the silence that ends it."""
_ANSWER_S = 8.7
_LONGEST_ANSWER_S = 25.0
_SHORTEST_QUESTION_S = 1.0
_PING_S = 2.0
_ACK_S = 0.5
"""As the web client: one acknowledgement for a burst of events."""
_TICK_GROUPS = 10
_LATE_S = 0.2
_NO_REPLY_NEEDED = ('{"type":"level"', '{"type":"pong"')


class Candidate(LightClient):
    """Says its answer whenever the server listens, and room tone otherwise."""

    def __init__(self, certificate: RTCCertificate, answer: list[bytes], tone: list[bytes]) -> None:
        super().__init__(certificate, tone)
        self._answer, self._tone = answer, tone
        self._at = self._length = 0
        self._said = round(_ANSWER_S * PACKETS_PER_S)
        self._heard_before = 0
        self._listening = False
        self._newest = 0
        self._acks: asyncio.TimerHandle | None = None
        self._pings: asyncio.TimerHandle | None = None
        self.questions = 0
        self.connect_ms = 0.0

    def begin(self, spread_s: float) -> None:
        """Press Start at some time within `spread_s`, so that not all listen at once."""
        assert self.channel is not None
        self.channel.on("message", self._on_message)
        self._tell({"type": "hello", "last_seq": 0, "client": "bench/1"})
        loop = asyncio.get_running_loop()
        loop.call_later(random.uniform(0, spread_s), self._tell, {"type": "ready"})
        self._pings = loop.call_later(random.uniform(0, _PING_S), self._ping)

    async def close(self) -> None:
        for timer in (self._pings, self._acks):
            if timer is not None:
                timer.cancel()
        await super().close()

    def send_next(self) -> None:
        if self._at < self._length:
            payload = self._answer[self._at % len(self._answer)]
            self._at += 1
        else:
            payload = self._tone[self.packets_sent % len(self._tone)]
        self.send_payload(payload)

    def _tell(self, message: dict[str, Any]) -> None:
        if self.channel is not None and self.channel.readyState == "open":
            self.channel.send(json.dumps(message))

    def _ping(self) -> None:
        self._tell({"type": "ping", "t_ms": time.monotonic() * 1000})
        self._pings = asyncio.get_running_loop().call_later(_PING_S, self._ping)

    def _acknowledge(self) -> None:
        self._acks = None
        self._tell({"type": "ack", "seq": self._newest})

    def _on_message(self, text: str) -> None:
        if text.startswith(_NO_REPLY_NEEDED):
            return
        message = json.loads(text)
        if isinstance(message.get("seq"), int):
            self._newest = max(self._newest, message["seq"])
            if self._acks is None:
                self._acks = asyncio.get_running_loop().call_later(_ACK_S, self._acknowledge)
        if message["type"] == "question":
            self.questions += 1
            self._heard_before = self.packets_received  # the greeting is no part of a round
        elif message["type"] == "state":
            self._on_activity(message["activity"] == "listening")

    def _on_activity(self, listening: bool) -> None:
        if listening == self._listening:
            return
        self._listening = listening
        self._at = self._length = 0
        if listening:
            self._length = self._answer_packets()

    def _answer_packets(self) -> int:
        """As long as makes the question just heard `BOT_SHARE` of its round."""
        heard = self.packets_received - self._heard_before
        self._heard_before = self.packets_received
        if heard >= _SHORTEST_QUESTION_S * PACKETS_PER_S:
            wanted_s = heard / PACKETS_PER_S * (1 / BOT_SHARE - 1) - TURN_END_S
            self._said = round(min(wanted_s, _LONGEST_ANSWER_S) * PACKETS_PER_S)
        return self._said


class Rounds(LightClient):
    """A candidate for servers that ask nothing: answers and silences by the clock."""

    def __init__(
        self, certificate: RTCCertificate, answer: list[bytes], tone: list[bytes], channel: bool
    ) -> None:
        super().__init__(certificate, tone, channel=channel)
        self._answer, self._tone = answer, tone
        self._round = round(ROUND_S * PACKETS_PER_S)
        self._answer_length = round(_ANSWER_S * PACKETS_PER_S)
        self._phase = random.randrange(self._round)

    def send_next(self) -> None:
        at = (self.packets_sent + self._phase) % self._round
        source = self._answer if at < self._answer_length else self._tone
        self.send_payload(source[at % len(source)])


Sender = TypeVar("Sender", bound=LightClient)


class Load(Generic[Sender]):
    """Sends for every candidate, 50 packets a second, spread over the 20 ms."""

    def __init__(self, candidates: Iterable[Sender] = ()) -> None:
        self.groups: list[list[Sender]] = [[] for _ in range(_TICK_GROUPS)]
        self.late = 0
        """Ticks that came so late that the server would see a burst."""
        self.count = 0
        for candidate in candidates:
            self.add(candidate)

    def add(self, candidate: Sender) -> None:
        self.groups[self.count % _TICK_GROUPS].append(candidate)
        self.count += 1

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            for group in self.groups:
                for candidate in group:
                    candidate.send_next()
                due_s += 1 / PACKETS_PER_S / _TICK_GROUPS
                behind_s = loop.time() - due_s
                self.late += behind_s > _LATE_S
                await asyncio.sleep(max(0.0, -behind_s))


async def join(
    url: str, api_key: str, http: aiohttp.ClientSession, questions: list[str], candidate: Candidate
) -> None:
    """What the candidate's page does: link, consent, call."""
    body = {"questions": [{"id": f"q{n}", "text": text} for n, text in enumerate(questions)]}
    authorised = {"Authorization": f"Bearer {api_key}"}
    made = await _ask(http, f"{url}/v1/interviews", authorised, body)
    link = made["join_url"].rpartition("/")[2]
    joined = await _ask(http, f"{url}/v1/join", {}, {"link": link})
    bearer = {"Authorization": f"Bearer {joined['token']}"}
    consent = joined["page"]["consent"]
    if consent["required"]:
        answer = {"version": consent["version"], "accepted": True}
        await _ask(http, f"{url}/v1/consent", bearer, answer)
    began_s = time.perf_counter()
    whip = f"{url}/whip/{joined['interview']}"
    headers = bearer | {"Content-Type": "application/sdp"}
    async with http.post(whip, data=candidate.offer(), headers=headers) as response:
        answer_sdp = await response.text()
        if response.status != 201:
            raise RuntimeError(f"call refused: {response.status} {answer_sdp[:200]}")
    await candidate.connect(answer_sdp)
    candidate.connect_ms = (time.perf_counter() - began_s) * 1000


async def _ask(http: aiohttp.ClientSession, url: str, headers: Any, body: Any) -> Any:
    async with http.post(url, json=body, headers=headers) as response:
        if response.status >= 300:
            raise RuntimeError(f"{url}: {response.status} {(await response.text())[:300]}")
        return await response.json() if response.status != 204 else None


def opus_of_speech() -> tuple[list[bytes], list[bytes]]:
    """(speech for answers, room tone) as 20 ms packets of 28 kb/s with FEC, wideband: what browsers
    send, because our answer asks for it (`rtc/answer.OPUS_FMTP`)."""
    noise = np.random.default_rng(2).standard_normal(SAMPLE_RATE * 4) * 6
    with OpusEncoder(SAMPLE_RATE, bitrate=28_000) as encoder:
        answer = encoder.encode_all(pcm_of_speech(_LONGEST_ANSWER_S))
        return answer, encoder.encode_all(noise.astype(np.int16))


def pcm_of_speech(seconds: float) -> Pcm:
    """16 kHz: people who read aloud, which every gate takes for speech; or where no recording is at
    hand noise through a slow envelope, which the gate `webrtc` alone does."""
    count = int(SAMPLE_RATE * seconds)
    if SPEECH.exists():
        read = [_samples(path) for path in sorted(FOLDER.glob("ls_*.wav"))]
        return _without_long_pauses(np.concatenate(read))[:count]
    envelope = np.abs(np.sin(np.arange(count) / SAMPLE_RATE * 2 * np.pi * 2))
    noise = np.random.default_rng(1).standard_normal(count)
    smooth = np.convolve(noise, np.ones(12) / 12, mode="same")
    return (smooth * envelope * 9000).astype(np.int16)


def _samples(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def _without_long_pauses(pcm: Pcm) -> Pcm:
    """At most 1 s of silence in a row, so that only the answer's end ends the turn."""
    frames = pcm[: len(pcm) // 320 * 320].reshape(-1, 320)
    loud = np.abs(frames).max(axis=1) > 700
    kept, quiet = [], 0
    for frame, sounds in zip(frames, loud, strict=True):
        quiet = 0 if sounds else quiet + 1
        if quiet <= 50:
            kept.append(frame)
    return np.concatenate(kept)
