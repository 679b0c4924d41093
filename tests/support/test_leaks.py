"""The check itself can fail: every kind of leak is made on purpose and found."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import threading

import pytest

from tests.support import forking, leaks


def test_nothing_leaked_is_nothing_found() -> None:
    baseline = leaks.take_baseline()
    left, right = socket.socketpair()
    left.close()
    right.close()
    assert leaks.find_leaks(baseline) == []


def test_finds_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_SETTLE_S", 0.0)
    baseline = leaks.take_baseline()
    with socket.socket():
        found = leaks.find_leaks(baseline)
    assert len(found) == 1
    assert "socket:" in found[0]


def test_finds_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_SETTLE_S", 0.0)
    baseline = leaks.take_baseline()
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="forgotten")
    thread.start()
    try:
        assert leaks.find_leaks(baseline) == ["thread 'forgotten'"]
    finally:
        stop.set()
        thread.join()


def test_finds_a_child_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_SETTLE_S", 0.0)
    baseline = leaks.take_baseline()
    with subprocess.Popen(["sleep", "60"]) as child:
        assert leaks.find_leaks(baseline) == [f"child process {child.pid}"]
        child.kill()


def leave_an_orphan() -> int:
    """A process whose parent ends while this process adopts, as when another is forked for it."""
    lines = "sleep 60 & echo $!; wait"
    with subprocess.Popen(["sh", "-c", lines], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        with forking.adopting():
            parent.kill()
            parent.wait()
    return pid


def test_a_process_that_another_left_to_us_is_no_leak_once_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    baseline = leaks.take_baseline()
    pid = leave_an_orphan()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(leaks, "_SETTLE_S", 0.0)
            assert leaks.find_leaks(baseline) == [f"child process {pid}"]
    finally:
        os.kill(pid, signal.SIGKILL)
    assert leaks.find_leaks(baseline) == []


def test_what_this_process_has_started_keeps_its_status() -> None:
    """Before an adoption, in one (by another thread, perhaps), and what the adoption was for."""
    exits = ["sh", "-c", "exit 7"]
    before = subprocess.Popen(exits)
    with forking.adopting() as wanted:
        meanwhile = subprocess.Popen(exits)
        asked_for = os.posix_spawn("/bin/sh", exits, os.environ)
        wanted.add(asked_for)
    for pid in (before.pid, meanwhile.pid, asked_for):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    forking.reap_strays()
    codes = [before.wait(), meanwhile.wait()]
    codes.append(os.waitstatus_to_exitcode(os.waitpid(asked_for, 0)[1]))
    assert codes == [7, 7, 7]


def test_what_is_named_only_after_the_adoption_is_no_stray() -> None:
    with forking.adopting():
        late = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 7"], os.environ)
    forking.started(late)
    os.waitid(os.P_PID, late, os.WEXITED | os.WNOWAIT)
    forking.reap_strays()
    assert os.waitstatus_to_exitcode(os.waitpid(late, 0)[1]) == 7


def test_finds_a_task_that_its_loop_had_to_cancel() -> None:
    async def main() -> asyncio.Task[bool]:
        return asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="forgotten")

    baseline = leaks.take_baseline()
    asyncio.run(main())
    found = leaks.find_leaks(baseline)
    leaks.leftover_tasks.clear()
    assert len(found) == 1
    assert "forgotten" in found[0]


def test_waits_for_a_thread_that_is_just_ending() -> None:
    baseline = leaks.take_baseline()
    threading.Timer(0.1, lambda: None).start()
    assert leaks.find_leaks(baseline) == []
