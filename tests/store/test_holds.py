"""Legal holds: what retention and its steps leave alone, on both stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from media_server.ports import Document
from media_server.ports.holds import ARTIFACTS, Artifact
from media_server.ports.tenancy import DEFAULT_TENANT
from media_server.store.factory import Stores, create_stores
from media_server.store.holds import KIND, MAX_HISTORY, StoredHolds
from media_server.store.retention import Retention
from media_server.store.retention_plan import DAY_S
from media_server.store.settings import StoreSettings
from tests.store.test_retention import fill_interview


class At:
    """A clock that stands."""

    def __init__(self, now_s: float) -> None:
        self._now_s = now_s

    def now_s(self) -> float:
        return self._now_s


@pytest.fixture
async def stores(tmp_path: Path, store_url: str) -> AsyncIterator[Stores]:
    settings = StoreSettings(
        data_dir=tmp_path, store_url=store_url, audio_days=1, transcript_days=2, log_days=3
    )
    stores = create_stores(settings)
    await stores.open()
    yield stores
    await stores.close()


async def left_of(stores: Stores, interview_id: str) -> set[str]:
    """What retention would have deleted and has not."""
    if await stores.log.row(interview_id) is None:
        return set()
    files = {"audio"} if await stores.blobs.list(interview_id) else set()
    done = set(await stores.upkeep.audit(interview_id))
    return files | ({"log"} if "transcript" in done else {"log", "transcript"})


@pytest.mark.parametrize(
    ("held", "left"),
    [
        ((), set()),
        (("audio",), {"audio", "log"}),
        (("transcript",), {"transcript", "log"}),
        (("log",), {"log"}),
        (ARTIFACTS, {"audio", "transcript", "log"}),
    ],
)
async def test_retention_passes_over_what_is_held(
    stores: Stores, held: tuple[Artifact, ...], left: set[str]
) -> None:
    holds = StoredHolds(stores.documents)
    await fill_interview(stores, "i1")
    if held:
        await holds.place("i1", "a case", held, 1300.0)
    for day in (1.5, 2.5, 3.5):
        await Retention(stores, At(1200.0 + day * DAY_S)).run_once()
    assert await left_of(stores, "i1") == left
    await holds.release("i1", 1400.0)
    retention = Retention(stores, At(1200.0 + 4 * DAY_S))
    await retention.run_once()
    assert await left_of(stores, "i1") == set()
    assert await holds.find("i1") is None, "its reasons went with it"


async def test_held_is_counted(stores: Stores) -> None:
    await fill_interview(stores, "i1")
    await StoredHolds(stores.documents).place("i1", "a case", ARTIFACTS, 1300.0)
    retention = Retention(stores, At(1200.0 + 1.5 * DAY_S))
    await retention.run_once()
    assert retention.counters.held == 1
    assert stores.figures().counters["retention_held"] == 1


async def test_many_at_once_lose_no_line_of_the_history(stores: Stores) -> None:
    holds = StoredHolds(stores.documents)
    await asyncio.gather(*(holds.place("i1", f"case {n}", ["log"], float(n)) for n in range(4)))
    hold = await holds.find("i1")
    assert hold is not None
    assert sorted(step.reason for step in hold.history) == [f"case {n}" for n in range(4)]


async def test_its_history_is_bounded(stores: Stores) -> None:
    holds = StoredHolds(stores.documents)
    for n in range(MAX_HISTORY + 5):
        await holds.place("i1", f"case {n}", ["log"], float(n))
    hold = await holds.find("i1")
    assert hold is not None
    assert len(hold.history) == MAX_HISTORY
    assert hold.reason == f"case {MAX_HISTORY + 4}"


async def test_one_that_cannot_be_read_holds_everything(stores: Stores) -> None:
    holds = StoredHolds(stores.documents)
    broken = Document(DEFAULT_TENANT, KIND, "i1", 0, 1.0, {"history": [{"action": "placed"}]})
    await stores.documents.put(broken, expected_version=None)
    assert await holds.held("i1") == set(ARTIFACTS)
    await stores.documents.put(replace(broken, body={}), expected_version=None)
    assert await holds.held("i1") == set(ARTIFACTS)


@pytest.mark.parametrize("body", [{}, {"history": [{"action": "placed"}]}, {"history": "x"}])
async def test_one_that_cannot_be_read_can_be_replaced_and_released(
    stores: Stores, body: dict[str, object]
) -> None:
    holds = StoredHolds(stores.documents)
    broken = Document(DEFAULT_TENANT, KIND, "i1", 0, 1.0, body)
    await stores.documents.put(broken, expected_version=None)
    hold = await holds.place("i1", "a case", ["audio"], 2.0)
    assert set(hold.artifacts) == {"audio"}
    assert hold.reason == "a case"
    await stores.documents.put(broken, expected_version=None)
    released = await holds.release("i1", 3.0)
    assert released is not None
    assert await holds.held("i1") == frozenset()


async def test_what_is_not_held_goes_where_the_log_is_due_as_well(stores: Stores) -> None:
    """The server was off when the words were due: a hold on the audio does not keep them."""
    await fill_interview(stores, "i1")
    await StoredHolds(stores.documents).place("i1", "a case", ["audio"], 1300.0)
    await Retention(stores, At(1200.0 + 3.5 * DAY_S)).run_once()
    assert await left_of(stores, "i1") == {"audio", "log"}


async def test_a_hold_that_comes_while_files_go_keeps_the_log(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting files in a slow bucket takes long."""
    holds = StoredHolds(stores.documents)
    await fill_interview(stores, "i1")
    erase = stores.recordings.erase

    async def slow_erase(interview_id: str) -> int:
        await holds.place(interview_id, "a case", ["log"], 1300.0)
        return await erase(interview_id)

    monkeypatch.setattr(stores.recordings, "erase", slow_erase)
    await Retention(stores, At(1200.0 + 3.5 * DAY_S)).run_once()
    assert await left_of(stores, "i1") >= {"log"}
    hold = await holds.find("i1")
    assert hold is not None
    assert hold.reason == "a case"


async def test_a_hold_that_comes_between_two_steps_is_seen(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = StoredHolds(stores.documents)
    await fill_interview(stores, "i1")
    erase = stores.recordings.erase

    async def slow_erase(interview_id: str) -> int:
        await holds.place(interview_id, "a case", ARTIFACTS, 1300.0)
        return await erase(interview_id)

    monkeypatch.setattr(stores.recordings, "erase", slow_erase)
    await Retention(stores, At(1200.0 + 2.5 * DAY_S)).run_once()
    assert await left_of(stores, "i1") == {"transcript", "log"}
