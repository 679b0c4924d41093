"""The supervisor as a process of its own, over a child that is a few lines long."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from media_server import beat, restarts
from media_server.metrics import HttpMetrics, render
from media_server.systemd import Notifier
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.timeout(120)

WATCHDOG_S = 3.0
"""Where a test is about children that hang; on a busy machine others may stand still for longer."""
SUPERVISOR = """
import sys
from media_server import logging
from media_server.process_settings import ProcessSettings
from media_server.supervisor import Supervisor
logging.configure("info", "text")
settings = ProcessSettings(watchdog_s=120, watchdog_start_s=120)
command = [sys.executable, "-c", sys.argv[1]]
sys.exit(Supervisor(settings, drain_s=60, command=command).run())
"""


def watching(watchdog_s: float) -> str:
    """A supervisor that soon finds that its child hangs."""
    return SUPERVISOR.replace("watchdog_s=120,", f"watchdog_s={watchdog_s},")


CHILD = """
import os, signal, subprocess, sys, time
from media_server import restarts
from media_server.beat import Parent, handed_over
pipe, above = handed_over(os.environ)
parent = Parent(pipe)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
words = os.getpid(), os.environ.get("NOTIFY_SOCKET", "unset"), time.monotonic()
print("started", *words, flush=True)
"""
SERVES = """
parent.ready()
while True:
    parent.beat()
    time.sleep(0.1)
"""


SEVERAL = """
import socket, sys
from pathlib import Path
from media_server import logging
from media_server.process_settings import ProcessSettings
from media_server.supervisor import Supervisor
from media_server.supervisor.plan import several
logging.configure("info", "text")
sys.exit(Supervisor(
    ProcessSettings(workers=2, watchdog_s=120, worker_watchdog_s=120),
    drain_s=60,
    command=[sys.executable, "-c", sys.argv[1]],
    plan=several(2, Path("/run"), speech=False, listening=socket.create_server(("127.0.0.1", 0))),
    on_serving=lambda: print("serving", flush=True),
).run())
"""


@contextmanager
def supervised(
    errors: Path, child: str, supervisor: str = SUPERVISOR, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], Iterator[str]]]:
    """(supervisor, what its children say); all of them are gone afterwards."""
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", supervisor, CHILD + child],
            # Unbuffered, a line is written word by word, between those of other processes.
            env={**os.environ, "PYTHONUNBUFFERED": "", **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
        process.stdout.close()


def started(said: Iterator[str]) -> int:
    """The next child's pid."""
    return _started(said)[0]


def started_s(said: Iterator[str]) -> float:
    """When the next child began, by its own look at the machine's monotonic clock."""
    return _started(said)[1]


def _started(said: Iterator[str]) -> tuple[int, float]:
    line = next(said).split()
    assert line[0] == "started", line
    return int(line[1]), float(line[3])


TELLS = """
print(*restarts.handed_over(os.environ).counts.items(), restarts.VARIABLE in os.environ, flush=True)
parent.ready()
"""


def test_each_child_is_told_how_often_there_was_a_restart_and_why(tmp_path: Path) -> None:
    def counts(hung: int, killed: int, exited: int) -> str:
        return f"('hung', {hung}) ('killed', {killed}) ('exited', {exited}) False\n"

    mark = tmp_path / "deaths"
    dies = f"""
with open({str(mark)!r}, "a+") as mark:
    mark.seek(0)
    death = len(mark.read())
    mark.write(".")
if death == 0:
    os._exit(3)
if death == 1:
    os.kill(os.getpid(), signal.SIGKILL)
time.sleep(600)
"""
    with supervised(tmp_path / "e", TELLS + dies, watching(WATCHDOG_S)) as (process, said):
        for expected in (counts(0, 0, 0), counts(0, 0, 1), counts(0, 1, 1), counts(1, 1, 1)):
            started(said)
            assert next(said) == expected
        process.kill()


