"""Words that were owed when a server died: found whatever the interview has come to since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_server.audio.opus import OpusEncoder
from media_server.interview import events as ev
from media_server.interview.spec import InterviewSpec
from media_server.interview.status import Status, TurnEndReason, UtteranceKind
from media_server.ports import NewEntry, SpooledPacket, StoreUnavailable
from media_server.store.factory import create_stores
from media_server.store.settings import StoreSettings
from media_server.store.spool import DiskSpool
from tests.live.bench import Bench, ScriptedStt, make_spec, open_bench
from tests.support.speak import read_wav, speak_wav
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time

NOW_S = 1_700_000_000.0
FAR_S = 4e9


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return speech_packets(tmp_path_factory.mktemp("speech"))


def speech_packets(directory: Path) -> list[bytes]:
    """Opus packets of one sentence with silence around it."""
    pcm, rate = read_wav(speak_wav("My first job was at a bakery.", directory / "a.wav"))
    quiet = np.zeros(rate, np.int16)
    encoder = OpusEncoder(rate)
    packets = encoder.encode_all(np.concatenate([quiet[: rate // 2], pcm, quiet]))
    encoder.close()
    return list(packets)


def spooled(epoch: int, start_s: float, speech: Sequence[bytes]) -> list[SpooledPacket]:
    return [SpooledPacket(epoch, start_s + n * 0.02, opus) for n, opus in enumerate(speech)]


def begun(to_turn: bool = True) -> list[ev.Event]:
    """As far as the open turn of question one, or as the greeting."""
    events: list[ev.Event] = [
        ev.Joined(),
        ev.Consented(version="2026-11"),
        connected(1),
        ev.Started(),
        started("greeting", 1),
    ]
    if to_turn:
        events += [
            ended("greeting", 1),
            ev.RoundAdvanced(round=0, question_id="q1", reason="greeting is over"),
            started("question", 2),
            ended("question", 2),
            ev.TurnOpened(turn_epoch=1, round=0, reason="question heard"),
        ]
    return events


def connected(epoch: int, offset_s: float = 0.0) -> ev.Event:
    return ev.Connected(
        connection_epoch=epoch, media_offset_s=offset_s, microphone=True, channel=True
    )


def started(kind: UtteranceKind, number: int) -> ev.Event:
    return ev.UtteranceStarted(
        utterance_id=f"u-{number}", kind=kind, text=kind, duration_s=1.0, spoken=True
    )


def ended(kind: UtteranceKind, number: int) -> ev.Event:
    return ev.UtteranceEnded(
        utterance_id=f"u-{number}",
        kind=kind,
        heard_s=1.0,
        complete=True,
        outcome="heard",
        reason="played",
    )


def gone(epoch: int, media_s: float) -> ev.Event:
    return ev.Disconnected(connection_epoch=epoch, reason="gone", media_s=media_s)


def cut(turn_epoch: int = 1, reason: TurnEndReason = "disconnected") -> ev.Event:
    return ev.TurnEnded(turn_epoch=turn_epoch, round=0, reason=reason)


def written(segment_id: str, start_s: float, end_s: float, **changes: Any) -> ev.Event:
    return ev.SegmentTranscribed(
        segment_id=segment_id,
        turn_epoch=1,
        round=0,
        start_s=start_s,
        end_s=end_s,
        text="Written before.",
        speech_ms=900,
        **changes,
    )


async def die(
    tmp_path: Path,
    status: Status,
    events: Sequence[ev.Event],
    packets: Sequence[SpooledPacket],
    spec: InterviewSpec | None = None,
) -> str:
    """What a server that was killed leaves behind: its log and its spool."""
    interview_id, stores = "iv_killed", create_stores(StoreSettings(data_dir=tmp_path))
    await stores.open()
    entries = [
        NewEntry(e.type, e.model_dump(mode="json", exclude={"type"}))
        for e in (ev.Created(expires_s=FAR_S), *events)
    ]
    await stores.log.create(
        interview_id,
        spec=(spec or make_spec()).model_dump(mode="json"),
        entries=entries,
        status=status.value,
        now_s=NOW_S,
    )
    stores.spool.put(interview_id, packets)
    await stores.close()
    return interview_id


async def words(bench: Bench, interview_id: str) -> list[str]:
    """Texts of the first answer's turns."""
    state = await bench.service._registry.state(interview_id)
    return [turn.text for turn in state.answers["q1"].turns]


