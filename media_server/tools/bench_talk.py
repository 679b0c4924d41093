"""Candidates for `media-server bench`, in a process of its own: `python -m media_server.tools.bench_talk`.

Reads orders as JSON lines from stdin and answers each with one line on stdout; ends when stdin
does. Each candidate joins as the page does, is greeted and asked, and then talks until it hangs
up: the sentence by which the recogniser is measured, over and over, with pauses that close
segments and never end a turn.

| order | answer |
|---|---|
| `{"do": "join", "count": 3}` | `{"talking": 3, "refused": "", "bot_frames": 900, "bot_late": 0}`, once they talk |
| `{"do": "leave", "count": 1}` | `{"talking": 2}` |
| `{"do": "figures"}` | `{"talking": 2, "frames": 5000, "late": 0, "cpu_s": 1.5}` |
"""  # noqa: E501  # the table

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
from typing import Any

import aiohttp
import numpy as np
from aiortc import RTCCertificate

from media_server.audio.opus import OpusEncoder
from media_server.audio.types import PACKET_MS, SAMPLE_RATE
from media_server.stt import speed
from media_server.tools.light_client import PACKETS_PER_S, LightClient
from media_server.tts.process import die_with_parent

API_KEY_VARIABLE = "MEDIA_SERVER_API_KEY"
QUESTION = "Question {number}: what have you learned in the last year, and who helped you with it?"
PAUSE_S = 0.8
"""Closes a segment (0.5 s) and ends no turn."""
BITRATE = 28_000
TURN_MS = 3_600_000
LATE_S, STOPPED_S = 0.06, 0.5
"""A frame of the bot is late after the first; after the second it had stopped speaking."""
JOIN_S = 45.0
HTTP_S = 20.0
AT_ONCE = 4
_PING_S, _ACK_S = 2.0, 0.5
_GROUPS = 10
_BEHIND_S = 0.1


class Refused(Exception):
    """The server lets nobody in; the text is its own."""


class Talker(LightClient):
    """Room tone until it is listened to, then speech without an end."""

    def __init__(self, certificate: RTCCertificate, speech: list[bytes], tone: list[bytes]) -> None:
        super().__init__(certificate, speech)
        self._tone, self._speech = tone, speech
        self._at = secrets.randbelow(len(speech))
        self._acks: asyncio.TimerHandle | None = None
        self._pings: asyncio.TimerHandle | None = None
        self._newest = 0
        self._heard_s = 0.0
        self.bot_frames = self.bot_late = 0
        self.listened_to = asyncio.Event()

    def begin(self) -> None:
        assert self.channel is not None  # noqa: S101  # connected
        self.channel.on("message", self._on_message)
        self._tell({"type": "hello", "last_seq": 0, "client": "bench/1"})
        self._tell({"type": "ready"})
        self._ping()

    async def close(self) -> None:
        for timer in (self._pings, self._acks):
            if timer is not None:
                timer.cancel()
        await super().close()

    def send_next(self) -> None:
        if self.listened_to.is_set():
            self.send_payload(self._speech[self._at % len(self._speech)])
            self._at += 1
        else:
            self.send_payload(self._tone[self.packets_sent % len(self._tone)])

    def datagram_received(self, data: bytes, addr: Any) -> None:
        before = self.packets_received
        super().datagram_received(data, addr)
        if self.packets_received != before:
            now_s = time.monotonic()
            gap_s = now_s - self._heard_s
            self._heard_s = now_s
            self.bot_frames += 1
            self.bot_late += LATE_S < gap_s < STOPPED_S

    def _on_message(self, text: str) -> None:
        message = json.loads(text)
        seq = message.get("seq")
        if isinstance(seq, int):
            self._newest = max(self._newest, seq)
            if self._acks is None:
                self._acks = asyncio.get_running_loop().call_later(_ACK_S, self._acknowledge)
        if message["type"] == "state" and message["activity"] == "listening":
            self.listened_to.set()

    def _tell(self, message: dict[str, Any]) -> None:
        if self.channel is not None and self.channel.readyState == "open":
            self.channel.send(json.dumps(message))

    def _ping(self) -> None:
        self._tell({"type": "ping", "t_ms": time.monotonic() * 1000})
        self._pings = asyncio.get_running_loop().call_later(_PING_S, self._ping)

    def _acknowledge(self) -> None:
        self._acks = None
        self._tell({"type": "ack", "seq": self._newest})


