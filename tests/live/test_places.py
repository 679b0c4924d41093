"""The count that admission goes by, without a server: every order of offers, calls and losses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.live.places import FIRM_S, GRACE_S, NoPlace, Places

NOBODY: frozenset[str] = frozenset()


def taken(places: Places, now_s: float, waiting: frozenset[str] = NOBODY) -> tuple[int, int, int]:
    found = places.taken(now_s, waiting)
    return found.pending, found.connected, found.kept


def test_one_place_per_interview_and_the_newest_pending_call() -> None:
    places = Places(2, max_demos=2)
    assert places.reserve("a", "a1", 0.0, NOBODY) == ()
    for number in range(2, 60):
        assert places.reserve("a", f"a{number}", 0.0, NOBODY) == (f"a{number - 1}",)
    assert not places.holds("a58")
    assert places.holds("a59")
    assert taken(places, 0.0) == (1, 0, 0)
    assert places.reserve("b", "b1", 0.0, NOBODY) == ()
    with pytest.raises(NoPlace, match="full"):
        places.reserve("c", "c1", 0.0, NOBODY)


def test_a_pending_call_makes_room_after_a_while_and_a_connected_one_never() -> None:
    places = Places(2, max_demos=2)
    places.reserve("a", "a1", 0.0, NOBODY)
    places.reserve("b", "b1", 1.0, NOBODY)
    places.connected("b1")
    assert not places.room(FIRM_S - 0.1, NOBODY)
    with pytest.raises(NoPlace):
        places.reserve("c", "c1", FIRM_S - 0.1, NOBODY)
    assert places.room(FIRM_S, NOBODY)
    assert places.reserve("c", "c1", FIRM_S, NOBODY) == ("a1",)
    places.connected("a1")  # too late: the place is another's
    places.over("a1", FIRM_S)
    assert taken(places, FIRM_S) == (1, 1, 0)
    places.connected("c1")
    assert not places.room(1_000.0, NOBODY)


def test_who_was_connected_finds_the_place_again_for_a_moment() -> None:
    places = Places(1, max_demos=1)
    places.reserve("a", "a1", 0.0, NOBODY)
    places.connected("a1")
    places.over("a1", 10.0)
    assert taken(places, 10.0) == (0, 0, 1)
    with pytest.raises(NoPlace):
        places.reserve("b", "b1", 10.0 + GRACE_S - 0.1, NOBODY)
    assert places.reserve("a", "a2", 10.0 + GRACE_S - 0.1, NOBODY) == ()
    places.over("a2", 11.0 + GRACE_S)
    assert places.reserve("b", "b1", 11.0 + GRACE_S, NOBODY) == ()


def test_who_left_before_the_start_keeps_nothing() -> None:
    places = Places(1, max_demos=1)
    places.reserve("a", "a1", 0.0, NOBODY)
    places.connected("a1")
    places.over("a1", 10.0, left=True)
    assert taken(places, 10.0) == (0, 0, 0)


def test_a_call_that_never_connected_leaves_nothing() -> None:
    places = Places(1, max_demos=1)
    places.reserve("a", "a1", 0.0, NOBODY)
    places.over("a1", 1.0)
    assert taken(places, 1.0) == (0, 0, 0)


def test_an_interview_that_is_over_frees_its_place_at_once() -> None:
    places = Places(1, max_demos=1)
    places.reserve("a", "a1", 0.0, NOBODY)
    places.connected("a1")
    places.over("a1", 1.0)
    places.release("a")
    assert taken(places, 1.0) == (0, 0, 0)


def test_interviews_under_way_keep_their_places_and_are_not_pushed_out() -> None:
    places, waiting = Places(2, max_demos=2), frozenset({"a", "b"})
    assert taken(places, 0.0, waiting) == (0, 0, 2)
    with pytest.raises(NoPlace):
        places.reserve("c", "c1", 0.0, waiting)
    assert places.reserve("a", "a1", 0.0, waiting) == ()
    with pytest.raises(NoPlace):  # however long its new call takes
        places.reserve("c", "c1", 100.0, waiting)


def test_demos_have_a_share_of_their_own() -> None:
    places = Places(10, max_demos=2)
    places.reserve("demo_1", "1", 0.0, NOBODY)
    places.reserve("demo_2", "2", 0.0, NOBODY)
    with pytest.raises(NoPlace, match="demos"):
        places.reserve("demo_3", "3", 0.0, NOBODY)
    assert places.reserve("iv_1", "4", 0.0, NOBODY) == ()
    assert places.reserve("demo_3", "5", FIRM_S, NOBODY) == ("1",)


@settings(max_examples=40)
@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_count_is_exact_in_every_order(capacity: int, random_: random.Random) -> None:
    """Against a model: sets of interviews. Never more than capacity; refused only when full."""
    places, now_s, number = Places(capacity, max_demos=capacity), 0.0, 0
    calls: dict[str, str] = {}
    for _ in range(200):
        now_s += random_.choice((0.0, 0.01, 1.0, FIRM_S))
        match random_.randrange(4):
            case 0 | 1:
                interview_id, number = f"iv_{random_.randrange(10)}", number + 1
                before = places.taken(now_s, NOBODY)
                count = before.pending + before.connected + before.kept
                try:
                    lost = places.reserve(interview_id, f"c{number}", now_s, NOBODY)
                except NoPlace:
                    assert count == capacity
                    assert not places.room(now_s, NOBODY)
                else:
                    calls[f"c{number}"] = interview_id
                    for call_id in lost:
                        del calls[call_id]
            case 2 if calls:
                places.connected(random_.choice(sorted(calls)))
            case 3 if calls:
                call_id = random_.choice(sorted(calls))
                del calls[call_id]
                places.over(call_id, now_s)
        found = places.taken(now_s, NOBODY)
        assert found.pending + found.connected + found.kept <= capacity
        assert places.in_call() == len(set(calls.values()))
    for call_id in sorted(calls):
        places.over(call_id, now_s)
    assert places.in_call() == 0
    assert places.taken(now_s + GRACE_S, NOBODY).kept == 0
