"""A long log is read in pages; what a newer version wrote into it is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_server.interview.status import Status
from media_server.live import history
from media_server.ports import NewEntry
from tests.live.bench import make_spec, open_bench

pytestmark = pytest.mark.virtual_time

ENTRIES = [
    NewEntry("created", {"expires_s": 4e9}),
    NewEntry("joined", {}),
    NewEntry("consented", {"version": "2026-11"}),
]


async def test_more_entries_than_one_read_answers(tmp_path: Path) -> None:
    toggles = [NewEntry("pace_set", {"pace": pace}) for pace in ("slower", "faster")]
    entries = [*ENTRIES, *toggles * 5_100, NewEntry("of_the_future", {"much": 1})]
    async with open_bench(tmp_path) as bench:
        await bench.services.log.create(
            "iv_long",
            spec=make_spec().model_dump(mode="json"),
            entries=entries,
            status=Status.READY.value,
            now_s=bench.services.clock.now_s(),
        )
        guest = await bench.call("iv_long")
        await guest.sees("welcome")
        live = bench.service.sessions()[0]
        assert live.journal.version > len(entries)
        assert (live.state.pace, live.state.connection_epoch) == ("faster", 1)
        guest.send("hello", last_seq=0)  # the replay passes the unknown entry over
        guest.send("ready")
        await guest.listening(1)
        assert "handler_errors" not in live.counters
        await guest.candidate.leave()


async def test_pages_have_no_seams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 2)
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        log = bench.services.log
        for after in range(4):
            paged = [e async for e in history.entries(log, interview_id, after_seq=after)]
            assert tuple(paged) == await log.read(interview_id, after_seq=after)