class Crowd:
    """Everybody of this process. `send` runs beside the orders for as long as they last."""

    def __init__(self, url: str, api_key: str, http: aiohttp.ClientSession) -> None:
        self._url, self._api_key, self._http = url, api_key, http
        self._certificate = RTCCertificate.generateCertificate()
        self._speech, self._tone = frames_of_speech()
        self._talkers: list[Talker] = []
        self._made = secrets.randbelow(1000) * 1000
        self._gone = 0
        """Frames of those that left."""
        self.late = 0

    async def send(self) -> None:
        loop = asyncio.get_running_loop()
        due_s, turn = loop.time(), 0
        while True:
            for talker in self._talkers[turn % _GROUPS :: _GROUPS]:
                talker.send_next()
            turn += 1
            due_s += 1 / PACKETS_PER_S / _GROUPS
            behind_s = loop.time() - due_s
            if behind_s > _BEHIND_S:
                self.late += 1
                due_s = loop.time()
            await asyncio.sleep(max(0.0, -behind_s))

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        if order["do"] == "join":
            return await self._join(int(order["count"]))
        if order["do"] == "leave":
            leaving = [self._talkers.pop() for _ in range(min(order["count"], self.talking))]
            self._gone += sum(talker.packets_sent for talker in leaving)
            await asyncio.gather(*(talker.close() for talker in leaving))
            return {"talking": self.talking}
        frames = self._gone + sum(talker.packets_sent for talker in self._talkers)
        return {
            "talking": self.talking,
            "frames": frames,
            "late": self.late,
            "cpu_s": time.process_time(),
        }

    @property
    def talking(self) -> int:
        return len(self._talkers)

    async def close(self) -> None:
        await asyncio.gather(*(talker.close() for talker in self._talkers), return_exceptions=True)

    async def _join(self, count: int) -> dict[str, Any]:
        gate = asyncio.Semaphore(AT_ONCE)
        joined = await asyncio.gather(
            *(self._one(gate) for _ in range(count)), return_exceptions=True
        )
        talkers = [one for one in joined if isinstance(one, Talker)]
        problems = [one for one in joined if isinstance(one, BaseException)]
        return {
            "talking": self.talking,
            "refused": _told(problems[0]) if problems else "",
            "bot_frames": sum(talker.bot_frames for talker in talkers),
            "bot_late": sum(talker.bot_late for talker in talkers),
        }

    async def _one(self, gate: asyncio.Semaphore) -> Talker:
        talker = Talker(self._certificate, self._speech, self._tone)
        self._made += 1
        try:
            async with asyncio.timeout(JOIN_S):
                async with gate:
                    await self._call(talker, self._made)
                self._talkers.append(talker)
                talker.begin()
                await talker.listened_to.wait()
        except BaseException:
            if talker in self._talkers:
                self._talkers.remove(talker)
            await talker.close()
            raise
        return talker

    async def _call(self, talker: Talker, number: int) -> None:
        """Raises Refused, aiohttp.ClientError, OSError."""
        question = QUESTION.format(number=number)
        made = await self._ask("/v1/interviews", self._api_key, json={
            "title": "Bench", "greeting": "Hello.", "consent": {"required": False},
            "questions": [{"text": question, "limits": {"max_turn_ms": TURN_MS}}],
            "turn": {"max_turn_ms": TURN_MS},
            "retention": {"record_audio": True},
        })  # fmt: skip
        link = made["join_url"].rpartition("/")[2]
        joined = await self._ask("/v1/join", "", json={"link": link})
        headers = {"Content-Type": "application/sdp"}
        answer = await self._ask(
            f"/whip/{joined['interview']}", joined["token"], data=talker.offer(), headers=headers
        )
        await talker.connect(answer)

    async def _ask(self, path: str, bearer: str, **request: Any) -> Any:
        headers = dict(request.pop("headers", {}))
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        async with self._http.post(self._url + path, headers=headers, **request) as response:
            is_json = "json" in response.content_type
            answer: Any = await response.json() if is_json else await response.text()
            if response.status >= 300:
                detail = answer.get("detail") or answer.get("title") if is_json else answer
                raise Refused(f"{response.status} {str(detail)[:300]}")
            return answer


def frames_of_speech() -> tuple[list[bytes], list[bytes]]:
    """(the sentence and its pause, room tone): Opus of 20 ms, as a browser sends it."""
    noise = np.random.default_rng(2)
    pause = (noise.standard_normal(int(PAUSE_S * SAMPLE_RATE)) * 6).astype(np.int16)
    tone = (noise.standard_normal(4 * SAMPLE_RATE) * 6).astype(np.int16)
    spoken = np.concatenate([speed.sentence(), pause])
    frame = SAMPLE_RATE * PACKET_MS // 1000
    with OpusEncoder(SAMPLE_RATE, bitrate=BITRATE) as encoder:
        return (
            encoder.encode_all(spoken[: len(spoken) // frame * frame]),
            encoder.encode_all(tone),
        )


def _told(problem: BaseException) -> str:
    if isinstance(problem, Refused):
        return str(problem)
    if isinstance(problem, TimeoutError):
        return f"a candidate was not asked anything within {JOIN_S:g} s"
    return f"{type(problem).__name__}: {problem}"


async def _serve(url: str, api_key: str) -> None:
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    timeout = aiohttp.ClientTimeout(total=HTTP_S)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        crowd = Crowd(url, api_key, http)
        sending = asyncio.create_task(crowd.send(), name="send")
        try:
            while line := await orders.readline():
                print(json.dumps(await crowd.obey(json.loads(line))), flush=True)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await crowd.close()


def main() -> int:
    url, parent = sys.argv[1:]
    die_with_parent(int(parent))
    asyncio.run(_serve(url, os.environ[API_KEY_VARIABLE]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
