"""The servers that ours is measured beside: how each is had, started, called and asked."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from benchmarks.janus import Janus, JanusApi
from benchmarks.process_tree import ROOT, Started

ENVIRONMENTS = Path(__file__).parent / ".envs"
_READY_S = 60.0


class Running(Protocol):
    """A peer's server that has been started."""

    async def ready(self, http: aiohttp.ClientSession, server: Started) -> None: ...
    async def answer(self, offer: str) -> str: ...
    async def figures(self) -> dict[str, float]:
        """Loop lag since the last time, where the peer has a loop of Python's."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class PythonPeer:
    """A script under `peer_servers/`, in an environment of its own."""

    name: str
    what: str
    """What it does for a call, for the table."""
    module: str
    environment: str
    packages: tuple[str, ...]
    without_dependencies: tuple[str, ...] = ()
    """Installed for a file in them; what they ask for would clash."""
    variant: str = ""
    channel: bool = True

    @property
    def version(self) -> str:
        return self.packages[0]

    @property
    def python(self) -> Path:
        return ENVIRONMENTS / self.environment / "bin" / "python"

    def missing(self) -> str:
        if not self.python.exists():
            return "no environment: run with --install"
        command = [str(self.python), "-c", f"import benchmarks.peer_servers.{self.module}"]
        tried = subprocess.run(
            command, env=self._env(), cwd=ROOT, capture_output=True, text=True, check=False
        )
        words = tried.stderr.strip().splitlines()
        return words[-1] if tried.returncode and words else ""

    def install(self) -> None:
        """Raises CalledProcessError."""
        if not self.python.exists():
            venv.create(self.python.parent.parent, with_pip=True, symlinks=True)
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *self.packages], check=True)
        if self.without_dependencies:
            subprocess.run([*pip, "--no-deps", *self.without_dependencies], check=True)

    def start(
        self, directory: Path, port: int, speech: Path, round_s: float, pin: str
    ) -> tuple[Started, Running]:
        command = [
            *(str(self.python), "-m", f"benchmarks.peer_servers.{self.module}"),
            *("--port", str(port), "--speech", str(speech), "--round-s", str(round_s)),
            *("--variant", self.variant),
        ]
        server = Started(command, directory / "server.log", self._env(), pin)
        return server, PythonServer(f"http://127.0.0.1:{port}")

    def _env(self) -> dict[str, str]:
        # neither of them is to call home while it is measured
        offline = {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
        return dict(os.environ) | offline | {"PYTHONPATH": str(ROOT)}


class PythonServer:
    """Speaks to `peer_servers/common.py`."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ready(self, http: aiohttp.ClientSession, server: Started) -> None:
        self._http = http
        await until_answers(http, f"{self._url}/figures", server)

    async def answer(self, offer: str) -> str:
        async with self._http.post(f"{self._url}/offer", data=offer) as response:
            if response.status != 200:
                raise RuntimeError(f"{response.status} {await response.text()}")
            return await response.text()

    async def figures(self) -> dict[str, float]:
        async with self._http.get(f"{self._url}/figures") as response:
            return dict(await response.json())

    async def close(self) -> None:
        """Nothing of ours outlives a request."""


@dataclass(frozen=True, slots=True)
class JanusPeer:
    """Debian's Janus, from a configuration made for the run."""

    name: str
    what: str
    plugin: str
    environment: str = ""
    channel: bool = False

    @property
    def version(self) -> str:
        if not shutil.which("janus"):
            return "janus"
        told = subprocess.run(["janus", "--version"], capture_output=True, text=True, check=False)
        return f"janus {told.stdout.split()[-1]}" if told.stdout.split() else "janus"

    def missing(self) -> str:
        return "" if shutil.which("janus") else "janus is not installed: apt-get install janus"

    def install(self) -> None:
        """The system's package manager has it; this script does not act as root."""

    def start(
        self, directory: Path, port: int, speech: Path, round_s: float, pin: str
    ) -> tuple[Started, Running]:
        janus = Janus(directory, port, speech, round_s)
        server = Started(janus.command(), directory / "server.log", os.environ, pin)
        return server, JanusServer(JanusApi(janus.url, self.plugin, janus.bot_file))


class JanusServer:
    def __init__(self, api: JanusApi) -> None:
        self._api = api

    async def ready(self, http: aiohttp.ClientSession, server: Started) -> None:
        await until_answers(http, f"{self._api.url}/info", server)
        await self._api.open(http)

    async def answer(self, offer: str) -> str:
        return await self._api.call(offer)

    async def figures(self) -> dict[str, float]:
        return {}

    async def close(self) -> None:
        await self._api.close()


async def until_answers(http: aiohttp.ClientSession, url: str, server: Started) -> None:
    end_s = time.monotonic() + _READY_S
    while time.monotonic() < end_s and not server.ended:
        try:
            async with http.get(url) as response:
                if response.status == 200:
                    await response.read()
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError(f"does not get ready: {server.last_words()}")


_HTTP = "aiohttp==3.14.5"
_AIORTC = ("aiortc==1.16.0", "av==18.1.0", "webrtcvad-wheels==2.0.14", "numpy==2.4.6", _HTTP)
_FASTRTC: dict[str, Any] = {
    "module": "fastrtc_server",
    "environment": "fastrtc",
    "packages": ("fastrtc[vad]==0.0.34", *_AIORTC),
    "without_dependencies": ("faster-whisper==1.0.2",),
}
_PIPECAT: dict[str, Any] = {
    "module": "pipecat_server",
    "environment": "pipecat",
    "packages": ("pipecat-ai[webrtc]==1.14.0", *_AIORTC),
}
PEERS: tuple[PythonPeer | JanusPeer, ...] = (
    PythonPeer(
        "aiortc",
        "as its examples do it: recv, resample, webrtcvad; sends silence, too",
        "plain_aiortc",
        "aiortc",
        _AIORTC,
    ),
    PythonPeer("fastrtc-async", "AsyncStreamHandler, webrtcvad", **_FASTRTC),
    PythonPeer("fastrtc-pause", "ReplyOnPause, Silero", **_FASTRTC, variant="pause"),
    PythonPeer("pipecat", "SmallWebRTC, no VAD; sends silence, too", **_PIPECAT),
    PythonPeer(
        "pipecat-silero", "SmallWebRTC, Silero; sends silence, too", **_PIPECAT, variant="silero"
    ),
    JanusPeer("janus-audiobridge", "C: decodes, mixes, encodes; a room for each", "audiobridge"),
    JanusPeer("janus-echotest", "C: sends back what came, no codec", "echotest"),
)