def test_restarts_reach_the_metrics() -> None:
    metrics = HttpMetrics()
    assert "process_restarts" not in render(metrics.registry).decode()
    told = restarts.environment_for({"hung": 2})
    metrics.restarts.figures = restarts.handed_over(told)
    shown = render(metrics.registry).decode()
    assert 'media_server_process_restarts_total{reason="hung"} 2.0' in shown
    assert 'media_server_process_restarts_total{reason="exited"} 0.0' in shown
    assert told == {}
    odd = restarts.handed_over({restarts.VARIABLE: "hung=x,nothing,killed=3"})
    assert (odd.counts["killed"], odd.ago_s) == (3, None)
    assert restarts.handed_over(restarts.environment_for({"hung": 2}, 41.7)).ago_s == 42


def gone(pid: int, within_s: float = PATIENCE_S) -> bool:
    """A zombie counts as gone: nobody may have reaped it."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def said_in(errors: Path, words: str, times: int = 1) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while errors.read_text().count(words) < times:
        assert time.monotonic() < end_s, errors.read_text()
        time.sleep(0.05)


def test_who_could_not_start_is_not_started_again(tmp_path: Path) -> None:
    with supervised(tmp_path / "e", "sys.exit(2)") as (process, said):
        started(said)
        assert process.wait(60) == 2
        assert list(said) == []


def test_who_hangs_is_killed_with_its_children_and_replaced(tmp_path: Path) -> None:
    mark = tmp_path / "hung"
    hangs = f"""
if not os.path.exists({str(mark)!r}):
    open({str(mark)!r}, "w").close()
    print(subprocess.Popen(["sleep", "600"], start_new_session=True).pid, flush=True)
    parent.ready()
    time.sleep(600)
"""
    with supervised(tmp_path / "e", hangs + SERVES, watching(WATCHDOG_S)) as (process, said):
        first, began_s = _started(said)
        grandchild = int(next(said))
        second, again_s = _started(said)
        assert second != first
        assert again_s - began_s >= WATCHDOG_S
        assert gone(first)
        assert gone(grandchild)
        process.kill()
    assert "no sign of life" in (tmp_path / "e").read_text()


def test_a_crash_loop_is_slowed_down_and_ends_when_asked(tmp_path: Path) -> None:
    with supervised(tmp_path / "e", "parent.ready(); os._exit(3)") as (process, said):
        started(said)
        times_s = [started_s(said) for _ in range(3)]  # the first of them at once
        assert times_s[1] - times_s[0] >= 0.9
        assert times_s[2] - times_s[1] >= 1.9
        said_in(tmp_path / "e", "started again", times=4)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_signals_are_passed_on(tmp_path: Path) -> None:
    counts = """
asked = []
def on_term(*_):
    asked.append(1)
    os.write(1, b"asked %d\\n" % len(asked))
    if len(asked) == 2:
        sys.exit(0)
signal.signal(signal.SIGTERM, on_term)
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"usr1\\n"))  # not `print`: it may be in one
print("listens", flush=True)
"""
    with supervised(tmp_path / "e", counts + SERVES) as (process, said):
        started(said)
        assert next(said).strip() == "listens"
        for number, words in (
            (signal.SIGUSR1, "usr1"),
            (signal.SIGTERM, "asked 1"),
            (signal.SIGTERM, "asked 2"),
        ):
            process.send_signal(number)
            assert next(said).strip() == words
        assert process.wait(60) == 0


def test_several_each_with_its_own_and_all_replaced(tmp_path: Path) -> None:
    """None has a descriptor but its pipe and the HTTP socket. One that starts when the server is
    asked to stop is no failure of it."""
    slow = tmp_path / "slow"
    tells = f"""
from media_server import roles
role = roles.handed_over(os.environ)
opened = [n for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)]
more = {{*map(int, opened)}} - {{0, 1, 2, parent._pipe, role.listen_fd}}
starting = os.path.exists({str(slow)!r})
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1 if starting else 0))
os.write(1, f"{{role.kind}} {{role.number}} {{role.beside}} {{more}} {{os.getpid()}}\\n".encode())
if not starting:  # its line stands before those of who waits for it
    parent.ready()
    os.write(1, b"up\\n")
