"""The count that admission goes by, without a server: every order of offers, calls and losses."""

from __future__ import annotations

import random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from media_server.live.capacity import FIRM_S, GRACE_S, SET_UP_S, Capacity, NoPlace

NOBODY: frozenset[str] = frozenset()


def taken(places: Capacity, now_s: float, waiting: frozenset[str] = NOBODY) -> tuple[int, int, int]:
    found = places.taken(now_s, waiting)
    return found.pending, found.connected, found.kept


def ask(
    places: Capacity,
    interview_id: str,
    call_id: str,
    now_s: float,
    waiting: frozenset[str] = NOBODY,
) -> tuple[str, ...]:
    """An offer that is answered at once; the calls to be closed."""
    places.reserve(interview_id, call_id, now_s, waiting)
    return places.answered(call_id, now_s)


def test_one_place_per_interview_and_the_newest_pending_call() -> None:
    places = Capacity(2, max_demos=2)
    assert ask(places, "a", "a1", 0.0) == ()
    for number in range(2, 60):
        assert ask(places, "a", f"a{number}", 0.0) == (f"a{number - 1}",)
    assert not places.holds("a58")
    assert places.holds("a59")
    assert taken(places, 0.0) == (1, 0, 0)
    assert ask(places, "b", "b1", 0.0) == ()
    with pytest.raises(NoPlace, match="full"):
        places.reserve("c", "c1", 0.0, NOBODY)


def test_a_pending_call_makes_room_after_a_while_and_a_connected_one_never() -> None:
    places = Capacity(2, max_demos=2)
    ask(places, "a", "a1", 0.0)
    ask(places, "b", "b1", 1.0)
    assert places.connected("b1")
    assert not places.room(FIRM_S - 0.1, NOBODY)
    with pytest.raises(NoPlace):
        places.reserve("c", "c1", FIRM_S - 0.1, NOBODY)
    assert places.room(FIRM_S, NOBODY)
    assert ask(places, "c", "c1", FIRM_S) == ("a1",)
    assert not places.connected("a1"), "too late: the place is another's"
    places.over("a1", FIRM_S)
    assert taken(places, FIRM_S) == (1, 1, 0)
    places.connected("c1")
    assert not places.room(1_000.0, NOBODY)


def test_the_time_to_connect_begins_with_the_answer() -> None:
    places = Capacity(1, max_demos=1)
    places.reserve("a", "a1", 0.0, NOBODY)  # another server needs 5 s to let go
    with pytest.raises(NoPlace):
        places.reserve("b", "b1", 5.0, NOBODY)
    assert places.answered("a1", 5.0) == ()
    with pytest.raises(NoPlace):
        places.reserve("b", "b1", 5.0 + FIRM_S - 0.1, NOBODY)
    assert ask(places, "b", "b1", 5.0 + FIRM_S) == ("a1",)


def test_an_offer_without_an_answer_makes_room_in_the_end() -> None:
    places = Capacity(1, max_demos=1)
    places.reserve("a", "a1", 0.0, NOBODY)
    assert ask(places, "b", "b1", SET_UP_S + FIRM_S) == ("a1",)


@pytest.mark.parametrize("same", [True, False])
def test_an_offer_that_is_refused_costs_nobody_the_place(same: bool) -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    newer = "a" if same else "b"
    places.reserve(newer, "2", FIRM_S, NOBODY)
    places.reserve(newer, "3", FIRM_S, NOBODY)
    assert not places.holds("2")
    places.over("2", FIRM_S)
    places.over("3", FIRM_S)
    assert places.holds("a1")
    assert taken(places, FIRM_S) == (1, 0, 0)
    assert places.connected("a1")
    assert taken(places, FIRM_S) == (0, 1, 0)


def test_a_call_that_ends_while_it_is_set_aside_stays_ended() -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    places.reserve("b", "b1", FIRM_S, NOBODY)
    places.over("a1", FIRM_S)
    places.over("b1", FIRM_S)
    assert taken(places, FIRM_S) == (0, 0, 0)


def test_who_connects_before_the_newcomer_is_answered_keeps_the_place() -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    places.reserve("b", "b1", FIRM_S, NOBODY)
    assert places.connected("a1")
    assert not places.holds("b1")
    places.over("b1", FIRM_S)
    assert taken(places, FIRM_S) == (0, 1, 0)


def test_of_two_who_connect_before_the_answer_the_first_has_the_place() -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    places.reserve("b", "b1", FIRM_S, NOBODY)
    assert places.connected("b1")
    assert not places.connected("a1")
    assert places.answered("b1", FIRM_S) == ("a1",)
    assert taken(places, FIRM_S) == (0, 1, 0)


def test_a_newer_call_of_who_was_set_aside_replaces_that_call() -> None:
    places = Capacity(2, max_demos=2)
    ask(places, "a", "a1", 0.0)
    ask(places, "c", "c1", 1.0)
    places.reserve("b", "b1", FIRM_S, NOBODY)
    places.over("c1", FIRM_S)
    assert ask(places, "a", "a2", FIRM_S) == ("a1",)
    assert places.answered("b1", FIRM_S) == ()
    assert taken(places, FIRM_S) == (2, 0, 0)


def test_who_was_connected_finds_the_place_again_for_a_moment() -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    places.connected("a1")
    places.over("a1", 10.0)
    assert taken(places, 10.0) == (0, 0, 1)
    with pytest.raises(NoPlace):
        places.reserve("b", "b1", 10.0 + GRACE_S - 0.1, NOBODY)
    assert ask(places, "a", "a2", 10.0 + GRACE_S - 0.1) == ()
    places.over("a2", 11.0 + GRACE_S)
    assert ask(places, "b", "b1", 11.0 + GRACE_S) == ()


