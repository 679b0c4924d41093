"""Who waits in which order, and how long they are told to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.waiting_room import (
    GRACE_S,
    KEPT_S,
    MAX_WAITING,
    MOST_S,
    NEXT,
    PAGE_LATE,
    WaitingRoom,
    expected_s,
    retry_after_s,
)


def room_of(*names: str, now_s: float = 0.0, retry_after_s: float = 10.0) -> WaitingRoom:
    room = WaitingRoom()
    for name in names:
        room.ask(name, now_s, retry_after_s=retry_after_s)
    return room


def test_first_come_first_served_however_often_one_asks() -> None:
    room = room_of("a", "b", "c")
    room.ask("b", 5.0, retry_after_s=10)
    room.ask("a", 6.0, retry_after_s=10)
    assert [room.ahead(name, 6.0) for name in ("a", "b", "c", "new")] == [0, 1, 2, 3]


def test_who_asks_no_more_has_left() -> None:
    room = room_of("a", "b", retry_after_s=10)
    due_s = PAGE_LATE * 10
    room.ask("b", due_s, retry_after_s=1000)
    assert room.ahead("b", due_s + GRACE_S, late=False) == 1, "any moment"
    assert room.ahead("b", due_s + GRACE_S + 0.1, late=False) == 0, "late: they hold up nobody"
    assert room.ahead("b", due_s + KEPT_S) == 1, "and have their turn when they come"
    assert room.ahead("b", due_s + KEPT_S + 0.1) == 0
    room.ask("a", due_s + KEPT_S + 1, retry_after_s=10)
    assert room.ahead("a", due_s + KEPT_S + 1) == 1, "they came anew"


def test_who_was_let_in_and_has_to_go_on_waiting_is_where_they_were() -> None:
    room = WaitingRoom()
    for at_s, name in enumerate("abc"):
        room.ask(name, float(at_s), retry_after_s=10)
    since_s = room.leave("b")
    assert (since_s, room.leave("b")) == (1.0, None)
    room.ask("d", 3.0, retry_after_s=10)
    room.ask("b", 4.0, retry_after_s=10, since_s=since_s)
    assert [room.ahead(name, 4.0) for name in "abcd"] == [0, 1, 2, 3]


def test_it_holds_no_more_than_it_may() -> None:
    room = room_of(*(str(n) for n in range(MAX_WAITING + 5)))
    assert room.count(0.0) == MAX_WAITING
    assert room.ahead("one more", 0.0) == MAX_WAITING


names = st.sampled_from("abcdef")
steps = st.lists(
    st.tuples(st.sampled_from(["ask", "leave", "wait"]), names, st.floats(0.0, 90.0)), max_size=40
)


@given(steps)
def test_those_who_keep_asking_are_never_overtaken(walk: list[tuple[str, str, float]]) -> None:
    """Against a list that is kept by hand."""
    room, order, until_s, now_s = WaitingRoom(), list[str](), dict[str, float](), 0.0
    for what, name, seconds in walk:
        if what == "wait":
            now_s += seconds
        elif what == "leave":
            room.leave(name)
            order = [one for one in order if one != name]
        order = [one for one in order if until_s[one] >= now_s]
        if what == "ask":
            room.ask(name, now_s, retry_after_s=seconds)
            until_s[name] = now_s + PAGE_LATE * seconds + KEPT_S
            order += [] if name in order else [name]
        assert [room.ahead(one, now_s) for one in order] == list(range(len(order)))
        assert room.count(now_s) == len(order)


def test_how_long_by_those_who_left_lately_and_those_who_are_in() -> None:
    assert expected_s(0, 100.0, freed_s=[], ends_s=[]) is None
    assert expected_s(0, 100.0, freed_s=[40.0, 70.0], ends_s=[]) is None, "two are no rate"
    assert expected_s(0, 100.0, freed_s=[10.0, 40.0, 70.0], ends_s=[]) == 30.0
    assert expected_s(2, 100.0, freed_s=[10.0, 40.0, 70.0], ends_s=[]) == 90.0
    assert expected_s(1, 100.0, freed_s=[], ends_s=[600.0, 60.0, 240.0]) == 240.0
    assert expected_s(3, 100.0, freed_s=[], ends_s=[600.0, 60.0, 240.0]) is None
    assert expected_s(1, 100.0, freed_s=[10.0, 40.0, 70.0], ends_s=[300.0, 50.0]) == 60.0
    assert expected_s(0, 9_000.0, freed_s=[10.0, 40.0, 70.0], ends_s=[]) is None, "long ago"


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_who_is_next_asks_soon_and_nobody_later_than_a_bound(chance: float) -> None:
    def told(ahead: int, wait_s: float | None) -> int:
        return retry_after_s(ahead, at_least_s=10, wait_s=wait_s, chance=chance)

    for ahead in range(NEXT):
        assert 10 <= told(ahead, 3600.0) <= 13
    for ahead in range(200):
        for wait_s in (None, 0.0, 100.0, 1e6):
            assert 10 <= told(ahead, wait_s) <= 1.25 * MOST_S
    assert told(5, 1e6) >= MOST_S
    assert told(5, 100.0) <= 32


def test_a_crowd_does_not_come_back_at_one_moment() -> None:
    told = {retry_after_s(50, at_least_s=10, wait_s=None, chance=n / 50) for n in range(50)}
    assert len(told) > 10
