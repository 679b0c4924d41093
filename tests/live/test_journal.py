"""The pen of an interview on its own: what is appended when, and what a store may answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from media_server.interview import events as ev
from media_server.live import journal
from media_server.live.journal import Journal, LostOwnership, TooMuchUnsaved
from media_server.ports import (
    Appended,
    Conflict,
    EventLog,
    Fenced,
    LogEntry,
    NewEntry,
    StoreUnavailable,
)

NOW = ev.Started()


class Store:
    """Keeps what is appended, or answers as told: the first of `answers`, each once."""

    def __init__(self, *answers: Conflict | Fenced | Exception) -> None:
        self.answers = list(answers)
        self.entries: list[str] = []
        self.at_s: list[float | None] = []
        self.operations: list[tuple[str, tuple[str, ...]]] = []

    async def append(
        self,
        interview_id: str,
        *,
        expected_version: int,
        operation_id: str,
        entries: Sequence[NewEntry],
        now_s: float,
        **_: Any,
    ) -> Appended | Conflict | Fenced:
        self.at_s += [entry.at_s for entry in entries]
        self.operations.append((operation_id, tuple(entry.type for entry in entries)))
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        assert expected_version == len(self.entries)
        first = len(self.entries) + 1
        self.entries += [entry.type for entry in entries]
        return Appended(
            tuple(
                LogEntry(first + number, entry.at_s or now_s, entry.type, entry.data)
                for number, entry in enumerate(entries)
            )
        )


def pen(store: Store) -> Journal:
    return Journal(cast("EventLog", store), "iv", version=0, lease_epoch=3, owner="me")


def lazy(number: int = 0) -> ev.Event:
    return ev.Waiting(step=number, reason="late")


async def test_never_is_neither_placed_nor_written() -> None:
    made = pen(store := Store())
    never = [ev.SpeechBegan(), ev.Noticed(code="quiet", text="?")]
    assert [seq for seq, _ in made.add(never, 0.0)] == [None, None]
    assert made.deadline() is None
    await made.flush("listening", 0.0)
    assert (store.operations, made.last_seq) == ([], 0)


async def test_lazy_waits_ten_seconds_from_the_first() -> None:
    made = pen(store := Store())
    made.add([lazy(1)], 100.0)
    made.add([lazy(2)], 108.0)
    assert made.deadline() == 100.0 + journal.LAZY_S == 110.0
    assert (made.unsaved, made.last_seq, made.version) == (2, 2, 0)
    await made.flush("listening", 110.0)
    assert store.entries == ["waiting", "waiting"]
    assert len(store.operations) == 1
    assert (made.unsaved, made.version, made.deadline()) == (0, 2, None)
    made.add([lazy(3)], 115.0)
    assert made.deadline() == 125.0


async def test_lazy_goes_with_the_next_that_must_be_written_in_order() -> None:
    made = pen(store := Store())
    made.add([lazy(1)], 0.0)
    placed = made.add([ev.SpeechBegan(), NOW, lazy(2)], 1.0)
    assert [seq for seq, _ in placed] == [None, 2, 3]
    await made.flush("greeting", 1.0)
    assert store.operations == [("me:3:1", ("waiting", "started", "waiting"))]


async def test_nothing_waits_nothing_is_appended() -> None:
    made = pen(store := Store())
    await made.flush("ready", 0.0)
    assert store.operations == []


async def test_a_store_that_is_away_gets_the_same_operation_again() -> None:
    made = pen(store := Store(StoreUnavailable("gone"), StoreUnavailable("gone")))
    made.add([NOW], 0.0)
    await made.flush("greeting", 0.0)
    assert made.trouble
    assert made.deadline() == journal.RETRY_S
    made.add([lazy()], 0.5)  # is its own operation, behind the first
    await made.flush("greeting", 1.0)
    await made.flush("greeting", 2.0)
    names = [name for name, _ in store.operations]
    assert names == ["me:3:1", "me:3:1", "me:3:1", "me:3:2"]
    assert store.entries == ["started", "waiting"]
    assert (made.trouble, made.unsaved, made.version) == (False, 0, 2)


@pytest.mark.parametrize("answer", [Conflict(7), Fenced(4)], ids=["conflict", "fenced"])
async def test_somebody_else_writes(answer: Conflict | Fenced) -> None:
    made = pen(store := Store(answer))
    made.add([NOW], 0.0)
    with pytest.raises(LostOwnership):
        await made.flush("greeting", 0.0)
    assert store.entries == []
    assert made.version == 0


async def test_memory_is_bounded() -> None:
    made = pen(Store())
    made.add([lazy()] * journal.MAX_UNSAVED, 0.0)
    with pytest.raises(TooMuchUnsaved):
        made.add([lazy()], 0.0)


async def test_each_entry_tells_when_it_was_decided() -> None:
    """Six steps at one time, as the batch was written, tell nobody how long anything took."""
    store = Store()
    made = pen(store)
    written: list[float] = []
    made.on_written = lambda events: written.extend(at_s for _, at_s in events)
    made.add([lazy(1)], 100.0)
    made.add([lazy(2)], 103.5)
    made.add([NOW], 104.0)
    await made.flush("listening", 104.2)
    assert store.at_s == written == [100.0, 103.5, 104.0]