def test_who_left_before_the_start_keeps_nothing() -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    places.connected("a1")
    places.over("a1", 10.0, left=True)
    assert taken(places, 10.0) == (0, 0, 0)


def test_a_call_that_never_connected_leaves_nothing() -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    places.over("a1", 1.0)
    assert taken(places, 1.0) == (0, 0, 0)


def test_an_interview_that_is_over_frees_its_place_at_once() -> None:
    places = Capacity(1, max_demos=1)
    ask(places, "a", "a1", 0.0)
    places.connected("a1")
    places.over("a1", 1.0)
    places.release("a")
    assert taken(places, 1.0) == (0, 0, 0)


def test_interviews_under_way_keep_their_places_and_are_not_pushed_out() -> None:
    places, waiting = Capacity(2, max_demos=2), frozenset({"a", "b"})
    assert taken(places, 0.0, waiting) == (0, 0, 2)
    with pytest.raises(NoPlace):
        places.reserve("c", "c1", 0.0, waiting)
    assert ask(places, "a", "a1", 0.0, waiting) == ()
    with pytest.raises(NoPlace):  # however long its new call takes
        places.reserve("c", "c1", 100.0, waiting)


def test_demos_have_a_share_of_their_own() -> None:
    places = Capacity(10, max_demos=2)
    ask(places, "demo_1", "1", 0.0)
    ask(places, "demo_2", "2", 0.0)
    with pytest.raises(NoPlace, match="demos"):
        places.reserve("demo_3", "3", 0.0, NOBODY)
    assert ask(places, "iv_1", "4", 0.0) == ()
    assert ask(places, "demo_3", "5", FIRM_S) == ("1",)


@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_count_is_exact_in_every_order(  # noqa: C901  # one step of each kind
    capacity: int, random_: random.Random
) -> None:
    """Never more than capacity; refused only when full; nothing stays of calls that are over."""
    places, now_s, number = Capacity(capacity, max_demos=capacity), 0.0, 0
    calls: set[str] = set()

    def over(call_id: str) -> None:
        calls.discard(call_id)
        places.over(call_id, now_s)

    for _ in range(200):
        now_s += random_.choice((0.0, 0.01, 1.0, FIRM_S))
        match random_.randrange(6):
            case 0 | 1:
                interview_id, number = f"iv_{random_.randrange(10)}", number + 1
                before = places.taken(now_s, NOBODY)
                count = before.pending + before.connected + before.kept
                try:
                    places.reserve(interview_id, f"c{number}", now_s, NOBODY)
                except NoPlace:
                    assert count == capacity
                    assert not places.room(now_s, NOBODY)
                else:
                    calls.add(f"c{number}")
            case 2 | 3 if calls:
                call_id = random_.choice(sorted(calls))
                if not places.holds(call_id):
                    over(call_id)
                for lost in places.answered(call_id, now_s):
                    over(lost)
            case 4 if calls:
                call_id = random_.choice(sorted(calls))
                if not places.connected(call_id):
                    over(call_id)
            case 5 if calls:
                over(random_.choice(sorted(calls)))
        found = places.taken(now_s, NOBODY)
        assert found.pending + found.connected + found.kept <= capacity
        assert places.in_call() <= len(calls)
    for call_id in sorted(calls):
        over(call_id)
    assert places.in_call() == 0
    assert not places._set_aside
    assert not places._interview_of
    assert places.taken(now_s + GRACE_S, NOBODY).kept == 0


def test_who_has_begun_waits_as_well_where_more_are_under_way_than_there_are_places() -> None:
    """It was found late that they are, or the capacity was lowered: never one call too many."""
    places, waiting = Capacity(1, max_demos=1), frozenset({"a", "b"})
    assert ask(places, "a", "a1", 0.0, waiting) == ()
    with pytest.raises(NoPlace, match="full"):
        places.reserve("b", "b1", 100.0, waiting)
    assert ask(places, "a", "a2", 100.0, waiting) == ("a1",), "nobody is kept out by themselves"
    places.connected("a2")
    with pytest.raises(NoPlace, match="full"):
        places.reserve("b", "b1", 100.0, waiting)
    places.over("a2", 100.0, left=True)
    assert ask(places, "b", "b1", 100.0, waiting) == ()


@pytest.mark.parametrize("capacity", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(20))
def test_never_one_call_too_many_whoever_is_away(capacity: int, seed: int) -> None:
    """And who is away finds a place, unless more are under way than there are places."""
    random_ = random.Random(seed)
    places, now_s = Capacity(capacity, max_demos=capacity), 0.0
    everybody = [f"iv_{number}" for number in range(6)]
    for number in range(150):
        now_s += random_.choice((0.0, 1.0, FIRM_S))
        waiting = frozenset(random_.sample(everybody, random_.randrange(4)))
        interview_id, call_id = random_.choice(everybody), f"c{number}"
        before = places.taken(now_s, waiting)
        try:
            lost = ask(places, interview_id, call_id, now_s, waiting)
        except NoPlace:
            taken_ = before.pending + before.connected + before.kept
            assert taken_ > capacity or (interview_id not in waiting and taken_ == capacity)
        else:
            for call in lost:
                places.over(call, now_s)
            if random_.random() < 0.5:
                places.connected(call_id)
            if random_.random() < 0.5:
                places.over(call_id, now_s, left=random_.random() < 0.5)
        assert len(places._places) <= capacity
