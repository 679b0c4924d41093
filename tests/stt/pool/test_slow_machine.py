"""A machine that gives its workers little: words are late, nothing is repeated or given up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from media_server.ports import SttJob, SttOutcome
from media_server.stt.pool import cpu_time
from media_server.stt.pool.actions import Action, Deliver, Kill, Spawn, Start
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.pool.patience import LATE_S, LOOK_S, QUIET_S, Patience
from media_server.stt.pool.schedule import Schedule
from media_server.stt.settings import SttSettings
from tests.stt import fake_engines
from tests.stt.fake_engines import job
from tests.stt.pool.test_schedule import MADE, a_job
from tests.stt.processes import alive, children
from tests.stt.queues import Outcomes, Started, prefork

pytestmark = pytest.mark.real_time

ALLOWANCE_S = 15.0


def patience(*, threads: int = 1, stretch: float = 20.0, known: bool = True) -> Patience:
    made = Patience(100.0, ALLOWANCE_S, threads, stretch)
    if known:
        made.began(7.0)
    return made


def over_after(made: Patience, speeds: list[tuple[float, float]]) -> float | None:
    """How long it was given; `speeds`: (seconds, CPU seconds per second), one after another."""
    now_s, cpu_s = 100.0, 7.0
    for seconds, speed in speeds:
        until_s = now_s + seconds
        while made.next_look_s <= until_s:
            cpu_s += (made.next_look_s - now_s) * speed
            now_s = made.next_look_s
            if made.is_over(now_s, cpu_s):
                return now_s - 100.0
        cpu_s += (until_s - now_s) * speed
        now_s = until_s
    return None


def test_a_tenth_of_the_speed_is_no_reason() -> None:
    assert over_after(patience(), [(60.0, 0.1)]) is None


def test_who_waits_for_nothing_is_ended_at_the_deadline() -> None:
    assert over_after(patience(), [(60.0, 0.0)]) == pytest.approx(ALLOWANCE_S)
    assert over_after(patience(), [(60.0, 0.005)]) == pytest.approx(ALLOWANCE_S), "a heartbeat"


def test_an_endless_loop_is_ended_by_what_it_computes() -> None:
    assert over_after(patience(), [(300.0, 1.0)]) == pytest.approx(ALLOWANCE_S, abs=LOOK_S)
    assert over_after(patience(), [(300.0, 0.5)]) == pytest.approx(2 * ALLOWANCE_S, abs=LOOK_S)
    assert over_after(patience(threads=4), [(300.0, 4.0)]) == pytest.approx(15.0, abs=LOOK_S)


def test_who_computes_and_then_hangs_is_ended_soon_after() -> None:
    gone_s = over_after(patience(), [(20.0, 0.1), (100.0, 0.0)])
    assert gone_s == pytest.approx(20.0 + QUIET_S, abs=2 * LOOK_S)


def test_no_job_goes_on_for_ever() -> None:
    gone_s = over_after(patience(stretch=4.0), [(1e4, 0.1)])
    assert gone_s == pytest.approx(4.0 * ALLOWANCE_S, abs=LOOK_S)


def test_without_cpu_times_the_wall_clock_counts() -> None:
    made = patience(known=False)
    assert made.next_look_s == 100.0 + ALLOWANCE_S
    assert made.is_over(made.next_look_s, None)
    lost = patience()
    assert not lost.is_over(100.0 + ALLOWANCE_S - QUIET_S, None)
    assert lost.is_over(lost.next_look_s, None)


def test_a_standstill_of_the_server_itself_says_nothing_of_its_workers() -> None:
    made = patience()
    late_s = 100.0 + ALLOWANCE_S + 30.0  # both were stopped: laptop lid, SIGSTOP, a paused VM
    assert late_s - made.next_look_s > LATE_S
    assert not made.is_over(late_s, 7.5)
    while not (over := made.is_over(made.next_look_s, 7.5)) and made.next_look_s < late_s + 60:
        pass
    assert over, "it still does nothing"
    assert made.next_look_s <= late_s + QUIET_S + 2 * LOOK_S


# --- a slow machine with the schedule, in virtual time --------------------------------------------


@dataclass
class Machine:
    """Two workers that need 1.5 s of CPU for a job and get `speed` of one."""

    told: bool
    """Whether anybody tells the CPU times."""
    now_s: float = 0.0
    speed: float = 1.0
    cpu_s: dict[int, float] = field(default_factory=dict)
    due_s: dict[int, tuple[int, int, float]] = field(default_factory=dict)
    """By worker: token, delivery, CPU seconds at which it answers."""
    outcomes: list[SttOutcome] = field(default_factory=list)
    started: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.schedule = Schedule(SttSettings(workers=2, deadline_base_s=5.0, deadline_factor=2.0))
        self.do(self.schedule.tick(0.0))

    def do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Spawn(worker):
                    self.cpu_s[worker] = 0.3
                    self.do(self.schedule.worker_up(worker, self.now_s))
                case Kill(worker):
                    self.due_s.pop(worker, None)
                case Start(worker, token, delivery):
                    self.started[token] += 1
                    self.due_s[worker] = token, delivery, self.cpu_s[worker] + 1.5
                    self.schedule.began(worker, self.cpu_s[worker] if self.told else None)
                case Deliver(_, outcome):
                    self.outcomes.append(outcome)

    def run(self, seconds: float, submit: dict[int, list[SttJob]]) -> None:
        """`submit`: by the tenth of a second at which they come."""
        for _ in range(round(seconds * 10)):
            self.now_s = round(self.now_s + 0.1, 1)
            for worker, (token, delivery, end_s) in list(self.due_s.items()):
                self.cpu_s[worker] += 0.1 * self.speed
                if self.cpu_s[worker] >= end_s:
                    del self.due_s[worker]
                    self.do(self.schedule.finished(worker, token, delivery, MADE, self.now_s))
            for made in submit.get(round(self.now_s * 10), ()):
                token = int(made.segment_id.removeprefix("s"))
                self.do(self.schedule.submit(token, made, self.now_s))
            told = self.cpu_s if self.told else {}
            self.do(self.schedule.tick(self.now_s, told))


def a_slow_minute(*, told: bool) -> Machine:
    machine = Machine(told)
    finals = {n * 20: [a_job(n, interview=f"i{n % 5}", audio_s=3.0)] for n in range(1, 31)}
    machine.run(2.0, finals)
    machine.speed = 0.1
    machine.run(60.0, finals)
    machine.speed = 1.0
    machine.run(120.0, {})
    return machine


def test_a_minute_at_a_tenth_of_the_speed_costs_nothing_but_time() -> None:
    machine = a_slow_minute(told=True)
    assert len(machine.outcomes) == 30
    assert [o.reason for o in machine.outcomes if o.transcription is None] == []
    assert set(machine.started.values()) == {1}, "no work was done twice"
    assert machine.schedule.counters["job_timeouts"] == 0


def test_by_the_wall_clock_the_same_minute_repeats_its_work() -> None:
    """What the case above is worth."""
    machine = a_slow_minute(told=False)
    assert machine.schedule.counters["job_timeouts"] > 3
    assert max(machine.started.values()) > 1


# --- real processes -------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def slowed(pid: int, *, on_s: float = 0.1, off_s: float = 0.2) -> AsyncIterator[None]:
    """It gets a third of its speed: beside other work that is little, and still not nothing."""

    async def alternate() -> None:
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.kill(pid, signal.SIGSTOP)
                await asyncio.sleep(off_s)
                os.kill(pid, signal.SIGCONT)
                await asyncio.sleep(on_s)

    task = asyncio.create_task(alternate())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


async def test_a_slow_worker_is_left_to_finish(tmp_path: Path) -> None:
    """Past its deadline where this machine is quiet. Where it is not, the worker is let run
    for longer than it should, and is past its deadline all the same."""
    settings = SttSettings(
        engine="tests.stt.fake_engines:burning", nice=0, deadline_base_s=3.0, deadline_factor=0.0,
        deadline_stretch=1000.0,
    )  # fmt: skip
    pool = LocalSpeechToText(settings)
    try:
        await pool.start()
        outcomes = Outcomes(pool)
        (worker,) = children(prefork())
        async with slowed(worker):
            outcomes.submit(job(1, work_ms=1500, notes=tmp_path))
            done = await outcomes.count(1)
        assert done[0].transcription is not None
        assert done[0].deliveries == 1
        assert done[0].worked_s > 3.0, "past its deadline on the wall clock"
        assert len(list(tmp_path.iterdir())) == 1
        assert alive(worker)
    finally:
        await pool.close()


async def test_an_endless_loop_is_ended(started: Started) -> None:
    burning = "tests.stt.fake_engines:burning"
    values = {"deadline_base_s": 0.3, "deadline_factor": 0.0, "max_deliveries": 1}
    async with started(engine=burning, **values) as pool:
        outcomes = Outcomes(pool)
        outcomes.submit(job(1, fake_engines.HANG))
        done = await outcomes.count(1)
        assert done[0].reason == "the job ran past its deadline"


def test_cpu_time_of_a_process() -> None:
    mine = cpu_time.cpu_s(os.getpid())
    assert mine is not None
    assert mine > 0
    assert cpu_time.cpu_s(2**22 + 1) is None
