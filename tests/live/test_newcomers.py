"""Who came when there was no place: their turn, by figures alone."""

from __future__ import annotations

from media_server.live.newcomers import MAX_TRIES, Newcomers
from media_server.ports import Refused
from media_server.waiting_room import KEPT_S


def queue_of(*names: str) -> Newcomers:
    newcomers = Newcomers(10.0, list, lambda: 0.0)
    for at_s, name in enumerate(names):
        newcomers.refusal(name, "full", float(at_s))
    return newcomers


def ahead(refused: Refused) -> int | None:
    assert refused.waiting is not None
    return refused.waiting.ahead


def test_who_was_let_in_and_came_into_no_call_is_where_they_were() -> None:
    """A line that is too slow, a store that was away for a second: nobody waits twice for it."""
    newcomers = queue_of("a", "b", "c", "d")
    newcomers.let_in("b", 10.0)
    assert newcomers.ahead("c", 10.0) == 1
    assert ahead(newcomers.refusal("b", "full", 14.0)) == 1
    assert [newcomers.ahead(one, 14.0) for one in "abcd"] == [0, 1, 2, 3]


def test_also_when_it_fails_twice_at_once() -> None:
    newcomers = queue_of("a", "b", "c")
    newcomers.let_in("a", 10.0)
    newcomers.let_in("a", 11.0)
    assert ahead(newcomers.refusal("a", "full", 12.0)) == 0


def test_who_never_comes_into_a_call_is_sent_to_the_end() -> None:
    newcomers = queue_of("a", "b", "c")
    now_s = 10.0
    for tries in range(1, MAX_TRIES + 2):
        for one in "bc":
            newcomers.refusal(one, "full", now_s)
        newcomers.let_in("a", now_s)
        assert ahead(newcomers.refusal("a", "full", now_s + 5.0)) == (
            0 if tries <= MAX_TRIES else 2
        )
        now_s += 10.0


def test_who_was_let_in_and_asks_no_more_has_left() -> None:
    newcomers = queue_of("a", "b")
    newcomers.let_in("a", 5.0)
    newcomers.refusal("b", "full", 5.0)
    assert ahead(newcomers.refusal("a", "full", 5.0 + KEPT_S + 1)) == 1
    assert not newcomers._let_in


def test_in_a_call_there_is_no_turn_any_more() -> None:
    newcomers = queue_of("a", "b")
    newcomers.let_in("a", 5.0)
    newcomers.arrived("a")
    assert ahead(newcomers.refusal("a", "full", 6.0)) == 1


def test_who_has_begun_is_first() -> None:
    newcomers = queue_of("a", "b", "demo_x")
    assert ahead(newcomers.refusal("begun", "full", 9.0, first=True)) == 0
    assert [newcomers.ahead(one, 9.0) for one in ("a", "b", "demo_x")] == [1, 2, 3]
    assert newcomers.ahead("demo_y", 9.0, alike=True) == 1
