"""Signals to a real serving process: what they mean, and an end that comes whatever hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from media_server.stopping import Stopping
from tests.support.env import free_port
from tests.support.waiting import PATIENCE_S

SERVICE = """
import asyncio, contextlib, time
from media_server import logging, stopping
from media_server.config import load_config
from media_server.serve import Server
from tests.signaling.memory_service import MemoryService

logging.configure("info", "text")
stopping.LET_GO_S, stopping.GONE_S = {let_go_s}, {gone_s}

async def hang():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

class StoppingService(MemoryService):
    async def give_back(self):
        print("leases given back", flush=True)

@contextlib.asynccontextmanager
async def service(config):
    yield StoppingService()
    {closing}

raise SystemExit(asyncio.run(Server(load_config(), open_service=service).run()))
"""


@contextmanager
def serving(
    directory: Path, closing: str = "pass", *, let_go_s: float = 90, gone_s: float = 90
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """(process, URL), when it is ready; its errors are in `errors`."""
    service = SERVICE.format(closing=closing, let_go_s=let_go_s, gone_s=gone_s)
    kept = {n: v for n, v in os.environ.items() if not n.startswith("MEDIA_SERVER_")}
    with (directory / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", service],
            env={
                **kept,
                "DATA_DIR": str(directory),
                "PORT": str(free_port()),
                "MEDIA_SERVER_DRAIN_S": "0",
            },
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready "):
                yield process, line.split()[1]
                return
        raise AssertionError((directory / "errors").read_text())
    finally:
        process.kill()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize(
    ("closing", "given_back", "gone_s"),
    [("await hang()", True, 10.0), ("time.sleep(600)", False, 1.0)],
)
def test_one_sigterm_ends_what_hangs(
    tmp_path: Path, closing: str, given_back: bool, gone_s: float
) -> None:
    """A task that swallows its cancellation, and a callback that never returns."""
    with serving(tmp_path, closing, let_go_s=0.3, gone_s=gone_s) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert ("leases given back" in process.stdout.read()) == given_back
    assert "closing did not end in time" in (tmp_path / "errors").read_text()


def test_other_signals_leave_calls_alone(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with serving(tmp_path) as (process, url):
        for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT"):
            process.send_signal(getattr(signal, name))
            seen = "most recent call first" if name == "SIGQUIT" else f"{name} means nothing here"
            end_s = time.monotonic() + PATIENCE_S
            while seen not in errors.read_text():
                assert time.monotonic() < end_s, errors.read_text()
                time.sleep(0.02)
        with urllib.request.urlopen(f"{url}/healthz", timeout=PATIENCE_S) as answer:  # noqa: S310
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert "in time" not in errors.read_text(), "an end in time leaves no such line"


@pytest.mark.parametrize(("interrupts", "counted"), [(False, 1), (True, 2)])
async def test_a_signal_to_the_whole_group_counts_once(
    monkeypatch: pytest.MonkeyPatch, *, interrupts: bool, counted: int
) -> None:
    """Under a parent that passes it on it comes twice; without one, twice means now."""
    monkeypatch.setattr(Stopping, "_gone_after", lambda *_: None)
    monkeypatch.setattr("media_server.stopping.SAME_S", 1e9)
    stopping = Stopping(60.0, let_go=lambda: None, interrupts=interrupts)
    stopping.listen()
    try:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.01)
        assert stopping.asked.is_set()
        assert stopping.now.is_set() == (counted == 2)
        if counted == 1:
            monkeypatch.setattr("media_server.stopping.SAME_S", 0.0)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.01)
            assert stopping.now.is_set(), "asked again later"
    finally:
        stopping.close()
