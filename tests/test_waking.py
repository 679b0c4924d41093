"""A stopped parent is woken, and nobody else is."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator

import pytest

from media_server.waking import LOOKS, Waker, is_stopped
from tests.support.waiting import until


@pytest.fixture
async def stopped() -> AsyncIterator[int]:
    with subprocess.Popen(["sleep", "600"]) as process:
        process.send_signal(signal.SIGSTOP)
        await until(lambda: is_stopped(process.pid))
        yield process.pid
        process.kill()


def looks(waker: Waker, times: int) -> None:
    for _ in range(times):
        waker.look()


async def test_a_stopped_parent_goes_on_after_three_looks(
    stopped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getppid", lambda: stopped)
    waker = Waker(stopped)
    looks(waker, LOOKS - 1)
    assert is_stopped(stopped), "whoever stops it for a moment is left alone"
    waker.look()
    await until(lambda: not is_stopped(stopped))


async def test_one_that_went_on_meanwhile_counts_from_the_beginning(
    stopped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getppid", lambda: stopped)
    waker = Waker(stopped)
    looks(waker, LOOKS - 1)
    os.kill(stopped, signal.SIGCONT)
    await until(lambda: not is_stopped(stopped))
    waker.look()
    os.kill(stopped, signal.SIGSTOP)
    await until(lambda: is_stopped(stopped))
    looks(waker, LOOKS - 1)
    assert is_stopped(stopped)


async def test_a_process_that_has_the_number_of_a_dead_parent_is_left_alone(stopped: int) -> None:
    looks(Waker(stopped), 2 * LOOKS)
    assert is_stopped(stopped)


def test_who_is_not_there_is_not_stopped() -> None:
    assert not is_stopped(os.getpid())
    assert not is_stopped(2**22 + 1)
