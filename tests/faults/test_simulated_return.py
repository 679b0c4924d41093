"""`media-server simulate` loses the worker that has its call, and comes back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.faults.invariants import check_log, read_sqlite_log
from tests.faults.test_workers import all_ready, roles, worker_of
from tests.faults.visitor import create
from tests.support.env import free_port
from tests.support.forked import FORKER
from tests.support.server import HURRIED, start_server, stop_server
from tests.support.speak import speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]


async def lines_until(process: subprocess.Popen[str], words: str, so_far: list[str]) -> None:
    """Its output, into `so_far`, up to a line with these words."""
    assert process.stdout is not None
    async with asyncio.timeout(120):
        while not so_far or words not in so_far[-1]:
            line = await asyncio.to_thread(process.stdout.readline)
            assert line, f"it ended without {words!r}: {''.join(so_far)}"
            so_far.append(line)


async def test_it_comes_back_when_its_worker_is_killed(tmp_path: Path) -> None:
    """While it answers the first question; another process has the rest of the interview."""
    answer = speak_wav("I worked as a teacher in a small school.", tmp_path / "a.wav")
    server = await asyncio.to_thread(
        start_server,
        tmp_path,
        PORT=str(free_port()),
        MEDIA_SERVER_SUPERVISE="on",
        MEDIA_SERVER_WORKERS="2",
        MEDIA_SERVER_ADMIT_CPU="0",
        **HURRIED,
    )
    said: list[str] = []
    try:
        async with aiohttp.ClientSession() as http:
            await all_ready(server, http)
            made = await create(server, http, questions=["What did you do?", "And why?"])
        command = ["simulate", "--join", made["join_url"], "--answers", str(answer), str(answer)]
        with (tmp_path / "errors").open("w") as errors:
            process = FORKER.start(command, server.environment, errors)
        with process:
            try:
                await lines_until(process, "  say  a.wav", said)
                os.kill(roles(server)[worker_of(server, made)], signal.SIGKILL)
                await lines_until(process, "connecting again", said)
                await lines_until(process, "back after ", said)
                await lines_until(process, "  end  completed", said)
                said += await asyncio.to_thread(process.stdout.readlines)  # type: ignore[union-attr]
            finally:
                process.kill()
        log = read_sqlite_log(server.data_dir, made["id"])
    finally:
        await asyncio.to_thread(stop_server, server)
    sys.stdout.write("".join(said))  # for whoever runs it with -s
    check_log(log)
    assert [entry["type"] for entry in log].count("connected") == 2
    assert not (tmp_path / "errors").read_text()
