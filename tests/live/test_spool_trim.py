"""Received audio leaves the spool when its words are in the log, and never before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from media_server.audio.types import SegmentAudio
from media_server.interview import events as ev
from media_server.interview.fold import evolve
from media_server.interview.spec import Retention
from media_server.interview.state import initial
from media_server.live.transcription import Transcriber
from media_server.ports import StoreUnavailable
from media_server.segment_info import SegmentId
from media_server.store.spool import DiskSpool
from media_server.store.sqlite import SqliteEventLog
from tests.live.bench import ScriptedStt, make_spec, open_bench
from tests.support.segments import info


class Trims:
    def __init__(self) -> None:
        self.calls: list[tuple[int, float]] = []
        self.kept: list[Sequence[tuple[float, float]]] = []

    async def trim(
        self,
        _interview_id: str,
        epoch: int,
        until_s: float,
        keep: Sequence[tuple[float, float]] = (),
    ) -> None:
        self.calls.append((epoch, until_s))
        self.kept.append(keep)


def segment(segment_id: str, start_s: float) -> SegmentAudio:
    pcm = np.zeros(16_000, np.int16)
    return SegmentAudio(info(segment_id, start_s, start_s + 1.0, 900), pcm, final=True)


def said(segment_id: str, start_s: float) -> ev.Event:
    return ev.SegmentTranscribed(
        segment_id=segment_id, turn_epoch=1, round=0, start_s=start_s, end_s=start_s + 1.0,
        text="word", speech_ms=900,
    )  # fmt: skip


async def test_an_earlier_final_on_its_way_keeps_its_audio() -> None:
    """The recogniser has answered, and the answer still waits in the inbox."""
    state = initial(make_spec())
    spool, stt = Trims(), ScriptedStt(["word"], delay_s=0.0)
    services: Any = SimpleNamespace(spool=spool, stt=stt, keeps_for_record=lambda _state: False)
    session: Any = SimpleNamespace(interview_id="i", state=state, post=lambda _input: None)
    transcriber = Transcriber(session, services, lambda _name: None)
    for event in (
        ev.Connected(connection_epoch=1, media_offset_s=0.0, microphone=True, channel=True),
        ev.TurnOpened(turn_epoch=1, round=0, reason="question heard"),
    ):
        session.state = evolve(session.state, event, 1.0)
    for number, start_s in ((1, 10.0), (2, 20.0)):
        transcriber.submit(segment(f"1-{number}", start_s), None)
    transcriber.owed.clear()  # both finals have come; only the later one is written
    session.state = evolve(session.state, said("1-2", 20.0), 2.0)
    transcriber.written(SegmentId(1, 2))
    live = {1}
    assert not transcriber.begins(1, 30.0, 0.0)
    await transcriber.trim(live)
    await transcriber.trim(live)  # and nothing is looked through again for nothing
    assert spool.calls == [(1, 10.0)]
    session.state = evolve(session.state, said("1-1", 10.0), 3.0)
    transcriber.written(SegmentId(1, 1))
    await transcriber.trim(live)
    assert spool.calls[1:] == [(1, 21.0)]
    assert transcriber.begins(1, 30.0, 0.0)
    await transcriber.trim(live)
    assert spool.calls[2:] == [(1, 29.0)]
    transcriber.fenced = True  # another server owns it, and its audio
    await transcriber.trim(set())
    assert spool.calls[3:] == []
    await stt.close()


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_segment_not_understood_keeps_no_later_answer(*, recorded: bool) -> None:
    """Where the candidate was told that nothing is recorded."""
    state = initial(make_spec(retention=Retention(record_audio=recorded)))
    spool = Trims()
    services: Any = SimpleNamespace(spool=spool, keeps_for_record=lambda _state: False)
    session: Any = SimpleNamespace(interview_id="i", state=state)
    transcriber = Transcriber(session, services, lambda _name: None)
    lost = said("1-2", 30.0).model_copy(update={"text": "", "untranscribed": "worker died"})
    for event in (
        ev.Connected(connection_epoch=1, media_offset_s=20.0, microphone=True, channel=True),
        ev.TurnOpened(turn_epoch=1, round=0, reason="question heard"),
        said("1-1", 25.0),
        lost,
    ):
        session.state = evolve(session.state, event, 1.0)
    await transcriber.trim({1})
    assert (spool.calls, spool.kept) == (
        ([(1, 9.5)], [()]) if recorded else ([(1, 11.0)], [((9.5, 11.0),)])
    )
    session.state = evolve(session.state, said("1-3", 40.0), 2.0)
    await transcriber.trim({1})
    await transcriber.trim({1})  # nothing is looked through again for nothing
    assert (spool.calls[1:], spool.kept[1:]) == (
        ([], []) if recorded else ([(1, 21.0)], [((9.5, 11.0),)])
    )
    session.state = evolve(session.state, said("1-2", 30.0), 3.0)  # understood after all
    await transcriber.trim({1})
    assert (spool.calls[-1], spool.kept[-1]) == ((1, 21.0), ())


@pytest.mark.parametrize("recorded", [False, True])
async def test_the_record_keeps_what_has_its_words_and_nothing_between(*, recorded: bool) -> None:
    """So that what was said into the pause, or over a question, is found by no recovery."""
    state = initial(make_spec(retention=Retention(record_audio=recorded)))
    spool = Trims()
    services: Any = SimpleNamespace(spool=spool, keeps_for_record=lambda _state: True)
    session: Any = SimpleNamespace(interview_id="i", state=state)
    transcriber = Transcriber(session, services, lambda _name: None)
    for event in (
        ev.Connected(connection_epoch=1, media_offset_s=20.0, microphone=True, channel=True),
        ev.TurnOpened(turn_epoch=1, round=0, reason="question heard"),
        said("1-1", 25.0),
    ):
        session.state = evolve(session.state, event, 1.0)
    await transcriber.trim({1})
    session.state = evolve(session.state, said("1-2", 30.0), 2.0)
    await transcriber.trim({1})
    both = ((5.0, 6.0), (10.0, 11.0))
    assert (spool.calls, spool.kept) == ([(1, 6.0), (1, 11.0)], [both[:1], both])
    ended = ev.TurnEnded(turn_epoch=1, round=0, reason="disconnected")
    session.state = evolve(session.state, ended, 3.0)
    session.state = evolve(session.state, ev.Parked(reason="not back"), 3.0)
    await transcriber.trim(set())
    assert list(spool.kept[-1]) == list(both)
    better = ev.StretchTranscribed(
        turn_epoch=1, segment_ids=(SegmentId(1, 1), SegmentId(1, 2)), start_s=25.0, end_s=31.0,
        text="word word",
    )  # fmt: skip
    session.state = evolve(session.state, better, 4.0)
    await transcriber.trim(set())
    assert not spool.kept[-1]


async def test_nothing_goes_while_the_log_is_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(tmp_path) as bench:
        guest = await bench.call(await bench.interview())
        guest.send("ready")
        await guest.listening(1)
        live = bench.service.sessions()[0]
        away, early = [True], []
        append, trim = SqliteEventLog.append, DiskSpool.trim

        async def refused(log: SqliteEventLog, *arguments: Any, **named: Any) -> Any:
            if away[0]:
                raise StoreUnavailable("the disk is full")
            return await append(log, *arguments, **named)

        async def watched(spool: DiskSpool, *arguments: Any) -> None:
            early.append(live.journal.unsaved or live.journal.trouble)
            await trim(spool, *arguments)

        monkeypatch.setattr(SqliteEventLog, "append", refused)
        monkeypatch.setattr(DiskSpool, "trim", watched)
        guest.send("text_answer", text="Written while the store was away.")
        await guest.listening(2)  # a turn begins: what came before it would go
        assert early == []
        away[0] = False
        await bench.until(lambda: early)
        assert not any(early)
        await guest.candidate.leave()
