"""No more real-time tests at once than there are slots."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid

from tests.support import slots
from tests.support.slots import BROWSERS_AT_ONCE, slot, turn


def test_a_slot_is_waited_for_and_free_again() -> None:
    run_id, got = uuid.uuid4().hex, threading.Event()

    def third() -> None:
        with slot(run_id, at_once=2):
            got.set()

    waiting = threading.Thread(target=third)
    with contextlib.ExitStack() as held:
        assert [held.enter_context(slot(run_id, at_once=2)) for _ in range(2)] == [0, 1]
        waiting.start()
        assert not got.wait(0.3), "there was no slot left"
    assert got.wait(30)
    waiting.join()


def test_a_browser_takes_one_of_fewer() -> None:
    run_id, got = uuid.uuid4().hex, threading.Event()

    def another_browser() -> None:
        with turn(run_id, browser=True, at_once=BROWSERS_AT_ONCE + 1):
            got.set()

    waiting = threading.Thread(target=another_browser)
    with contextlib.ExitStack() as held:
        for _ in range(BROWSERS_AT_ONCE):
            held.enter_context(turn(run_id, browser=True, at_once=BROWSERS_AT_ONCE + 1))
        waiting.start()
        assert not got.wait(0.3), "there was no browser left"
        with turn(run_id, browser=False, at_once=BROWSERS_AT_ONCE + 1):
            pass
    assert got.wait(30)
    waiting.join()


def test_runs_do_not_wait_for_each_other() -> None:
    with slot(uuid.uuid4().hex, at_once=1) as one, slot(uuid.uuid4().hex, at_once=1) as other:
        assert (one, other) == (0, 0)


def test_who_waits_comes_before_who_has_just_had_one() -> None:
    run_id, order = uuid.uuid4().hex, list[str]()

    def other() -> None:
        with slot(run_id, at_once=1):
            order.append("who waited")

    waiting = threading.Thread(target=other)
    with slot(run_id, at_once=1):
        waiting.start()
        while (is_next := slots._bound(f"{run_id}-next")) is not None:
            is_next.close()
            time.sleep(0.01)
    with slot(run_id, at_once=1):
        order.append("who had it")
    waiting.join()
    assert order == ["who waited", "who had it"]
