"""Fencing oneself: at the moment the lease is in doubt nothing leaves, and nothing is destroyed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media_server.audio.events import ReceiverSettings
from media_server.audio.types import SpeechClip
from media_server.dialects.registry import DIALECTS
from media_server.interview import events as ev
from media_server.interview import pacing
from media_server.interview.status import Status
from media_server.live import history
from media_server.live.channel import CandidateChannel
from media_server.live.connection import Connection
from media_server.live.lease import LeaseKeeper, now_s
from media_server.live.settings import LiveSettings
from media_server.ports import Lease, SpooledPacket, StoreUnavailable
from media_server.ports.dialect import Durable, Pong, ToCandidate, Welcome
from media_server.store.sqlite import SqliteEventLog
from tests.live.bench import ToneVoice, make_spec, open_bench
from tests.support.candidate import bot_speaks
from tests.support.virtual_time import START_S, LoopClock, run_virtual
from tests.support.waiting import PATIENCE_S

SETTINGS = LiveSettings()
LONG = LiveSettings(lease_doubt_s=200.0, lease_ttl_s=300.0)
LEASE = Lease("iv", "me", 3, 0.0)


class Log:
    """Answers renewals as told, after as long as told."""

    def __init__(self) -> None:
        self.away_from_s = self.away_until_s = 0.0
        self.takes_s = 0.0
        self.lost_at_s = float("inf")
        self.released = 0

    async def renew(self, lease: Lease, *, ttl_s: float) -> Lease | None:
        asked_s = now_s()
        await asyncio.sleep(self.takes_s)
        if self.away_from_s <= asked_s < self.away_until_s:
            await asyncio.sleep(1.0)
            raise StoreUnavailable("no answer within 1 s")
        return None if asked_s >= self.lost_at_s else replace(lease, expires_s=asked_s + ttl_s)

    async def release(self, lease: Lease) -> None:
        self.released += 1


async def watch(log: Log, for_s: float, asked_s: float | None = None) -> list[tuple[float, str]]:
    """What the keeper said and when, counted from the start."""
    said: list[tuple[float, str]] = []
    start_s = now_s()
    asked_s = start_s if asked_s is None else asked_s
    any_log: Any = log
    keeper = LeaseKeeper(any_log, LEASE, SETTINGS, asked_s=asked_s)

    def on_change(change: str) -> None:
        # Whoever is told asks at once: both must say the same.
        assert keeper.certain is (change in ("sure", "lost"))
        said.append((round(now_s() - start_s, 3), change))

    keeper.start(on_change, lambda: 0)
    await asyncio.sleep(for_s)
    await keeper.close()
    assert log.released == 1
    return said


def test_doubt_comes_with_the_seventh_second() -> None:
    """Renewed at 3 s, never again: at 10 s, between two attempts, and not after the next one."""
    log = Log()
    log.away_from_s, log.away_until_s = START_S + 3.5, START_S + 20.0
    said = run_virtual(watch(log, 40.0))
    assert said[0] == (10.0, "doubt")
    assert [what for _, what in said] == ["doubt", "sure"]
    assert 20.0 <= said[1][0] <= 21.6


def test_an_answer_that_took_long_counts_from_the_question() -> None:
    log = Log()
    log.takes_s = 4.5  # 3 s of waiting and 4.5 s on its way: older than 7 s before each next one
    said = run_virtual(watch(log, 20.0))
    assert said[0] == (7.0, "doubt")


def test_the_first_answer_counts_from_its_question_too() -> None:
    log = Log()
    log.away_from_s, log.away_until_s = START_S, START_S + 60.0
    said = run_virtual(watch(log, 10.0, asked_s=START_S - 2.0))
    assert said == [(5.0, "doubt")]


class Candidate:
    """What left through the gate and when, as the transport would have sent it."""

    call_id = "call"

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.stopped: list[float] = []

    def send_text(self, _text: str) -> bool:
        self.sent.append(now_s() - START_S)
        return True

    def play(self, _clip: SpeechClip, _utterance_id: str, *, from_s: float) -> None:
        self.sent.append(now_s() - START_S)

    def stop_playing(self) -> None:
        self.stopped.append(now_s() - START_S)


async def behind_the_gate(log: Log) -> Candidate:
    """Something is said every 0.1 s for 30 s, by a server that cannot renew for some of them."""
    any_log: Any = log
    keeper = LeaseKeeper(any_log, LEASE, SETTINGS, asked_s=now_s())

    class Session:
        interview_id = "iv"

        @property
        def certain(self) -> bool:
            return keeper.certain

        def post(self, _input: object) -> None:
            """Nobody looks at what the connection hears here."""

    nothing: Any = None
    session: Any = Session()
    candidate: Any = Candidate()
    connection = Connection(
        session,
        call_id="call",
        microphone=True,
        channel=True,
        dialects=DIALECTS,
        receiver_settings=ReceiverSettings(),
        clock=LoopClock(),
        spool=nothing,
        counts=nothing,
    )
    connection.call = candidate
    connection.on_channel_open("interview.v1", "")
    welcome = Welcome(
        interview_id="iv", connection_epoch=1, resumed=False, last_seq=0, title="",
        questions_total=1, pace="normal",
    )  # fmt: skip
    connection.begin(1, 0.0, None, welcome)

    def on_change(change: str) -> None:
        connection.suspend(change == "doubt")

    keeper.start(on_change, lambda: 0)
    clip = SpeechClip("", "", (), "", "", ())
    while now_s() < START_S + 30.0:
        told = connection.send(Pong(t_ms=1))
        assert connection.play("u-1", clip, 0.0) is told
        await asyncio.sleep(0.1)
    await keeper.close()
    await connection.release()
    found: Candidate = candidate
    return found


def test_nothing_passes_the_gate_from_the_moment_of_doubt() -> None:
    log = Log()
    log.away_from_s, log.away_until_s = START_S + 3.5, START_S + 20.0
    candidate = run_virtual(behind_the_gate(log))
    before = [at_s for at_s in candidate.sent if at_s < 15.0]
    after = [at_s for at_s in candidate.sent if at_s > 15.0]
    assert 9.8 < max(before) < 10.0, "renewed at 3 s: until 10 s it is ours, and not a moment more"
    assert candidate.stopped == [pytest.approx(10.0)]  # what was playing
    assert 20.0 <= min(after) <= 21.7


def test_a_lost_lease_is_told_once() -> None:
    log = Log()
    log.lost_at_s = START_S + 5.0
    assert run_virtual(watch(log, 30.0)) == [(6.0, "lost")]


@pytest.mark.parametrize(
    ("renew_s", "doubt_s", "ttl_s"), [(7.0, 7.0, 10.0), (3.0, 10.0, 10.0), (3.0, 2.0, 10.0)]
)
def test_settings_that_fence_nobody_are_refused(
    renew_s: float, doubt_s: float, ttl_s: float
) -> None:
    with pytest.raises(ValueError, match="in doubt before it runs out"):
        LiveSettings(lease_renew_s=renew_s, lease_doubt_s=doubt_s, lease_ttl_s=ttl_s)


@pytest.mark.virtual_time
async def test_a_question_that_met_a_closed_gate_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is in doubt in the middle of it: not a packet more, and not heard to its end.

    The lease is so long that a busy machine puts none in doubt: the doubt of this test is made by
    hand, and stays for as long as the store is away. Nor is a question
    taken for played before it is.
    """
    monkeypatch.setattr(pacing, "PLAYOUT_MARGIN_S", PATIENCE_S)
    async with open_bench(tmp_path, tts=ToneVoice(4.0), live=LONG) as bench:
        interview_id = await bench.interview(make_spec(1))
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.sees("caption", kind="question")
        live, away = bench.service.sessions()[0], [True]
        renew = SqliteEventLog.renew

        async def unreachable(log: SqliteEventLog, *arguments: Any, **named: Any) -> Any:
            if away[0]:
                raise StoreUnavailable("cut off")
            return await renew(log, *arguments, **named)

        monkeypatch.setattr(SqliteEventLog, "renew", unreachable)
        live._lease._renewed_s -= LONG.lease_doubt_s
        live._lease._check_doubt()
        await bench.until(lambda: live.state.gate_closed_s is not None)
        await bench.until(lambda: not bot_speaks(guest.candidate))
        told = len(guest.messages)
        await asyncio.sleep(1.0)
        assert not bot_speaks(guest.candidate)
        assert len(guest.messages) == told
        away[0] = False
        await guest.sees("caption", kind="question", count=2)
        await guest.listening(1)
        log = [e async for e in history.entries(bench.services.log, interview_id)]
        ends = [e.data for e in log if e.type == "utterance_ended" and e.data["kind"] == "question"]
        assert [(e["complete"], e["reason"]) for e in ends] == [
            (False, "gate closed"),
            (True, "played"),
        ]
        await guest.candidate.leave()


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_question_that_met_a_doubt_not_yet_noticed_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noticed: bool
) -> None:
    """The lease ran into doubt by the clock while something held the loop: the question that was
    to be shown then is shown as soon as the lease is certain again."""
    async with open_bench(tmp_path, tts=ToneVoice(0.5)) as bench:
        interview_id = await bench.interview(make_spec(1))
        guest = await bench.call(interview_id)
        live = bench.service.sessions()[0]
        send = CandidateChannel.send
        refused: list[bool] = []

        def send_in_doubt(channel: CandidateChannel, said: ToCandidate) -> bool:
            asked = isinstance(said, Durable) and isinstance(said.event, ev.RoundAdvanced)
            if refused or not asked:
                return send(channel, said)
            live._lease._renewed_s -= SETTINGS.lease_doubt_s
            refused.append(send(channel, said))
            if noticed:
                live._lease._check_doubt()
            live._lease._renewed_s += SETTINGS.lease_doubt_s
            live._lease._check_doubt()
            return False

        monkeypatch.setattr(CandidateChannel, "send", send_in_doubt)
        guest.send("ready")
        await guest.sees("question", number=1)
        assert refused == [False]
        await guest.candidate.leave()


