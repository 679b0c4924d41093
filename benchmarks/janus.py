"""Debian's Janus for a measurement: a configuration of its own, and its API over HTTP."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from media_server.audio.ogg import OggOpusWriter
from media_server.audio.opus import OpusEncoder
from media_server.tools.light_client import PACKETS_PER_S
from media_server.tools.wav import PLAYBACK_RATE, read

_ROOM_RATE = 16_000
"""What speech recognition wants, and AudioBridge's default."""
_EVENT_S = 15.0
_PHASES = 5
_LIBRARIES = "/usr/lib/*/janus"

_MAIN = """
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{libraries}/plugins"
  transports_folder = "{libraries}/transports"
  events_folder = "{folder}/none"
  loggers_folder = "{folder}/none"
  log_to_stdout = true
  debug_level = 3
  session_timeout = 0
}}
media: {{ }}
nat: {{ }}
plugins: {{ }}
transports: {{ }}
"""
_HTTP = """
general: {{
  json = "compact"
  base_path = "/janus"
  http = true
  port = {port}
  ip = "127.0.0.1"
  https = false
}}
admin: {{ admin_http = false }}
"""


class Janus:
    """What one run of Janus needs on disk."""

    def __init__(self, directory: Path, port: int, speech: Path, round_s: float) -> None:
        self.url = f"http://127.0.0.1:{port}/janus"
        self._main = directory / "janus.jcfg"
        root = Path("/")
        libraries = next(iter(sorted(root.glob(_LIBRARIES.lstrip("/")))), root)
        self._main.write_text(_MAIN.format(folder=directory, libraries=libraries))
        (directory / "janus.transport.http.jcfg").write_text(_HTTP.format(port=port))
        (directory / "janus.plugin.audiobridge.jcfg").write_text("general: { }\n")
        self._files = [directory / f"bot-{phase}.opus" for phase in range(_PHASES)]
        for phase, path in enumerate(self._files):
            path.write_bytes(_round(speech, round_s, phase / _PHASES))
        self._next = itertools.cycle(self._files)

    def command(self) -> list[str]:
        return ["janus", "--config", str(self._main), "--configs-folder", str(self._main.parent)]

    def bot_file(self) -> Path:
        """For the next call: the bots of all calls are not to speak at the same time."""
        return next(self._next)


def _round(speech: Path, round_s: float, phase: float) -> bytes:
    """Ogg Opus of one round: what the bot says, and silence."""
    pcm = np.zeros(round(round_s * PLAYBACK_RATE), np.int16)
    words = read(speech).pcm
    pcm[: len(words)] = words
    with OpusEncoder(PLAYBACK_RATE) as encoder:
        packets = encoder.encode_all(np.roll(pcm, round(len(pcm) * phase)))
    writer = OggOpusWriter(serial=1)
    made = [writer.header()]
    made += [writer.add(index / PACKETS_PER_S, packet) for index, packet in enumerate(packets)]
    return b"".join([*made, writer.finish()])


class JanusApi:
    """One session with a handle for each call, and for AudioBridge a room for each."""

    def __init__(self, url: str, plugin: str, bot_file: Any) -> None:
        self.url = url
        self._plugin, self._bot_file = plugin, bot_file
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._poll: asyncio.Task[None] | None = None
        self._services = itertools.count(1000)

    async def open(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        made = await self._post("", {"janus": "create"})
        self._session = f"/{made['data']['id']}"
        self._poll = asyncio.create_task(self._events())

    async def close(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.gather(self._poll, return_exceptions=True)

    async def call(self, offer: str) -> str:
        attach = {"janus": "attach", "plugin": f"janus.plugin.{self._plugin}"}
        handle = f"{self._session}/{(await self._post(self._session, attach))['data']['id']}"
        jsep = {"type": "offer", "sdp": offer}
        if self._plugin == "echotest":
            event = await self._message(handle, {"audio": True, "video": False}, jsep)
        else:
            room = next(self._services)
            create = {"request": "create", "room": room, "sampling_rate": _ROOM_RATE}
            await self._message(handle, create, waits=False)
            play = {"request": "play_file", "room": room, "loop": True}
            await self._message(handle, play | {"filename": str(self._bot_file())}, waits=False)
            await self._message(handle, {"request": "join", "room": room})
            event = await self._message(handle, {"request": "configure"}, jsep)
        await self._post(handle, {"janus": "trickle", "candidate": {"completed": True}})
        if "jsep" not in event:
            raise RuntimeError(f"no answer: {event}")
        return str(event["jsep"]["sdp"])

    async def _message(
        self, handle: str, body: Any, jsep: Any = None, *, waits: bool = True
    ) -> dict[str, Any]:
        """`waits`: the answer comes as an event, not in the response."""
        transaction = secrets.token_hex(8)
        message = {"janus": "message", "body": body, "transaction": transaction}
        if jsep is not None:
            message["jsep"] = jsep
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = future
        try:
            told = await self._post(handle, message)
            if waits:
                async with asyncio.timeout(_EVENT_S):
                    told = await future
        finally:
            del self._waiting[transaction]
        data = told.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise RuntimeError(f"{body}: {data['error']}")
        return told

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        whole = {"transaction": secrets.token_hex(8)} | body
        async with self._http.post(self.url + path, json=whole) as response:
            told: dict[str, Any] = await response.json(content_type=None)
        if told["janus"] == "error":
            raise RuntimeError(f"{body['janus']}: {told['error']}")
        return told

    async def _events(self) -> None:
        while True:
            async with self._http.get(f"{self.url}{self._session}?maxev=10") as response:
                told = await response.json(content_type=None)
            for event in told if isinstance(told, list) else [told]:
                future = self._waiting.get(event.get("transaction", ""))
                if event["janus"] == "event" and future is not None and not future.done():
                    future.set_result(event)