async def until(what: Any, timeout_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(timeout_s):
        while not await what():
            await asyncio.sleep(0.02)


async def test_disconnected_in_an_answer(tmp_path: Path, speech: list[bytes]) -> None:
    said = spooled(1, 10.0, speech)
    events = [*begun(), gone(1, said[-1].media_s), cut()]
    interview_id = await die(tmp_path, Status.DISCONNECTED, events, said)
    stt = ScriptedStt(["Found again."])
    async with open_bench(tmp_path, stt=stt) as bench:

        async def found() -> bool:
            return await words(bench, interview_id) == ["Found again."]

        await until(found)  # the resume window is over: the watchdog opens it
        assert [job.segment_id.split("-")[0] for job in stt.jobs] == ["1"]


async def test_a_damaged_spool_says_so_and_its_loss_is_in_the_result(
    tmp_path: Path, speech: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    said = spooled(1, 10.0, speech)
    interview_id = await die(tmp_path, Status.LISTENING, begun(), said)
    (file, *_) = sorted((tmp_path / "spool" / interview_id).glob("*.spool"))
    data = bytearray(file.read_bytes())
    middle = slice(len(data) // 3, len(data) // 2)
    data[middle] = b"\x55" * len(data[middle])
    file.write_bytes(bytes(data))
    async with open_bench(tmp_path, stt=ScriptedStt(["What is left."] * 5)) as bench:
        registry = bench.service._registry
        async with registry.lock(interview_id):
            await registry.session(interview_id)

        async def found() -> bool:
            return "What is left." in " ".join(await words(bench, interview_id))

        await until(found)
        result = await bench.service.result(interview_id)
        spool = bench.services.spool
        assert isinstance(spool, DiskSpool)
        assert spool.counters.damaged == 1
    (connection,) = result["media"]["connections"]
    assert connection["lost_ms"] > 200
    assert result["answers"][0]["turns"][0]["lost_ms"] >= connection["lost_ms"]
    assert "the spool of connection 1 is damaged" in caplog.text


async def test_the_time_until_the_restart_is_no_conversation(
    tmp_path: Path, speech: list[bytes]
) -> None:
    """The audio tells until when the candidate was there; the log was written long before."""
    said = spooled(1, 100.0, speech)
    interview_id = await die(tmp_path, Status.LISTENING, begun(), said)
    async with open_bench(tmp_path) as bench:
        registry = bench.service._registry
        async with registry.lock(interview_id):
            state = (await registry.session(interview_id)).state
        assert state.status is Status.DISCONNECTED
        assert state.active_s == pytest.approx(said[-1].media_s, abs=0.5)
        assert (await registry.state(interview_id)).time_up is False
    async with open_bench(tmp_path) as bench:  # and so the log tells it
        state = await bench.service._registry.state(interview_id)
        assert state.active_s == pytest.approx(said[-1].media_s, abs=0.5)


async def test_the_call_before_a_reload(tmp_path: Path, speech: list[bytes]) -> None:
    """Its words are of its own turn, not of the one that the new call opened."""
    said = spooled(1, 10.0, speech)
    end_s = said[-1].media_s
    events = [
        *begun(),
        connected(2, end_s),
        cut(),
        ev.TurnOpened(turn_epoch=2, round=0, reason="the conversation goes on"),
        gone(1, end_s),
    ]
    interview_id = await die(tmp_path, Status.LISTENING, events, said)
    async with open_bench(tmp_path, stt=ScriptedStt(["Before the reload."])) as bench:

        async def found() -> bool:
            return await words(bench, interview_id) == ["Before the reload.", ""]

        await until(found)


@pytest.mark.parametrize("status", [Status.ENDED_BY_CANDIDATE, Status.PARKED])
async def test_at_rest_with_words_owed(tmp_path: Path, speech: list[bytes], status: Status) -> None:
    """No deadline would ever open the one, and none for days the other."""
    last: ev.Event = ev.Ended(status=status, reason="left by the candidate")
    if status is Status.PARKED:
        last = ev.Parked(reason="not back")
    said = spooled(1, 10.0, speech)
    events = [*begun(), gone(1, said[-1].media_s), cut(), last]
    interview_id = await die(tmp_path, status, events, said)
    stt = ScriptedStt(["The last words."])
    async with open_bench(tmp_path, stt=stt) as bench:

        async def found() -> bool:
            return await words(bench, interview_id) == ["The last words."]

        await until(found)

        if status is not Status.PARKED:
            await until(emptied_in(bench, interview_id))
    async with open_bench(tmp_path, stt=stt) as bench:  # and never a second time
        await until(emptied_in(bench, interview_id))
    assert len(stt.jobs) == 1


def emptied_in(bench: Bench, interview_id: str) -> Any:
    async def emptied() -> bool:
        return not await bench.services.spool.read(interview_id)

    return emptied


async def test_a_second_crash_in_the_recovery(tmp_path: Path, speech: list[bytes]) -> None:
    """The first recovery's words are written; an earlier and a later stretch are still owed."""
    first, second, third = (spooled(1, at_s, speech) for at_s in (10.0, 40.0, 70.0))
    events = [*begun(), written("1-r1", 40.0, second[-1].media_s + 0.02)]
    interview_id = await die(tmp_path, Status.LISTENING, events, [*first, *second, *third])
    stt = ScriptedStt(["Earlier.", "Later."])
    async with open_bench(tmp_path, stt=stt) as bench:

        async def found() -> bool:
            return await words(bench, interview_id) == ["Earlier. Written before. Later."]

        await until(found)
        starts = sorted(job.start_s for job in stt.jobs)
        assert [round(at_s / 10) for at_s in starts] == [1, 7]


async def test_speech_over_the_greeting_is_no_answer(tmp_path: Path, speech: list[bytes]) -> None:
    interview_id = await die(
        tmp_path, Status.GREETING, begun(to_turn=False), spooled(1, 2.0, speech)
    )
    stt = ScriptedStt(["Not an answer."])
    async with open_bench(tmp_path, stt=stt) as bench:
        registry = bench.service._registry
        async with registry.lock(interview_id):
            session = await registry.session(interview_id)
        assert session.state.status in (Status.DISCONNECTED, Status.PARKED)
        assert await words(bench, interview_id) == []
        assert stt.jobs == []


async def test_audio_that_nobody_wrote_down_stays(tmp_path: Path, speech: list[bytes]) -> None:
    """`media-server transcribe` needs it, and a recovery does not ask for it again."""
    said = spooled(1, 10.0, speech)
    given_up = written("1-1", 10.0, said[-1].media_s + 0.02, untranscribed="no worker")
    events = [*begun(), gone(1, said[-1].media_s), cut(), given_up]
    events.append(ev.Ended(status=Status.COMPLETED, reason="over"))
    interview_id = await die(tmp_path, Status.COMPLETED, events, said)
    stt = ScriptedStt(["Twice."])
    async with open_bench(tmp_path, stt=stt) as bench:
        await bench.until(lambda: interview_id in bench.service._registry.heard_out)
    async with open_bench(tmp_path) as bench:
        assert await bench.services.spool.read(interview_id) == tuple(said)
    assert stt.jobs == []


async def test_a_spool_that_cannot_be_read_is_not_emptied(
    tmp_path: Path, speech: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = spooled(1, 10.0, speech)
    events = [*begun(), gone(1, 20.0), cut(), ev.Ended(status=Status.COMPLETED, reason="over")]
    interview_id = await die(tmp_path, Status.COMPLETED, events, said)

    async def read(_self: DiskSpool, _id: str) -> tuple[SpooledPacket, ...]:
        raise StoreUnavailable("the disk hangs")

    async with open_bench(tmp_path) as bench:
        with monkeypatch.context() as patch:
            patch.setattr(DiskSpool, "read", read)
            registry = bench.service._registry
            async with registry.lock(interview_id):
                session = await registry.session(interview_id)
            await bench.until(session.done.is_set)
            await bench.until(lambda: not bench.service.sessions())
        assert await bench.services.spool.read(interview_id) == tuple(said)
