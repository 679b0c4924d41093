"""`media-server serve` as a process of its own, to talk to, to stop and to kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support import recogniser
from tests.support.env import free_port
from tests.support.forked import FORKER

API_KEY = "test-key-of-the-suite"
START_S = 120
"""Ends a test whose server hangs; an idle machine needs two or three seconds."""
REAL_RECOGNISER = {"MEDIA_SERVER_STT_ENGINE": "pocketsphinx"}
"""For `start_server`, where a test is about the words; others have `tests.support.recogniser`."""
HURRIED = {"PATH": f"{Path(__file__).parent / 'hurried'}{os.pathsep}{os.environ['PATH']}"}
"""For `start_server`, where nobody listens to the questions and each is waited for: flite speaks
more than twice as fast as with TTS_SPEED. Not where a test cuts somebody off who speaks."""
_started: list[subprocess.Popen[str]] = []


@dataclass
class Server:
    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    environment: dict[str, str]


def start_server(data_dir: Path, prefix: tuple[str, ...] = (), /, **settings: str) -> Server:
    """`serve` in a process of its own, behind the command `prefix`; returns when it is `ready`.

    What it hears is made up; with `**REAL_RECOGNISER` it is recognised. With
    `MEDIA_SERVER_TTS_ENGINE="auto"` it speaks with the voice that interviews have.
    """
    port = int(settings.pop("PORT", 0)) or free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATA_DIR": str(data_dir),
        "MEDIA_SERVER_API_KEY": API_KEY,
        # No other: tests beside this one make networks and take them away again.
        "MEDIA_SERVER_RTC_BIND_ADDRESSES": settings.get("HOST", "127.0.0.1"),
        # Its process is what tests look into, stop and kill; test_watchdog has a supervised one.
        "MEDIA_SERVER_SUPERVISE": "off",
        # However many cores there are; tests/faults/test_workers.py has several.
        "MEDIA_SERVER_WORKERS": "1",
        # Its questions are spoken in real time, and most tests are not about how they sound.
        "MEDIA_SERVER_TTS_SPEED": "2",
        # flite is there at once; the voice that interviews have takes two seconds to load.
        **({"MEDIA_SERVER_TTS_ENGINE": "flite"} if shutil.which("flite") else {}),
        # Nor are they about what is made before it is due (tests/tts/test_ahead.py).
        "MEDIA_SERVER_SPEECH_AHEAD": "off",
        "MEDIA_SERVER_STT_ENGINE": recogniser.NAME,
        # A browser that is gone says nothing: its call would hold up the end of the test until the
        # server takes it for lost, eight seconds. Tests about draining set their own.
        "MEDIA_SERVER_DRAIN_S": "0",
        **settings,
    }
    log = (data_dir / "serve.log").open("a")
    with log:
        process = _start(prefix, environment, log)
    _started.append(process)
    assert process.stdout is not None
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s:
        line = process.stdout.readline()
        if line.startswith("ready "):
            return Server(line.split()[1], data_dir, process, environment)
        if not line and process.poll() is not None:
            break
    process.kill()
    process.wait()
    process.stdout.close()
    raise AssertionError(f"serve did not get ready: {(data_dir / 'serve.log').read_text()}")


def _start(
    prefix: tuple[str, ...], environment: dict[str, str], log: IO[str]
) -> subprocess.Popen[str]:
    several = environment["MEDIA_SERVER_WORKERS"] != "1"  # one is really spawned: test_watchdog
    if not prefix and (several or environment["MEDIA_SERVER_SUPERVISE"] == "off"):
        return FORKER.start(["serve"], environment, log)
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "media_server", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )


def stop_server(server: Server) -> int:
    server.process.send_signal(signal.SIGTERM)
    try:
        return server.process.wait(60)
    finally:
        server.process.kill()
        server.process.wait()
        if server.process.stdout is not None:
            server.process.stdout.close()


def kill_server(server: Server) -> None:
    """SIGKILL: no goodbye, nothing flushed."""
    server.process.kill()
    server.process.wait(10)
    if server.process.stdout is not None:
        server.process.stdout.close()


def kill_leftovers() -> None:
    """Whatever is still running."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            process.kill()
            process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