async def test_who_was_fenced_destroys_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interview ended here in memory alone; its new owner relies on spool and snapshot."""
    quick = LiveSettings(lease_ttl_s=1.0, lease_doubt_s=0.7, lease_renew_s=0.2)
    async with open_bench(tmp_path, live=quick) as bench:
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        live = bench.service.sessions()[0]
        away = [True]
        renew = SqliteEventLog.renew

        async def unreachable(log: SqliteEventLog, *arguments: Any, **named: Any) -> Any:
            if away[0] and arguments[0].owner != "another":
                raise StoreUnavailable("cut off")
            return await renew(log, *arguments, **named)

        monkeypatch.setattr(SqliteEventLog, "renew", unreachable)
        end_s = time.monotonic() + 10
        while (lease := await bench.services.log.acquire(interview_id, "another", ttl_s=9)) is None:
            assert time.monotonic() < end_s
            await asyncio.sleep(0.05)
        packet = SpooledPacket(1, 900.0, b"opus")
        bench.services.spool.put(interview_id, [packet])
        live.state = replace(live.state, status=Status.COMPLETED)
        snapshots: list[Any] = []

        async def save(_log: SqliteEventLog, *arguments: Any) -> None:
            snapshots.append(arguments)

        monkeypatch.setattr(SqliteEventLog, "save_snapshot", save)
        monkeypatch.setattr("media_server.live.session.AT_THE_END_FROM", 0)
        away[0] = False
        await bench.until(lambda: not bench.service.sessions())
        assert packet in await bench.services.spool.read(interview_id)
        assert snapshots == []
        assert await bench.services.log.renew(lease, ttl_s=9) is not None  # not given back either
        await guest.candidate.vanish()