while starting:
    parent.beat()
    time.sleep(0.1)
"""

    with supervised(tmp_path / "e", tells + SERVES, SEVERAL) as (process, said):
        up = 0

        def line() -> str:
            nonlocal up
            one = next(said).strip()
            up += one == "up"
            return one

        def told() -> tuple[str, int]:
            while (one := line()).split()[0] not in ("front", "worker"):
                pass
            what, _, pid = one.rpartition(" ")
            return what, int(pid)

        first = [told()[0] for _ in range(3)]
        everybody = ["front 0 False set()", "worker 1 False set()", "worker 2 False set()"]
        assert sorted(first) == everybody
        assert first.index("worker 1 False set()") < first.index("worker 2 False set()")
        while up < 3:
            line()
        process.send_signal(signal.SIGHUP)
        (one, _), (two, pid), (front, _) = (told() for _ in range(3))
        assert [one, two, front] == [f"{w} True set()" for w in ("worker 1", "worker 2", "front 0")]
        while up < 6:
            line()
        slow.touch()
        os.kill(pid, signal.SIGKILL)
        assert told()[0] == "worker 2 False set()"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_nobody_outlives_the_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path / "e", SERVES) as (process, said):
        child = started(said)
        process.kill()
        assert gone(child)


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_systemd_is_told(tmp_path: Path, abstract: bool) -> None:
    name = f"@media-server-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0"))
        listening.settimeout(PATIENCE_S)
        told: list[str] = []

        def hear(wanted: str) -> None:
            while wanted not in told:
                told.extend(listening.recv(4096).decode().splitlines())

        with supervised(tmp_path / "e", SERVES, NOTIFY_SOCKET=name, WATCHDOG_USEC="1000000") as (
            process,
            said,
        ):
            assert next(said).split()[2] == "unset", "no child speaks to systemd"
            hear("READY=1")
            assert "WATCHDOG=1" not in told
            told.clear()
            for _ in range(2):
                hear("WATCHDOG=1")
                told.clear()
            process.send_signal(signal.SIGTERM)
            hear("STOPPING=1")
            assert process.wait(60) == 0


async def test_without_supervisor_the_loop_tells_systemd_itself(tmp_path: Path) -> None:
    environment = {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "200000",
        "WATCHDOG_PID": str(os.getpid()),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(environment["NOTIFY_SOCKET"])
        listening.setblocking(False)
        told: list[str] = []

        def hears(word: str) -> int:
            """How often it was said until now."""
            with suppress(BlockingIOError):
                while True:
                    told.extend(listening.recv(4096).decode().splitlines())
            return told.count(word)

        notifier = Notifier.from_environment(environment)
        assert environment == {}
        watcher = beat.Systemd(notifier)
        heart = beat.Heart(watcher)
        heart.start()
        await until(lambda: hears("WATCHDOG=1") >= 2)
        heart.stop()
        watcher.ready()
        watcher.stopping()
        notifier.close()
        await until(lambda: hears("STOPPING=1"))
        assert hears("READY=1") == 1


def test_another_process_watchdog_is_not_ours() -> None:
    environment = {"NOTIFY_SOCKET": "/nobody", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    notifier = Notifier.from_environment(environment)
    assert notifier.watchdog_s is None
    notifier.tell("READY=1")  # nobody listens: nothing happens
    notifier.close()


def test_the_supervisor_is_small() -> None:
    """It must not hang with what it watches: no media, no HTTP, no loop, no second thread."""
    lines = (
        "import sys",
        "from media_server import cli, supervisor",
        "cli.build_parser('serve')",
        "print(*sys.modules)",
    )
    loaded = subprocess.run(
        [sys.executable, "-c", "; ".join(lines)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout.split()
    assert not {"aiortc", "av", "aiohttp", "numpy", "pydantic", "redis", "sqlite3"} & {*loaded}
