"""A candidate at a real server over HTTP and WebRTC, who can vanish and come back."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import aiohttp

from media_server.audio.types import Pcm
from media_server.tools import headless
from tests.live.bench import Guest
from tests.support.server import API_KEY, Server

AUTHORISED = {"Authorization": f"Bearer {API_KEY}"}
NAME = "Cassandra Canary"
"""Of every candidate here: it may stand in no log."""
CLOSERS = frozenset({"superseded", "moved"})
"""Codes of an error after which not a byte may follow."""
_SDP_SECRETS = re.compile(r"a=(?:ice-pwd:|fingerprint:\S+ )(\S+)")


async def create(server: Server, http: aiohttp.ClientSession, **spec: Any) -> dict[str, Any]:
    """An interview of three questions with short turns; `id` and `join_url`."""
    body = {
        "greeting": "Hello.",  # the usual one takes 14 s
        "candidate": {"external_id": NAME},
        "questions": [{"id": f"q{n}", "text": f"This is question number {n}."} for n in (1, 2, 3)],
        "turn": {"silence_ms": 700, "min_turn_ms": 500},
        **spec,
    }
    async with http.post(f"{server.url}/v1/interviews", json=body, headers=AUTHORISED) as response:
        assert response.status == 201, await response.text()
        made: dict[str, Any] = await response.json()
        return made


async def get(server: Server, http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(f"{server.url}{path}", headers=AUTHORISED) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def join(
    server: Server, http: aiohttp.ClientSession, link: str, *, resume: str = ""
) -> dict[str, Any]:
    """By the link, or the resume token, with consent: `interview` and `token`."""
    body = {"resume": resume} if resume else {"link": link}
    async with http.post(f"{server.url}/v1/join", json=body) as r:
        assert r.status == 200, await r.text()
        joined: dict[str, Any] = await r.json()
    consent = joined["page"]["consent"]
    if consent["required"] and not consent["given"]:
        async with http.post(
            f"{server.url}/v1/consent",
            json={"version": consent["version"], "accepted": True},
            headers={"Authorization": f"Bearer {joined['token']}"},
        ) as r:
            assert r.status == 204, await r.text()
    return joined


class Visitor(Guest):
    """`visit` joins and connects; use once, come back with another. `was`: the earlier one of the
    same device, which has kept its resume token."""

    def __init__(
        self,
        server: Server,
        http: aiohttp.ClientSession,
        join_url: str,
        *,
        was: Visitor | None = None,
    ) -> None:
        super().__init__("visitor")
        self.server = server
        self.http = http
        self.link = join_url.rpartition("/")[2]
        welcomes = was.of("welcome") if was is not None else []
        self._resume = str(welcomes[-1]["resume_token"]) if welcomes else ""
        self.gate_closed_s: float | None = None
        """Loop time at which the server said that this connection hears no more."""
        self.told_s: list[float] = []
        """Loop time of each message."""
        self._secrets = [self.link, NAME]
        self.candidate._on_message = self._note

    def _note(self, message: dict[str, Any]) -> None:
        now_s = asyncio.get_running_loop().time()
        self.messages.append(message)
        self.told_s.append(now_s)
        if message.get("code") in CLOSERS and self.gate_closed_s is None:
            self.gate_closed_s = now_s

    @property
    def secrets(self) -> list[str]:
        """What no log may show: link, tokens, name, keys of both SDPs, words of the answers."""
        tokens = [str(m["resume_token"]) for m in self.of("welcome") if m.get("resume_token")]
        words = [str(m["text"]) for m in self.of("transcript") if len(str(m["text"])) > 12]
        return [*self._secrets, *tokens, *words]

    async def visit(self, *, start: bool = True, last_seq: int = 0) -> Visitor:
        joined = await join(self.server, self.http, self.link, resume=self._resume)
        return await self.call(joined, start=start, last_seq=last_seq)

    async def call(
        self, joined: dict[str, Any], *, start: bool = True, last_seq: int = 0
    ) -> Visitor:
        """Connect with the token of an earlier `join`."""
        token = joined["token"]
        self._secrets.append(token)
        await self.candidate.connect(
            f"{self.server.url}/whip/{joined['interview']}", token, self.http
        )
        pc = self.candidate._pc
        assert pc is not None
        for description in (pc.localDescription, pc.remoteDescription):
            self._secrets += _SDP_SECRETS.findall(description.sdp)
        self.send("hello", last_seq=last_seq)
        if start:
            self.send("ready")
        return self

    def send(self, kind: str, **fields: Any) -> None:
        if kind == "text_answer":
            self._secrets.append(str(fields["text"]))
        super().send(kind, **fields)

    async def speak(self, pcm: Pcm, rate: int) -> None:
        """Say it, in real time."""
        await asyncio.sleep(self.candidate.say(pcm, rate))

    def fall_silent(self) -> None:
        """No packet leaves any more, but what comes is still counted; `vanish` afterwards."""
        pc = self.candidate._pc
        assert pc is not None
        for transceiver in pc.getTransceivers():
            headless._mute(transceiver.sender.transport)


def check_rounds(log: list[dict[str, Any]]) -> None:
    rounds = [entry["data"]["round"] for entry in log if entry["type"] == "round_advanced"]
    assert rounds == list(range(len(rounds))), rounds
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
