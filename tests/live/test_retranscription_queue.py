"""What the recogniser gave up is written down by the server itself, when there is nothing else.

Over 400 lines on purpose: one queue, and its cases share the interviews they begin with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from media_server.interview import events as ev
from media_server.interview.given_up import GivenUp
from media_server.interview.status import Status
from media_server.live import retranscription_queue
from media_server.live.retranscription_queue import RetranscriptionQueue
from media_server.live.settings import LiveSettings
from media_server.ports import NewEntry
from tests.live.bench import Bench, make_spec, open_bench
from tests.live.test_words_after_a_crash import begun as begun_log
from tests.live.test_words_after_a_crash import (
    connected,
    cut,
    die,
    gone,
    speech_packets,
    spooled,
    written,
)
from tests.support.files import files_below
from tests.support.given_up import GivesUp, answered, begun, says, spoken_sentence, turn_of

pytestmark = pytest.mark.virtual_time

SPEECH = tuple(bytes([0x78, 0x01, n]) for n in range(100))
"""Two seconds of Opus packets; what they decode to does not matter here."""
QUICK_LEASE = LiveSettings(lease_renew_s=0.2, lease_doubt_s=5.0, lease_ttl_s=10.0)


@pytest.fixture(scope="module")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spoken_sentence(tmp_path_factory.mktemp("speech"))


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return speech_packets(tmp_path_factory.mktemp("packets"))


async def given_up(bench: Bench, sentence: Path) -> str:
    """One question, answered; the interview is over, at rest, and its words are missing."""
    interview_id = await answered(bench, sentence)
    await bench.until(lambda: not bench.service._registry.in_use(interview_id))
    return interview_id


def parked(cause: GivenUp = "") -> list[ev.Event]:
    """A first answer that nobody could write down, of a candidate who has not come back."""
    end_s = 10.0 + len(SPEECH) * 0.02
    lost = written("1-1", 10.0, end_s, untranscribed="a text", cause=cause)
    return [
        *begun_log(),
        lost.model_copy(update={"text": ""}),
        gone(1, end_s),
        cut(),
        ev.Parked(reason="not back"),
    ]


async def at_rest(bench: Bench, interview_id: str) -> None:
    """Whatever the watchdog has opened is put to rest again."""
    registry = bench.service._registry
    await bench.until(lambda: interview_id in registry.heard_out or registry.get(interview_id))
    async with registry.lock(interview_id):
        session = registry.get(interview_id)
        if session is not None:
            await registry.rest(session)
    await bench.until(lambda: not registry.in_use(interview_id))


async def kinds(bench: Bench, interview_id: str, after: int = 0) -> Sequence[str]:
    log = await bench.services.log.read(interview_id)
    return [entry.type for entry in log[after:]]


async def test_written_down_when_the_recogniser_has_nothing_else_to_do(
    tmp_path: Path, sentence: Path
) -> None:
    stt = GivesUp()
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id = await given_up(bench, sentence)
        late = bench.service._retranscriptions
        stt.well, stt.busy, asked = True, 1, len(stt.jobs)
        await late.look()
        assert len(stt.jobs) == asked, "somebody's words are waiting"
        assert (await turn_of(bench, interview_id))["untranscribed"]
        stt.busy = 0
        await late.look()
        turn = await turn_of(bench, interview_id)
        assert (turn["untranscribed"], turn["text"]) == (False, "I was a teacher")
        assert bench.service.transcription().counters["late_words"] == 1
        assert not files_below(tmp_path / "spool")
        asked = len(stt.jobs)
        await late.look()
        assert len(stt.jobs) == asked


async def test_written_down_while_the_interview_goes_on(tmp_path: Path, sentence: Path) -> None:
    """Into the answer it belongs to, while the next question is listened to and stays open."""
    stt = GivesUp("Let me think.", cause="not_taken")  # which would hold the turn that is open now
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id, guest = await begun(bench, make_spec(2))
        await says(guest, sentence)
        await guest.listening(2)
        lost = await guest.sees("transcript", final=True, untranscribed=True)
        session = bench.service._registry.get(interview_id)
        assert session is not None
        stt.well, before = True, session.state
        await bench.service._retranscriptions.look()
        found = await guest.sees("transcript", final=True, text="Let me think.")
        same = ("segment_id", "question_id", "start_s", "end_s")
        assert [found[name] for name in same] == [lost[name] for name in same]
        after = session.state
        assert (after.status, after.round, after.turn_epoch) == (Status.LISTENING, 1, 2)
        assert after.listening == before.listening, "nothing of the open turn has changed"
        assert [answer.status for answer in after.answers.values()] == ["answered", "open"]
        assert not after.answers["q2"].turns or not after.answers["q2"].turns[0].text
        turn = await turn_of(bench, interview_id)
        assert (turn["untranscribed"], turn["text"]) == (False, "Let me think.")
        asked = stt.finals
        await bench.service._retranscriptions.look()
        assert stt.finals == asked
        await guest.candidate.leave()


async def test_an_answer_that_was_none_is_none_while_the_interview_goes_on(
    tmp_path: Path, sentence: Path
) -> None:
    stt = GivesUp("", cause="unavailable")
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id, guest = await begun(bench, make_spec(2))
        await says(guest, sentence)
        await guest.listening(2)
        stt.well = True
        await bench.service._retranscriptions.look()
        first, second = (await bench.service.result(interview_id))["answers"]
        assert (first["status"], second["status"]) == ("no_answer", "open")
        await guest.candidate.leave()


@pytest.mark.parametrize("open_here", [True, False])
async def test_written_down_while_it_waits_for_its_candidate(
    tmp_path: Path, *, open_here: bool
) -> None:
    """After a restart: by the session where there is one, else under a lease of its own."""
    interview_id = await die(tmp_path, Status.PARKED, parked(), spooled(1, 10.0, SPEECH))
    stt = GivesUp("I was a teacher.")
    stt.well = True
    async with open_bench(tmp_path, stt=stt) as bench:
        registry = bench.service._registry
        await at_rest(bench, interview_id)
        if open_here:
            async with registry.lock(interview_id):
                await registry.session(interview_id)
        length = len(await kinds(bench, interview_id))
        await bench.service._retranscriptions.look()
        assert (registry.get(interview_id) is not None) == open_here
        assert bench.service.live_calls() == 0, "it takes no place"
        turn = await turn_of(bench, interview_id)
        assert (turn["untranscribed"], turn["text"]) == (False, "I was a teacher.")
        await at_rest(bench, interview_id)
        assert await kinds(bench, interview_id, length) == ["late_tried", "segment_transcribed"]
        assert (await bench.service.get(interview_id))["status"] == "parked"
        assert not await bench.services.spool.read(interview_id), "nobody needs its audio any more"


async def test_a_candidate_who_comes_back_does_not_wait_for_words(tmp_path: Path) -> None:
    left = parked(cause="unavailable")
    interview_id = await die(tmp_path, Status.PARKED, left, spooled(1, 10.0, SPEECH))
    stt = GivesUp("I was a teacher.")
    stt.well = stt.silent = True
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        looking = asyncio.create_task(bench.service._retranscriptions.look())
        await bench.until(lambda: stt.finals)
        guest = await bench.call(interview_id)
        await guest.sees("welcome", resumed=True)
        async with asyncio.timeout(20):
            await looking
        assert (await turn_of(bench, interview_id))["untranscribed"]
        stt.silent = False
        await bench.service._retranscriptions.look()  # and now by the session that is open for him
        assert (await turn_of(bench, interview_id))["text"] == "I was a teacher."
        session = bench.service._registry.get(interview_id)
        assert session is not None
        assert session.state.connected
        await guest.candidate.leave()


async def test_another_server_that_wants_it_gets_it(tmp_path: Path) -> None:
    interview_id = await die(tmp_path, Status.PARKED, parked(), spooled(1, 10.0, SPEECH))
    stt = GivesUp()
    stt.well = stt.silent = True
    async with open_bench(tmp_path, stt=stt, live=QUICK_LEASE) as bench:
        await at_rest(bench, interview_id)
        looking = asyncio.create_task(bench.service._retranscriptions.look())
        await bench.until(lambda: stt.finals)
        lease = None
        async with asyncio.timeout(20):
            while lease is None:
                lease = await bench.services.log.acquire(
                    interview_id, "other", ttl_s=10, wanted=True
                )
                await asyncio.sleep(0.02)
            await looking
        assert (await turn_of(bench, interview_id))["untranscribed"]
        await bench.services.log.release(lease)


@pytest.mark.parametrize("status", [Status.PARKED, Status.COMPLETED])
async def test_tried_a_few_times_and_left_to_people_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: Status
) -> None:
    monkeypatch.setattr(retranscription_queue, "RETRY_S", (0.0, 0.0, 0.0))
    events = parked()
    if status is not Status.PARKED:
        events[-1] = ev.Ended(status=status, reason="over")
    interview_id = await die(tmp_path, status, events, spooled(1, 10.0, SPEECH))
    stt = GivesUp()
    async with open_bench(tmp_path, stt=stt) as bench:
        await at_rest(bench, interview_id)
        for _ in range(10):
            await bench.service._retranscriptions.look()
        assert stt.finals == 4
        assert (await turn_of(bench, interview_id))["untranscribed"]
        counters = bench.service.transcription().counters
        assert (counters["late_words_failed"], counters["late_words_left"]) == (4, 1)
        assert await bench.services.spool.read(interview_id), "people may still want its audio"


@pytest.mark.parametrize("open_here", [True, False])
@pytest.mark.parametrize("killed", [True, False])
async def test_the_tries_of_all_servers_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, open_here: bool, killed: bool
) -> None:
    """`killed`: the try takes the server with it, so nobody is there to say that it failed."""
    monkeypatch.setattr(retranscription_queue, "RETRY_S", (0.0, 0.0, 0.0))
    interview_id = await die(tmp_path, Status.PARKED, parked(), spooled(1, 10.0, SPEECH))
    asked = []
    for _ in range(6):
        stt = GivesUp()
        stt.well = stt.silent = killed
        async with open_bench(tmp_path, stt=stt) as bench:
            registry = bench.service._registry
            await at_rest(bench, interview_id)
            if open_here:
                async with registry.lock(interview_id):
                    await registry.session(interview_id)
            looking = asyncio.create_task(bench.service._retranscriptions.look())
            await bench.until(lambda: looking.done() or (killed and stt.finals))  # noqa: B023
            if killed and open_here and stt.finals:
                session = registry.get(interview_id)
                assert session is not None
                assert not session.resting, "its words are on their way"
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            asked.append(stt.finals)
    assert asked == [1, 1, 1, 1, 0, 0]


async def test_a_server_that_follows_waits_as_long_as_the_one_before_it(tmp_path: Path) -> None:
    interview_id = await die(tmp_path, Status.PARKED, parked(), spooled(1, 10.0, SPEECH))
    for expected in (1, 0):
        stt = GivesUp()
        async with open_bench(tmp_path, stt=stt) as bench:
            await at_rest(bench, interview_id)
            await bench.service._retranscriptions.look()
            assert stt.finals == expected


async def test_tries_are_counted_by_segment_while_the_interview_goes_on(
    tmp_path: Path, sentence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retranscription_queue, "RETRY_S", (0.0, 0.0, 0.0))
    stt = GivesUp(cause="not_taken")
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id, guest = await begun(bench, make_spec(3))
        for number in (1, 2):
            await says(guest, sentence, number)
            await guest.listening(number + 1)
            asked = stt.finals
            for _ in range(10):
                await bench.service._retranscriptions.look()
            assert stt.finals == asked + 4
        assert (await turn_of(bench, interview_id))["untranscribed"]
        await guest.candidate.leave()


@pytest.mark.parametrize("cause", ["", "worker_lost", "not_awaited"])
async def test_what_may_cost_a_worker_waits_until_nobody_speaks(
    tmp_path: Path, sentence: Path, cause: GivenUp
) -> None:
    """Also where an older log does not tell what became of the worker."""
    stt = GivesUp(cause=cause)
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id, guest = await begun(bench, make_spec(2))
        await says(guest, sentence)
        await guest.sees("transcript", final=True, untranscribed=True)
        await guest.listening(2)
        asked, stt.well = stt.finals, True
        await bench.service._retranscriptions.look()
        assert stt.finals == asked, "its candidate needs the workers"
        guest.send("leave")
        await guest.sees("completed")
        await guest.candidate.leave()
        await bench.until(lambda: not bench.service._registry.in_use(interview_id))
        await bench.service._retranscriptions.look()
        assert stt.finals == asked + 1
        assert (await turn_of(bench, interview_id))["text"] == "I was a teacher"


@pytest.mark.parametrize("then", ["worker_lost", "unavailable"])
async def test_a_second_try_that_costs_a_worker_is_the_last_while_somebody_speaks(
    tmp_path: Path, sentence: Path, monkeypatch: pytest.MonkeyPatch, then: GivenUp
) -> None:
    monkeypatch.setattr(retranscription_queue, "RETRY_S", (0.0, 0.0, 0.0))
    stt = GivesUp(cause="unavailable")
    async with open_bench(tmp_path, stt=stt) as bench:
        _, guest = await begun(bench, make_spec(2))
        await says(guest, sentence)
        await guest.sees("transcript", final=True, untranscribed=True)
        await guest.listening(2)
        asked, stt.cause = stt.finals, then
        for _ in range(3):
            await bench.service._retranscriptions.look()
        assert stt.finals == asked + 1
        await guest.candidate.leave()


async def moved_on(bench: Bench, interview_id: str, speech: Sequence[bytes]) -> None:
    """What another server does that is killed when the interview is over: it leaves a log, and
    audio whose words are owed."""
    services, registry = bench.services, bench.service._registry
    _, version = await registry.fold(interview_id)
    offset_s = 100.0
    end_s = offset_s + len(speech) * 0.02
    events: list[ev.Event] = [
        connected(2, offset_s),
        ev.TurnOpened(turn_epoch=2, round=0, reason="the conversation goes on"),
        cut(2, "silence"),
        gone(2, end_s - offset_s),
        ev.Ended(status=Status.COMPLETED, reason="over"),
    ]
    lease = await services.log.acquire(interview_id, "other", ttl_s=10)
    assert lease is not None
    now_s = bench.services.clock.now_s()
    await services.log.append(
        interview_id,
        expected_version=version,
        lease_epoch=lease.lease_epoch,
        operation_id="other-1",
        entries=[NewEntry(e.type, e.model_dump(mode="json", exclude={"type"})) for e in events],
        status=Status.COMPLETED.value,
        now_s=now_s,
    )
    services.spool.put(interview_id, spooled(2, 0.0, speech))
    await services.spool.flush()
    await services.log.release(lease)


@pytest.mark.parametrize("first", ["sweep", "late words"])
async def test_what_another_server_left_owed_is_heard_though_its_past_was_heard_here(
    tmp_path: Path, speech: list[bytes], first: str
) -> None:
    """Neither passed over by the sweep, nor erased once all that is marked is written down."""
    interview_id = await die(tmp_path, Status.PARKED, parked(), spooled(1, 10.0, SPEECH))
    stt = GivesUp("I was a teacher.")
    stt.well = True
    async with open_bench(tmp_path, stt=stt) as bench:
        registry = bench.service._registry
        await at_rest(bench, interview_id)
        assert registry.heard_out.of(interview_id, await registry.state(interview_id))
        await moved_on(bench, interview_id, speech)
        state, version = await registry.fold(interview_id)
        assert not registry.heard_out.of(interview_id, state)
        assert not bench.service.heard_out(interview_id, version), "nor may retention empty it"
        if first == "late words":
            await bench.service._retranscriptions.look()
            assert (await turn_of_two(bench, interview_id, 0))["text"] == "I was a teacher."
            owed = await bench.services.spool.read(interview_id)
            assert {packet.connection_epoch for packet in owed} >= {2}
        await bench.service._sweeper.sweep_audio()
        await bench.until(lambda: any(job.segment_id.startswith("2-") for job in stt.jobs))
        await bench.until(lambda: not registry.in_use(interview_id))
        assert (await turn_of_two(bench, interview_id, 1))["text"] == "I was a teacher."
        asked = stt.finals
        await bench.service._sweeper.sweep_audio()
        assert not registry.in_use(interview_id), "nothing has changed since"
        assert stt.finals == asked


async def test_an_interview_that_is_taken_away_is_not_heard_out(tmp_path: Path) -> None:
    interview_id = await die(tmp_path, Status.PARKED, parked(), spooled(1, 10.0, SPEECH))
    async with open_bench(tmp_path) as bench:
        registry = bench.service._registry
        await at_rest(bench, interview_id)
        registry.heard_out.forget(interview_id)
        await bench.service._sweeper.sweep_audio()
        session = registry.get(interview_id)
        assert session is not None
        await bench.until(lambda: session.heard_out)
        session.abandon("lease_lost")
        async with registry.lock(interview_id):
            await registry.rest(session)
        assert not registry.heard_out.of(interview_id, await registry.state(interview_id))


async def turn_of_two(bench: Bench, interview_id: str, number: int) -> Any:
    return (await bench.service.result(interview_id))["answers"][0]["turns"][number]


async def test_nothing_of_an_erased_interview_is_written_down(
    tmp_path: Path, sentence: Path
) -> None:
    stt = GivesUp()
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id = await given_up(bench, sentence)
        stt.well = stt.silent = True  # it takes the job, and never answers
        asked = stt.finals
        late: RetranscriptionQueue = bench.service._retranscriptions
        looking = asyncio.create_task(late.look())
        await bench.until(lambda: stt.finals > asked)
        await bench.service.erase(interview_id)
        async with asyncio.timeout(20):
            await looking
        assert late.counters["late_words"] == 0
        assert not await bench.service._services.log.read(interview_id)
        assert not files_below(tmp_path / "spool")
